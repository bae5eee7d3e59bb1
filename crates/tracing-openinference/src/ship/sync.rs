//! The locks of the queue. In a build with `--cfg shuttle` they are those of a scheduler that tries one order of events after
//! another, for `queue/orders.rs`.

#[cfg(shuttle)]
pub(super) use shuttle::sync::{Condvar, Mutex, MutexGuard};
#[cfg(not(shuttle))]
pub(super) use std::sync::{Condvar, Mutex, MutexGuard};
