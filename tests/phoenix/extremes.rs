//! Spans that are larger, longer or stranger than those of an example.

use integration_tests::Phoenix;
use integration_tests::phoenix::Stored;
use serde_json::json;
use tracing::info_span;
use tracing_openinference::{Message, OpenInferenceSpanExt, llm_span};

const MESSAGES: usize = 1_000;

/// 1 MiB of text that does not compress to nothing.
fn long_prompt() -> String {
    (0_u32..).map(|n| n.wrapping_mul(2_654_435_761)).map(|n| format!("{n:08x}")).take(1 << 17).collect()
}

#[test]
fn a_prompt_of_a_megabyte_arrives_whole() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    let prompt = long_prompt();
    assert_eq!(prompt.len(), 1 << 20);
    for (protocol, endpoint) in super::endpoints(&phoenix) {
        let project = phoenix.project("megabyte");
        super::send(&project, protocol, &endpoint, Default::default(), || {
            llm_span!("large").set_input(&*prompt).set_input_messages([Message::user(&*prompt)]);
            drop(info_span!("small"));
        });
        let large = project.span("large");
        // Not assert_eq: nobody wants to read them.
        assert!(*large.attribute("input.value") == *prompt, "{protocol}");
        assert!(*large.attribute("llm.input_messages.0.message.content") == *prompt, "{protocol}");
        assert_eq!(project.spans(2).len(), 2, "what came with it is there too");
    }
}

#[test]
fn a_thousand_messages_stay_in_order() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    for (protocol, endpoint) in super::endpoints(&phoenix) {
        let project = phoenix.project("thousand");
        let role = |index: usize| if index.is_multiple_of(2) { "user" } else { "assistant" };
        super::send(&project, protocol, &endpoint, Default::default(), || {
            let said = (0..MESSAGES).map(|index| Message::new(role(index)).content(format!("message {index}")));
            llm_span!("chat").set_model("gpt-4o").set_input_messages(said.collect::<Vec<_>>());
            let json: Vec<_> = (0..MESSAGES)
                .map(|index| json!({ "role": role(index), "content": format!("message {index}") }))
                .collect();
            drop(info_span!("json", openinference.span.kind = "LLM", llm.input_messages = %json!(json)));
        });
        for span in ["chat", "json"] {
            let span = project.span(span);
            for index in 0..MESSAGES {
                let of = |field: &str| span.attribute(&format!("llm.input_messages.{index}.message.{field}"));
                assert_eq!((of("role"), of("content")), (&json!(role(index)), &json!(format!("message {index}"))));
            }
        }
        assert_eq!(*project.span("chat").attribute("llm.model_name"), "gpt-4o");
    }
}

#[test]
fn every_character_survives() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    let texts = [
        "Grüße, 世界, שלום, नमस्ते",
        "👩‍👩‍👧‍👦 🇪🇺 👍🏽 e\u{301} \u{1f5ff}",
        "nul \0 escape \u{1b}[31m bell \u{7} delete \u{7f}",
        "quotes \" ' ` backslash \\ newline \n tab \t return \r",
        "\u{2028}\u{2029}\u{feff}\u{200b}\u{202e}\u{fffd}\u{10ffff}",
        "{\"json\": [1, null]} %20 ${x} {{y}} </script>",
        "",
        " ",
    ];
    for (protocol, endpoint) in super::endpoints(&phoenix) {
        let project = phoenix.project("характеры-🔭");
        super::send(&project, protocol, &endpoint, Default::default(), || {
            for (index, text) in texts.iter().enumerate() {
                let span = info_span!("text", otel.name = format!("text {index} 🔭"), number = index as i64);
                span.set_input(*text).set_output(*text).set_user(format!("user 🔭 {index}"));
                span.set_input_messages([Message::user(*text)]).set_attribute("app.text", *text);
            }
        });
        let spans = project.spans(texts.len());
        assert_eq!(spans.len(), texts.len(), "{protocol}");
        for (index, text) in texts.iter().enumerate() {
            let span: &Stored = spans.iter().find(|span| span.name == format!("text {index} 🔭")).expect("its name");
            for key in ["input.value", "output.value", "app.text", "llm.input_messages.0.message.content"] {
                assert_eq!(*span.attribute(key), *text, "{protocol}, {index}: {key}: {span:#?}");
            }
            assert_eq!(*span.attribute("user.id"), json!(format!("user 🔭 {index}")));
        }
    }
}

#[test]
fn a_deep_tree_and_many_spans_are_one_trace() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    const DEPTH: usize = 100;
    const BREADTH: usize = 150;
    for (protocol, endpoint) in super::endpoints(&phoenix) {
        let project = phoenix.project("tree");
        super::send(&project, protocol, &endpoint, Default::default(), || {
            fn down(depth: usize) {
                let span = info_span!("level", depth = depth as i64);
                if depth > 0 {
                    span.in_scope(|| down(depth - 1));
                }
            }
            info_span!("root").in_scope(|| {
                down(DEPTH - 1);
                (0..BREADTH).for_each(|_| drop(info_span!("leaf")));
            });
        });
        let spans = project.spans(DEPTH + BREADTH + 1);
        assert_eq!(spans.len(), DEPTH + BREADTH + 1, "{protocol}");
        let root = project.span("root");
        assert!(spans.iter().all(|span| span.trace_id == root.trace_id), "{protocol}");
        assert_eq!(spans.iter().filter(|span| span.parent_id.is_none()).count(), 1, "{protocol}");
        let children = spans.iter().filter(|span| span.parent_id.as_ref() == Some(&root.id)).count();
        assert_eq!(children, BREADTH + 1, "{protocol}");
    }
}
