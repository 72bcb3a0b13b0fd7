//! Nothing: the program is the example.
