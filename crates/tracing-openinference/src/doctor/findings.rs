use std::fmt;

/// What was found, check by check.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

#[derive(Debug)]
struct Finding {
    check: &'static str,
    what: String,
    verdict: Verdict,
}

#[derive(Debug)]
enum Verdict {
    Passed,
    /// Worth knowing, and no reason why spans should not arrive.
    Noted,
    Failed {
        fix: String,
    },
}

impl Findings {
    pub(super) fn passed(&mut self, check: &'static str, what: String) {
        self.0.push(Finding { check, what, verdict: Verdict::Passed });
    }

    pub(super) fn noted(&mut self, check: &'static str, what: String) {
        self.0.push(Finding { check, what, verdict: Verdict::Noted });
    }

    pub(super) fn failed(&mut self, check: &'static str, what: String, fix: impl Into<String>) {
        self.0.push(Finding { check, what, verdict: Verdict::Failed { fix: fix.into() } });
    }

    pub(super) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// The first fix.
    pub(super) fn advice(&self) -> Option<&str> {
        self.0.iter().find_map(|finding| match &finding.verdict {
            Verdict::Failed { fix } => Some(&**fix),
            Verdict::Passed | Verdict::Noted => None,
        })
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { check, what, verdict } in &self.0 {
            let word = match verdict {
                Verdict::Passed => "ok",
                Verdict::Noted => "note",
                Verdict::Failed { .. } => "FAILED",
            };
            writeln!(f, "  {word:6}  {check:10}  {what}")?;
            if let Verdict::Failed { fix } = verdict {
                writeln!(f, "{:22}→ {fix}", "")?;
            }
        }
        Ok(())
    }
}
