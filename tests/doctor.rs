//! The doctor, as a person runs it: `cargo run --example doctor` against backends with one thing wrong each.

#[path = "doctor/answers.rs"]
mod answers;
#[path = "doctor/ports.rs"]
mod ports;
#[path = "doctor/settings.rs"]
mod settings;
#[path = "doctor/tls.rs"]
mod tls;

use integration_tests::Program;

/// A credential that must not be in what the doctor prints.
const KEY: &str = "s3cr3t-k3y";

/// What the doctor printed in this environment, and whether it found a fault.
struct Examined {
    text: String,
    healthy: bool,
}

fn examine(variables: &[(&str, &str)]) -> Examined {
    let program = Program::new(env!("CARGO_BIN_EXE_doctor"));
    let ran = variables.iter().fold(program, |program, (name, value)| program.variable(name, value)).run();
    assert!(matches!(ran.status.code(), Some(0 | 1)) && ran.stderr.is_empty(), "{ran:#?}");
    assert!(!ran.stdout.contains(KEY), "{}", ran.stdout);
    Examined { healthy: ran.status.success(), text: ran.stdout }
}

impl Examined {
    /// The last line, without the word before it.
    fn advice(&self) -> &str {
        let last = self.text.lines().last().expect("there is a last line");
        last.split_once(": ").map_or(last, |(_, advice)| advice)
    }

    /// It is ill, and these words are in the advice.
    #[track_caller]
    fn advises(&self, words: &[&str]) {
        assert!(!self.healthy, "{}", self.text);
        for word in words {
            assert!(self.advice().contains(word), "{word}:\n{}", self.text);
        }
    }

    /// The words stand on one line of the checks.
    #[track_caller]
    fn says(&self, words: &[&str]) {
        let said = self.text.lines().any(|line| words.iter().all(|word| line.contains(word)));
        assert!(said, "{words:?}:\n{}", self.text);
    }
}
