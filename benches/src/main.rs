//! The command line of the benchmarks; everything else is in the library, so that the micro-benchmarks can use it too.

use std::process::ExitCode;

fn main() -> ExitCode {
    match benches::run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("benches: {error}");
            ExitCode::FAILURE
        }
    }
}
