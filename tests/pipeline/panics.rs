//! Which spans a panic marks.

use std::panic::{AssertUnwindSafe, catch_unwind};

use insta::{allow_duplicates, assert_snapshot};
use tracing::{Instrument, Span, info_span};

use crate::{RUNTIMES, record};

fn quietly(code: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(code)).is_err());
}

#[test]
fn a_panic_that_unwinds_through_spans_marks_them() {
    let pipeline = record(|| {
        info_span!("caught in here").in_scope(|| {
            quietly(|| {
                let _outer = info_span!("outer", otel.status_code = "OK").entered();
                info_span!("finished").in_scope(|| ());
                let _never_entered = info_span!("never entered");
                info_span!("inner").in_scope(|| panic!("by request of the test"));
            });
            info_span!("afterwards").in_scope(|| ());
        });
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    caught in here
      openinference.span.kind: "CHAIN"
      - outer ERROR "panicked"
          openinference.span.kind: "CHAIN"
          * exception
              exception.message: "the thread panicked inside this span"
              exception.type: "panic"
          - finished
              openinference.span.kind: "CHAIN"
          - never entered ERROR "panicked"
              openinference.span.kind: "CHAIN"
              * exception
                  exception.message: "the thread panicked inside this span"
                  exception.type: "panic"
          - inner ERROR "panicked"
              openinference.span.kind: "CHAIN"
              * exception
                  exception.message: "the thread panicked inside this span"
                  exception.type: "panic"
      - afterwards
          openinference.span.kind: "CHAIN"
    "#);
}

/// Opens a span when it is dropped, and goes on with one that was open.
struct Cleanup(Span);

impl Drop for Cleanup {
    fn drop(&mut self) {
        info_span!("clean up").in_scope(|| info_span!("close").in_scope(|| ()));
        self.0.in_scope(|| drop(info_span!("never entered")));
    }
}

#[test]
fn spans_of_the_clean_up_after_a_panic_are_not_marked() {
    let pipeline = record(|| {
        quietly(|| {
            let span = info_span!("request");
            let _entered = span.enter();
            let _cleanup = Cleanup(info_span!("connection"));
            panic!("by request of the test");
        });
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    request ERROR "panicked"
      openinference.span.kind: "CHAIN"
      * exception
          exception.message: "the thread panicked inside this span"
          exception.type: "panic"
      - connection
          openinference.span.kind: "CHAIN"
          - never entered
              openinference.span.kind: "CHAIN"
      - clean up
          openinference.span.kind: "CHAIN"
          - close
              openinference.span.kind: "CHAIN"
    "#);
}

#[test]
fn a_task_that_panics_marks_its_span() {
    for runtime in RUNTIMES {
        let pipeline = record(|| {
            let request = async {
                let task = async {
                    tokio::task::yield_now().await;
                    panic!("by request of the test");
                };
                assert!(tokio::spawn(task.instrument(info_span!("task"))).await.is_err());
            };
            runtime().block_on(request.instrument(info_span!("request")));
        });
        allow_duplicates! {
            assert_snapshot!(pipeline.recorder.tree(), @r#"
            request
              openinference.span.kind: "CHAIN"
              - task ERROR "panicked"
                  openinference.span.kind: "CHAIN"
                  * exception
                      exception.message: "the thread panicked inside this span"
                      exception.type: "panic"
            "#);
        }
    }
}
