use super::{
    scope::{Scope, Scoped},
    suppress::Suppressed,
};

/// Scopes for futures and streams: entered for each poll, left in between.
pub trait OpenInferenceFutureExt: Sized {
    /// Gives every span that starts inside the future or stream the attributes of `scope`, and those of the scopes that
    /// are entered right here. So `tokio::spawn(work.with_scope(Scope::new()))` takes them along.
    ///
    /// A task that is *spawned* inside is not part of the future. It inherits if it gets a scope in this way, or a span
    /// with `instrument`.
    fn with_scope(self, scope: Scope) -> Scoped<Self> {
        Scoped::new(self, scope)
    }

    /// Traces nothing that starts inside the future or stream, across its `.await`s.
    ///
    /// A task that is *spawned* inside is not part of the future; suppress it too if it is to be silent, or give it a span that
    /// was created inside.
    fn suppress_tracing(self) -> Suppressed<Self> {
        Suppressed::new(self)
    }
}

impl<T: Sized> OpenInferenceFutureExt for T {}
