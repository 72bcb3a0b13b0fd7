//! python-socketio against the conformance server: an implementation that shares no code with the
//! JavaScript one. The tests themselves are in `tests/python`; those of its versions for protocol 4 are part of the matrix in
//! `tests/generations`.

use tests::programs::Program;
use tests::{python, tools};

#[test]
fn python_socketio() {
    if tools::present("python_socketio", &["python3"]) {
        let server = Program::conformance(&[]);
        python::run("python_socketio", "python", "client_test.py", &server.url());
    }
}
