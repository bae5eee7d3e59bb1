use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// A lock for which a forked child never waits: a thread that only the parent has may hold it.
///
/// The process is asked for its id only when the lock is held, as that costs a system call.
#[derive(Debug)]
pub(crate) struct ForkLock<T> {
    process: u32,
    value: Mutex<T>,
}

impl<T: Default> Default for ForkLock<T> {
    fn default() -> Self {
        Self { process: process::id(), value: Mutex::default() }
    }
}

impl<T> ForkLock<T> {
    /// `None` is a child that would have to wait.
    pub(crate) fn lock(&self) -> Option<MutexGuard<'_, T>> {
        match self.value.try_lock() {
            Ok(value) => Some(value),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if self.is_forked() => None,
            Err(TryLockError::WouldBlock) => Some(self.value.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    /// Whether this process is a child of the one that made the lock.
    pub(crate) fn is_forked(&self) -> bool {
        process::id() != self.process
    }

    /// The same lock, as a child has it.
    #[cfg(test)]
    pub(crate) fn in_child(self) -> Self {
        Self { process: 0, ..self }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_parent_waits_and_a_child_does_not() {
        let lock = Arc::new(ForkLock::<u32>::default());
        let held = lock.lock().unwrap();
        let (sender, receiver) = mpsc::channel();
        let other = Arc::clone(&lock);
        thread::spawn(move || sender.send(other.lock().map(|value| *value)));
        assert!(receiver.recv_timeout(Duration::from_millis(50)).is_err());
        drop(held);
        assert_eq!(receiver.recv_timeout(Duration::from_secs(9)), Ok(Some(0)));

        let lock = Arc::new(ForkLock::<u32>::default().in_child());
        let held = lock.lock().unwrap();
        let (sender, receiver) = mpsc::channel();
        let other = Arc::clone(&lock);
        thread::spawn(move || sender.send(other.lock().is_none()));
        assert_eq!(receiver.recv_timeout(Duration::from_secs(9)), Ok(true));
        drop(held);
    }
}
