use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::BuildError;

/// Timeouts and delays end up in `Instant + Duration`, which panics on overflow; nobody waits longer than this.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

type Lookup = dyn Fn(&str) -> Option<OsString> + Send + Sync;

/// What the settings are read from: variables, the directory where `.env.phoenix` is looked for, the program's name.
///
/// Nothing behind the front door reads a process global, so that every rule can be tested with a table.
#[derive(Clone)]
pub(crate) struct Env {
    lookup: Arc<Lookup>,
    pub(super) directory: Option<PathBuf>,
    pub(super) executable: Option<String>,
    pub(super) file: Option<Arc<File>>,
}

/// The values that a `.env.phoenix` contributes, after the process has had its say.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) values: BTreeMap<String, String>,
}

/// Where a setting came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A method of the builder, by name.
    Code(&'static str),
    /// A variable of the process.
    Variable(&'static str),
    /// A variable in a `.env.phoenix`.
    File(&'static str, PathBuf),
    /// Nobody said anything.
    Default,
}

/// A setting and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sourced<T> {
    pub(crate) value: T,
    pub(crate) source: Source,
}

impl<T> Sourced<T> {
    pub(crate) fn new(value: T, source: Source) -> Self {
        Self { value, source }
    }

    pub(super) fn by_default(value: T) -> Self {
        Self::new(value, Source::Default)
    }
}

impl Source {
    /// An error about a value that came from here. Never give it a value that could hold a credential.
    pub(super) fn error(&self, value: impl Into<String>, problem: impl Into<String>) -> BuildError {
        BuildError::Setting { setting: self.to_string(), value: value.into(), problem: problem.into() }
    }

    /// An error about a value that could hold a credential.
    pub(super) fn secret_error(&self, problem: impl Into<String>) -> BuildError {
        self.error("****", problem)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(method) => write!(f, ".{method}(…)"),
            Self::Variable(name) => f.write_str(name),
            Self::File(name, path) => write!(f, "{name} in {}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

impl Env {
    /// The environment of this process.
    pub(crate) fn process() -> Self {
        let executable = std::env::current_exe().ok();
        Self {
            lookup: Arc::new(|name| std::env::var_os(name)),
            directory: std::env::current_dir().ok(),
            executable: executable.and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned())),
            file: None,
        }
    }

    /// An environment in which nobody says anything.
    pub(crate) fn nothing() -> Self {
        Self { lookup: Arc::new(|_| None), directory: None, executable: None, file: None }
    }

    /// An environment of nothing but these variables.
    #[cfg(test)]
    pub(crate) fn of<const N: usize>(variables: [(&str, &str); N]) -> Self {
        let variables: BTreeMap<String, OsString> =
            variables.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        Self::from_lookup(move |name| variables.get(name).cloned())
    }

    /// An environment that asks `lookup`, without a directory and without a program.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn from_lookup(lookup: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static) -> Self {
        Self { lookup: Arc::new(lookup), directory: None, executable: None, file: None }
    }

    /// The raw value of a variable of the process, as `TraceConfig` reads it.
    pub(crate) fn var_os(&self, name: &str) -> Option<OsString> {
        (self.lookup)(name)
    }

    /// Whether the process sets a variable to something that is not blank, readable or not.
    pub(super) fn sets(&self, name: &str) -> bool {
        self.var_os(name).is_some_and(|value| value.to_str().is_none_or(|text| !text.trim().is_empty()))
    }

    /// A text, trimmed; blank counts as unset.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<Sourced<String>>, BuildError> {
        if let Some(value) = self.var_os(name) {
            let source = Source::Variable(name);
            let Some(text) = value.to_str() else {
                return Err(source.secret_error("is not UTF-8"));
            };
            if !text.trim().is_empty() {
                return Ok(Some(Sourced::new(text.trim().to_owned(), source)));
            }
        }
        let Some(file) = &self.file else { return Ok(None) };
        let value = file.values.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
        Ok(value.map(|value| Sourced::new(value.to_owned(), Source::File(name, file.path.clone()))))
    }

    /// The first of several texts, in order of precedence.
    pub(crate) fn first_text(&self, names: &[&'static str]) -> Result<Option<Sourced<String>>, BuildError> {
        for name in names {
            if let Some(text) = self.text(name)? {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }

    /// `1`, `true`, `yes`, `on`, `t`, `y` and their opposites, in any case.
    pub(crate) fn bool(&self, name: &'static str) -> Result<Option<Sourced<bool>>, BuildError> {
        self.parsed(&[name], "is not a yes or a no: write true or false", |text| {
            match text.to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" | "on" | "t" | "y" => Some(true),
                "0" | "false" | "no" | "off" | "f" | "n" => Some(false),
                _ => None,
            }
        })
    }

    /// A wait in milliseconds, greater than zero; the first variable that is set.
    pub(crate) fn milliseconds(&self, names: &[&'static str]) -> Result<Option<Sourced<Duration>>, BuildError> {
        self.parsed(names, "is not a number of milliseconds between 1 and 86400000 (one day)", |text| {
            Some(Duration::from_millis(text.parse().ok()?)).filter(is_wait)
        })
    }

    /// A count, greater than zero.
    pub(crate) fn count(&self, name: &'static str) -> Result<Option<Sourced<usize>>, BuildError> {
        self.parsed(&[name], "is not a whole number greater than 0", |text| {
            text.parse().ok().filter(|count| *count > 0)
        })
    }

    /// One of several words, in any case, as the OpenTelemetry specification reads enumerations; the first variable
    /// that is set.
    pub(crate) fn one_of<T: Clone>(
        &self,
        names: &[&'static str],
        words: &[(&str, T)],
    ) -> Result<Option<Sourced<T>>, BuildError> {
        self.first_text(names)?.map(|text| text.one_of(words)).transpose()
    }

    fn parsed<T>(
        &self,
        names: &[&'static str],
        problem: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<Sourced<T>>, BuildError> {
        let Some(text) = self.first_text(names)? else { return Ok(None) };
        match parse(&text.value) {
            Some(value) => Ok(Some(Sourced::new(value, text.source))),
            None => Err(text.source.error(text.value, problem)),
        }
    }
}

impl Sourced<Duration> {
    /// A wait that code gives, held to the bounds of [`Env::milliseconds`].
    pub(crate) fn from_code(method: &'static str, wait: Duration) -> Result<Self, BuildError> {
        let source = Source::Code(method);
        if !is_wait(&wait) {
            return Err(source.error(format!("{wait:?}"), "is not a wait between 1 ns and one day"));
        }
        Ok(Self::new(wait, source))
    }
}

fn is_wait(wait: &Duration) -> bool {
    !wait.is_zero() && *wait <= LONGEST_WAIT
}

impl Sourced<String> {
    pub(super) fn one_of<T: Clone>(self, words: &[(&str, T)]) -> Result<Sourced<T>, BuildError> {
        match words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&self.value)) {
            Some((_, value)) => Ok(Sourced::new(value.clone(), self.source)),
            None => {
                let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                let problem = format!("is not known: write one of {}", known.join(", "));
                Err(self.source.error(self.value, problem))
            }
        }
    }
}

/// Names only: the values may be secrets.
impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Env").field("directory", &self.directory).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_counts_as_unset() {
        for blank in ["", " ", "\t\n"] {
            assert_eq!(Env::of([("X", blank)]).text("X").unwrap(), None);
            assert_eq!(Env::of([("X", blank)]).bool("X").unwrap(), None);
            assert_eq!(Env::of([("X", blank)]).count("X").unwrap(), None);
        }
    }

    #[test]
    fn texts_are_trimmed_and_the_first_that_is_set_wins() {
        let env = Env::of([("A", "  "), ("B", " b "), ("C", "c")]);
        let text = env.first_text(&["A", "B", "C"]).unwrap().unwrap();
        assert_eq!(text, Sourced::new("b".to_owned(), Source::Variable("B")));
    }

    #[test]
    fn switches_are_read_in_any_case() {
        for (text, expected) in
            [("1", true), ("TRUE", true), (" Yes ", true), ("on", true), ("0", false), ("Off", false)]
        {
            assert_eq!(Env::of([("X", text)]).bool("X").unwrap().unwrap().value, expected, "{text}");
        }
    }

    #[test]
    fn numbers_that_would_stop_the_pipeline_are_refused() {
        for text in ["0", "-1", "1.5", "ten", "0x10", "99999999999999999999", "1s"] {
            let env = Env::of([("X", text)]);
            let message = env.milliseconds(&["X"]).unwrap_err().to_string();
            assert!(message.starts_with(&format!("X = {text:?}: ")), "{message}");
            assert!(env.count("X").is_err(), "{text}");
        }
        assert!(Env::of([("X", "86400001")]).milliseconds(&["X"]).is_err());
        assert_eq!(Env::of([("X", "250")]).milliseconds(&["X"]).unwrap().unwrap().value, Duration::from_millis(250));
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_known_ones() {
        let words = [("otlp", 1), ("none", 2)];
        assert_eq!(Env::of([("X", "OTLP")]).one_of(&["X"], &words).unwrap().unwrap().value, 1);
        let message = Env::of([("X", "zipkin")]).one_of(&["X"], &words).unwrap_err().to_string();
        assert_eq!(message, r#"X = "zipkin": is not known: write one of otlp, none"#);
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_utf8_is_named_and_not_printed() {
        use std::os::unix::ffi::OsStringExt;
        let env = Env::from_lookup(|_| Some(OsString::from_vec(b"secret\xff".to_vec())));
        assert_eq!(env.text("X").unwrap_err().to_string(), r#"X = "****": is not UTF-8"#);
        assert!(env.sets("X"));
    }
}
