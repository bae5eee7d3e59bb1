use std::cell::Cell;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

use opentelemetry::Context;
use tokio::runtime::{Builder, Runtime};

use super::delivery::Delivery;
use super::queue::Queue;
use crate::BuildError;

thread_local! {
    static OURS: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread belongs to the pipeline: what happens on it is not traced.
pub(crate) fn on_export_thread() -> bool {
    OURS.try_with(Cell::get).unwrap_or(false)
}

/// Starts the thread that exports, with a runtime of its own.
///
/// The runtime is driven for the whole life of the thread, also while there is nothing to do: a connection the server
/// closes in the meantime is noticed, and not used for the next request.
pub(super) fn start(queue: Arc<Queue>, delivery: Delivery) -> Result<(), BuildError> {
    let mut runtime = Builder::new_current_thread();
    runtime.on_thread_start(|| {
        OURS.set(true);
        // Name resolution runs on these threads; the scope lasts as long as they do.
        std::mem::forget(Context::enter_telemetry_suppressed_scope());
    });
    let runtime = build(&mut runtime).map_err(BuildError::Thread)?;
    thread::Builder::new()
        .name("openinference-export".to_owned())
        .spawn(move || run(&queue, runtime, delivery))
        .map(drop)
        .map_err(BuildError::Thread)
}

/// Runs a future to its end on a thread of its own, with a runtime of its own: for whoever calls from anywhere, inside of
/// another runtime too. Nothing of it is traced.
pub(crate) fn run_apart<F: Future>(make: impl FnOnce() -> F + Send) -> io::Result<F::Output>
where
    F::Output: Send,
{
    let work = || {
        OURS.set(true);
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        let runtime = build(&mut Builder::new_current_thread())?;
        let output = runtime.block_on(make());
        runtime.shutdown_background();
        Ok(output)
    };
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("openinference-doctor".to_owned()).spawn_scoped(scope, work)?;
        thread.join().unwrap_or_else(|_| Err(io::Error::other("it panicked; this is a bug")))
    })
}

/// Where file descriptors are scarce it depends on how many are left whether tokio gives an error or panics.
fn build(builder: &mut Builder) -> io::Result<Runtime> {
    let build = || builder.enable_all().max_blocking_threads(2).build();
    let panicked =
        |_| Err(io::Error::other("the runtime cannot be made: are there file descriptors left (ulimit -n)?"));
    catch_unwind(AssertUnwindSafe(build)).unwrap_or_else(panicked)
}

fn run(queue: &Queue, runtime: Runtime, mut delivery: Delivery) {
    OURS.set(true);
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    // Every call out of the loop is guarded on its own; this keeps the thread alive if the loop itself is wrong.
    while catch_unwind(AssertUnwindSafe(|| runtime.block_on(delivery.run()))).is_err() {
        delivery.after_panic();
    }
    let _ = catch_unwind(AssertUnwindSafe(|| drop(delivery)));
    // A plain drop would wait for a name resolution that hangs.
    runtime.shutdown_background();
    queue.end();
}

/// The output of a future, or `None` if it panicked.
pub(super) async fn caught<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)))
            .map_or(Poll::Ready(None), |poll| poll.map(Some))
    })
    .await
}

/// The output of the first of two futures to end.
pub(super) async fn either<T>(first: impl Future<Output = T>, second: impl Future<Output = T>) -> T {
    let (mut first, mut second) = (pin!(first), pin!(second));
    std::future::poll_fn(|context| match first.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(output),
        Poll::Pending => second.as_mut().poll(context),
    })
    .await
}
