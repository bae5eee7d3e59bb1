use std::collections::BTreeSet;

use integration_tests::{Collector, Program};

use crate::sent::{Sent, named, trace};

#[test]
fn both_backends_have_the_same_ids() {
    let [phoenix, other] = [(), ()].map(|()| Collector::start().answer_ok());
    let ran = Program::new(env!("CARGO_BIN_EXE_existing_otel"))
        .variable("PHOENIX_COLLECTOR_ENDPOINT", phoenix.url())
        .variable("OTEL_EXPORTER_OTLP_ENDPOINT", other.url())
        .run()
        .well();
    assert!(ran.stdout.contains("created 2, exported 2"), "{ran:#?}");

    let [ours, theirs] = [&phoenix, &other].map(trace);
    let ids = |trace: &[Sent]| -> BTreeSet<_> {
        let ids = |sent: &Sent| {
            let span = &sent.span;
            (span.name.clone(), span.trace_id.clone(), span.span_id.clone(), span.parent_span_id.clone())
        };
        trace.iter().map(ids).collect()
    };
    assert_eq!(ids(&ours), ids(&theirs));
    for sent in &ours {
        let id: String = sent.span.span_id.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(ran.stdout.contains(&format!("span {id}, in both backends")), "{ran:#?}");
    }

    let model = named(&ours, "describe");
    assert_eq!(model.kind(), "LLM");
    assert_eq!(*model.attribute("llm.input_messages.0.message.content"), "Praise a red bicycle in one sentence.");
    assert_eq!(*named(&ours, "buy").attribute("input.value"), "a red bicycle");
    assert_eq!(*named(&theirs, "buy").attribute("what"), "a red bicycle");
    assert!(!other.saw("Praise") && !other.saw("llm.output_messages"), "messages are for Phoenix");
}
