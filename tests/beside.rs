//! Our layer in the company of others: of `tracing-opentelemetry`, of plain OpenTelemetry code, of every usual layer and
//! way to compose them, and of processes on the other end of a request.

#[path = "beside/activation.rs"]
mod activation;
#[path = "beside/compositions.rs"]
mod compositions;
#[path = "beside/filters.rs"]
mod filters;
#[path = "beside/ids.rs"]
mod ids;
#[path = "beside/pair.rs"]
mod pair;
#[path = "beside/propagation.rs"]
mod propagation;
#[path = "beside/reentrancy.rs"]
mod reentrancy;
#[path = "beside/threads.rs"]
mod threads;

/// Runs `work` on a thread of its own and fails, instead of hanging, when it does not come back.
#[track_caller]
fn without_hanging<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, wait) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        let _ = done.send(());
        result
    });
    assert!(wait.recv_timeout(std::time::Duration::from_secs(20)).is_ok(), "it hangs");
    match thread.join().expect("caught above") {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
