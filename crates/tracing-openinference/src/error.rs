use std::fmt;

/// Why the pipeline could not be built. The only error this crate ever gives to an application.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// A setting cannot be used; correct the value that the message names.
    Setting {
        /// The name of the setting: an environment variable or a builder method.
        setting: String,
        /// The value as it was given; `****` where it could hold a credential.
        value: String,
        /// What is wrong with it, and what would be right.
        problem: String,
    },
    /// The thread that exports could not be started; the operating system says why.
    Thread(std::io::Error),
    /// `init` would set the global subscriber, and there is one: add [`OpenInference::layer`](crate::OpenInference::layer) to
    /// it instead.
    GlobalSubscriber,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting { setting, value, problem } => write!(f, "{setting} = {value:?}: {problem}"),
            Self::GlobalSubscriber => {
                f.write_str("a global subscriber is set already; add the layer of `builder().build()?` to it")
            }
            Self::Thread(_) => f.write_str("the export thread could not be started"),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Thread(error) => Some(error),
            Self::Setting { .. } | Self::GlobalSubscriber => None,
        }
    }
}
