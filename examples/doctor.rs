//! Why do traces not arrive? Tries the way to the backend with the settings of the environment, and says what to change.
//!
//! ```sh
//! cargo run --example doctor
//! PHOENIX_COLLECTOR_ENDPOINT=https://phoenix.example.com PHOENIX_API_KEY=… cargo run --example doctor
//! ```
//!
//! The exit status is 1 when something is wrong. A program whose settings are in code calls `.doctor()` on its builder.

#![expect(clippy::print_stdout, reason = "it talks to whoever runs it")]

use std::process::ExitCode;

fn main() -> ExitCode {
    let diagnosis = tracing_openinference::doctor();
    println!("{diagnosis}");
    if diagnosis.is_healthy() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
