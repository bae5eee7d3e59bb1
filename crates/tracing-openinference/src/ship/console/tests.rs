use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::trace::{Event, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};

use super::*;

#[test]
fn a_trace_is_a_tree_of_what_matters() {
    let mut lookup = span(1, 4, 1, "lookup_order").kind("TOOL").at(900, 3);
    lookup.0.status = Status::Error { description: Cow::Borrowed("order 42\nis unknown") };
    let printed = print(&[&[
        span(1, 2, 1, "search").kind("RETRIEVER").at(10, 12).with([
            ("input.value", "refund".into()),
            ("retrieval.documents.0.document.content", "a".into()),
            ("retrieval.documents.1.document.content", "b".into()),
        ]),
        span(1, 3, 1, "chat").kind("LLM").at(30, 830).with([
            ("llm.model_name", "gpt-4o".into()),
            ("llm.token_count.prompt", Value::I64(112)),
            ("llm.token_count.completion", Value::I64(37)),
            ("llm.input_messages.0.message.content", "be kind".into()),
            ("llm.input_messages.1.message.content", "How do I get my money back?".into()),
            ("llm.output_messages.0.message.content", "Refunds take\nfive days.".into()),
        ]),
        lookup,
        span(1, 1, 0, "answer").kind("AGENT").at(0, 1240).with([("session.id", "support-7".into())]),
    ]]);
    assert_eq!(
        printed,
        "\
trace 00000000000000000000000000000001 · session support-7
AGENT answer 1.24 s
├─ RETRIEVER search 12 ms
│    in  refund
│    out 2 documents
├─ LLM chat 830 ms gpt-4o 112→37 tokens
│    in  How do I get my money back?
│    out Refunds take⏎five days.
└─ TOOL lookup_order 3 ms
     ✗   order 42⏎is unknown

"
    );
}

#[test]
fn a_message_says_its_text_or_what_it_calls() {
    let printed = print(&[&[span(1, 1, 0, "chat").kind("LLM").at(0, 1).with([
        ("llm.input_messages.0.message.contents.0.message_content.text", "What is this?".into()),
        ("llm.input_messages.0.message.contents.1.message_content.image.image.url", "https://host/cat.png".into()),
        ("llm.output_messages.0.message.content", "".into()),
        ("llm.output_messages.0.message.tool_calls.0.tool_call.function.name", "look_up".into()),
        ("llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments", r#"{"order":"1042"}"#.into()),
    ])]]);
    assert!(printed.contains("in  What is this?\n"), "{printed}");
    assert!(printed.contains("out look_up({\"order\":\"1042\"})\n"), "{printed}");
}

#[test]
fn a_trace_waits_for_its_root_over_several_batches() {
    let log = Log::default();
    let console = Console::writer(log.clone()).width(60);
    export(&console, &[span(1, 3, 2, "grandchild").at(2, 1)]);
    export(&console, &[span(1, 2, 1, "child").at(1, 3), span(2, 9, 0, "other").at(0, 1)]);
    assert_eq!(log.text(), "trace 00000000000000000000000000000002\nother 1 ms\n\n");
    log.clear();
    export(&console, &[span(1, 1, 0, "root").at(0, 5)]);
    assert_eq!(
        log.text(),
        "trace 00000000000000000000000000000001\nroot 5 ms\n└─ child 3 ms\n   └─ grandchild 1 ms\n\n"
    );
}

#[test]
fn a_remote_parent_does_not_keep_a_trace_waiting() {
    let mut served = span(1, 2, 77, "served").at(0, 1);
    served.0.parent_span_is_remote = true;
    assert_eq!(print(&[&[served]]), "trace 00000000000000000000000000000001\nserved 1 ms\n\n");
}

#[test]
fn a_remote_parent_in_the_same_process_has_its_child() {
    let mut served = span(1, 2, 1, "served").at(1, 1);
    served.0.parent_span_is_remote = true;
    let printed = print(&[&[served, span(1, 1, 0, "call").at(0, 3)]]);
    assert_eq!(printed, "trace 00000000000000000000000000000001\ncall 3 ms\n└─ served 1 ms\n\n");
}

#[test]
fn a_child_that_outlives_its_root_is_printed_on_arrival() {
    let log = Log::default();
    let console = Console::writer(log.clone()).width(80);
    export(&console, &[span(1, 1, 0, "root").at(0, 1)]);
    log.clear();
    export(&console, &[span(1, 2, 1, "background").at(0, 300)]);
    assert_eq!(log.text(), "trace 00000000000000000000000000000001 · without its root\nbackground 300 ms\n\n");
}

#[test]
fn what_has_no_root_is_printed_at_shutdown_and_nothing_after_it() {
    let log = Log::default();
    let console = Console::writer(log.clone()).width(80);
    export(&console, &[span(1, 2, 1, "orphan").at(0, 1)]);
    assert_eq!(log.text(), "");
    assert!(console.shutdown().is_ok());
    assert_eq!(log.text(), "trace 00000000000000000000000000000001 · without its root\norphan 1 ms\n\n");
    let late = ready(console.export(vec![span(1, 3, 0, "late").at(0, 1).0]));
    assert!(matches!(late, Err(OTelSdkError::AlreadyShutdown)));
    assert!(!log.text().contains("late"));
}

#[test]
fn too_much_waiting_prints_the_oldest_trace() {
    let log = Log::default();
    let console = Console::writer(log.clone()).width(80);
    export(&console, &[span(7, 1, 99, "oldest").at(0, 1)]);
    let many: Vec<_> = (1..=MAX_WAITING as u64).map(|id| span(8, id, 99, "young").at(0, 1)).collect();
    export(&console, &many);
    assert_eq!(log.text(), "trace 00000000000000000000000000000007 · without its root\noldest 1 ms\n\n");
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let long = "文".repeat(5000);
    let printed = print(&[&[
        span(1, 2, 1, "child").kind("LLM").at(0, 1).with([("input.value", long.clone().into())]),
        span(1, 1, 0, "root").kind("AGENT").at(0, 1).with([
            ("llm.model_name", long.clone().into()),
            ("output.value", long.clone().into()),
            ("session.id", long.into()),
        ]),
    ]]);
    for line in printed.lines() {
        let columns: usize = line.chars().map(text::columns).sum();
        assert!(columns <= 60, "{columns}: {line}");
    }
    assert_eq!(printed.matches('…').count(), 4);
}

#[test]
fn the_error_is_taken_from_the_exception_when_the_status_has_no_words() {
    let mut failed = span(1, 1, 0, "failed").at(0, 1);
    failed.0.status = Status::error("");
    let attributes = vec![KeyValue::new("exception.message", "timed out")];
    failed.0.events.events.push(Event::new("exception", SystemTime::UNIX_EPOCH, attributes, 0));
    assert!(print(&[&[failed]]).contains("  ✗   timed out\n"));
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    for (terminal, variable, expected) in [
        (true, ("", ""), true),
        (false, ("", ""), false),
        (true, ("NO_COLOR", "1"), false),
        (true, ("NO_COLOR", ""), true),
        (true, ("TERM", "dumb"), false),
    ] {
        let lookup = |name: &str| (name == variable.0).then(|| variable.1.to_owned());
        assert_eq!(style(terminal, &lookup).colours, expected, "{terminal} {variable:?}");
    }
}

#[test]
fn the_width_is_the_terminals_word_or_a_default() {
    for (columns, expected) in [(Some("72"), 72), (Some("0"), 100), (Some("wide"), 100), (None, 100)] {
        assert_eq!(style(true, &|name| columns.filter(|_| name == "COLUMNS").map(str::to_owned)).width, expected);
    }
}

#[test]
fn colours_do_not_change_the_words() {
    let rows = [Row::of(&span(1, 1, 0, "chat").kind("LLM").at(0, 1).with([("input.value", "hi".into())]).0)];
    let trace = TraceId::from(1);
    let plain = tree::render(trace, &rows, Style { width: 60, colours: false });
    let mut coloured = tree::render(trace, &rows, Style { width: 60, colours: true });
    assert!(coloured.contains("\u{1b}[1;35mLLM\u{1b}[0m"));
    for code in ["\u{1b}[1;35m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[0m"] {
        coloured = coloured.replace(code, "");
    }
    assert_eq!(coloured, plain);
}

fn print(batches: &[&[Made]]) -> String {
    let log = Log::default();
    let console = Console::writer(log.clone()).width(60);
    for batch in batches {
        export(&console, batch);
    }
    log.text()
}

fn export(console: &Console, batch: &[Made]) {
    assert!(ready(console.export(batch.iter().map(|made| made.0.clone()).collect())).is_ok());
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(answer) => answer,
        std::task::Poll::Pending => panic!("the console never waits"),
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn clear(&self) {
        self.0.lock().unwrap().clear();
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Made(SpanData);

fn span(trace: u128, id: u64, parent: u64, name: &'static str) -> Made {
    let context =
        SpanContext::new(TraceId::from(trace), SpanId::from(id), TraceFlags::SAMPLED, false, TraceState::NONE);
    Made(SpanData {
        span_context: context,
        parent_span_id: SpanId::from(parent),
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: Cow::Borrowed(name),
        start_time: SystemTime::UNIX_EPOCH,
        end_time: SystemTime::UNIX_EPOCH,
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::default(),
    })
}

impl Made {
    fn kind(self, kind: &'static str) -> Self {
        self.with([("openinference.span.kind", kind.into())])
    }

    fn at(mut self, start: u64, lasting: u64) -> Self {
        self.0.start_time += Duration::from_millis(start);
        self.0.end_time = self.0.start_time + Duration::from_millis(lasting);
        self
    }

    fn with<const N: usize>(mut self, attributes: [(&'static str, Value); N]) -> Self {
        self.0.attributes.extend(attributes.map(|(key, value)| KeyValue::new(key, value)));
        self
    }
}
