use std::{
    cell::RefCell,
    io::IsTerminal,
    sync::{Arc, Weak},
};

use tracing::level_filters::LevelFilter;
use tracing_log::{AsLog, LogTracer};
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt};

use super::{Builder, OpenInference, env::Env, handle::Shared, settings};
use crate::BuildError;

/// Sets up logging to stderr and tracing to Phoenix, everything read from the environment.
///
/// For a `main` that has no subscriber yet: the global subscriber becomes a `fmt` layer on stderr, filtered by `RUST_LOG`
/// (`info` without one), and our layer, filtered by `OPENINFERENCE_FILTER`: `RUST_LOG=warn` makes the log quiet and takes
/// nothing from the traces. Records of the `log` crate become events of that subscriber, unless there is a logger already.
/// `PHOENIX_AUTO_SETUP=false` switches the export off and leaves the logging.
///
/// Keep the handle until the end of `main`. Where that is not possible (`std::process::exit`), what is left is exported
/// when the thread that called `init` ends, as far as the platform runs its thread-local destructors.
///
/// ```no_run
/// fn main() -> Result<(), tracing_openinference::BuildError> {
///     let _openinference = tracing_openinference::init()?;
///     answer("What is a span?");
///     Ok(())
/// }
///
/// #[tracing::instrument(ret)]
/// fn answer(question: &str) -> String {
///     format!("You asked: {question}")
/// }
/// ```
///
/// # Errors
///
/// When a setting cannot be used, or another global subscriber is set already: then add
/// [`OpenInference::layer`] to that one.
pub fn init() -> Result<OpenInference, BuildError> {
    crate::builder().init()
}

impl Builder {
    /// Builds the pipeline and sets the global subscriber, as [`init`] does.
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build), and [`BuildError::GlobalSubscriber`].
    pub fn init(self) -> Result<OpenInference, BuildError> {
        let env = Env::process();
        let log = log_filter(&env)?;
        let auto_setup = settings::auto_setup(&env)?.value;
        let mut builder = self;
        builder.overrides.not_set_up = !auto_setup;
        let openinference = builder.build()?;
        openinference.shared.capture.warnings.wait();
        let fmt = tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            .with_filter(log);
        let subscriber = tracing_subscriber::registry().with(openinference.layer()).with(fmt);
        tracing::subscriber::set_global_default(subscriber).map_err(|_| BuildError::GlobalSubscriber)?;
        openinference.shared.capture.warnings.say(|| None);
        // Where the `log` crate has a logger already, its records go there, and spans are recorded all the same.
        let _ = LogTracer::builder().with_max_level(LevelFilter::current().as_log()).init();
        AT_EXIT.with(|at_exit| at_exit.borrow_mut().push(AtExit(Arc::downgrade(&openinference.shared))));
        Ok(openinference)
    }
}

fn log_filter(env: &Env) -> Result<EnvFilter, BuildError> {
    let directives = env.text("RUST_LOG")?.map_or_else(|| String::from("info"), |directives| directives.value);
    EnvFilter::try_new(&directives).map_err(|error| BuildError::Setting {
        setting: "RUST_LOG".into(),
        problem: error.to_string(),
        value: directives,
    })
}

thread_local! {
    static AT_EXIT: RefCell<Vec<AtExit>> = const { RefCell::new(Vec::new()) };
}

/// Flushes a handle that nobody dropped. A destructor of the main thread runs when `main` returns and, with glibc, in
/// `process::exit` too; an `atexit` hook would need `unsafe`.
struct AtExit(Weak<Shared>);

impl Drop for AtExit {
    fn drop(&mut self) {
        if let Some(shared) = self.0.upgrade() {
            shared.at_exit();
        }
    }
}
