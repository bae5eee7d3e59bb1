//! OpenTelemetry's current context, as far as this thread still has one.
//!
//! It is a thread-local whose use panics once it is destroyed, and a panic in the destructor of another thread-local aborts
//! the process. An application may well log or trace in such a destructor, and `process::exit` runs those of its thread
//! before it runs ours. There nothing is suppressed and nothing is current.

use std::panic;

use opentelemetry::{Context, ContextGuard};

thread_local! {
    static LIFETIME: Lifetime = Lifetime::begin();
}

/// Thread-locals are destroyed in the reverse order of their first use. This one uses theirs first, so it goes earlier.
struct Lifetime {
    /// Not where theirs was destroyed before this was first asked for.
    usable: bool,
}

impl Lifetime {
    fn begin() -> Self {
        Self { usable: panic::catch_unwind(|| Context::map_current(|_| ())).is_ok() }
    }
}

impl Drop for Lifetime {
    // What has no destructor is never destroyed.
    fn drop(&mut self) {}
}

/// Whether the context of this thread may still be used.
pub(super) fn is_usable() -> bool {
    LIFETIME.try_with(|lifetime| lifetime.usable).unwrap_or(false)
}

pub(super) fn is_suppressed() -> bool {
    is_usable() && Context::is_current_telemetry_suppressed()
}

/// Gives the current context to `f`.
pub(super) fn with_current<T>(f: impl FnOnce(&Context) -> Option<T>) -> Option<T> {
    if is_usable() { Context::map_current(f) } else { None }
}

/// Silences plain OpenTelemetry too until the guard is dropped.
pub(super) fn suppress() -> Option<ContextGuard> {
    is_usable().then(Context::enter_telemetry_suppressed_scope)
}
