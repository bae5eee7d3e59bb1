use integration_tests::Collector;
use integration_tests::collector::{Protocol, attributes};

use crate::pipeline::{BOTH, Pipeline, Transport, number, quick};

/// What receivers of gRPC refuse, Phoenix among them.
const GRPC_LIMIT: usize = 4 << 20;
const HTTP_LIMIT: usize = 5 << 20;
const REDUCED: &str = "tracing_openinference.reduced_bytes";

fn assert_within_limits(collector: &Collector) {
    for request in collector.requests() {
        let limit = if request.protocol == Protocol::Grpc { GRPC_LIMIT } else { HTTP_LIMIT };
        assert!(request.body.len() <= limit, "{:?}: {} bytes", request.protocol, request.body.len());
    }
}

#[test]
fn one_giant_among_five_hundred_and_twelve_costs_only_its_own_content() {
    for transport in BOTH {
        let collector = Collector::start().answer_ok();
        let pipeline = Pipeline::new(transport.to(collector.url()));
        pipeline.spans(256);
        pipeline.large_spans(1, 8 << 20);
        pipeline.spans(255);
        let report = pipeline.finish(&collector);
        assert_eq!(report.stats.reduced, 1, "{transport:?}: {report}");
        assert_within_limits(&collector);
        for span in collector.spans() {
            let has = attributes(&span.attributes);
            assert_eq!(has.contains_key(REDUCED), number(&span) == Some(256), "{transport:?}");
        }
        let giant = attributes(&collector.span("large").attributes);
        let kept: usize = giant.values().filter_map(|value| value.as_str()).map(str::len).sum();
        assert!(kept > 3 << 20, "{transport:?}: only {kept} bytes of it were kept");
        let cut = giant[REDUCED].as_u64().expect("a number");
        assert!(cut + kept as u64 >= 8 << 20, "{transport:?}: {kept} kept and {cut} cut");
    }
}

#[test]
fn five_megabytes_in_one_batch_fit_through_grpc() {
    let collector = Collector::start().answer_ok();
    let pipeline = Pipeline::new(Transport::Grpc.to(collector.url()));
    pipeline.large_spans(512, 10 << 10);
    let report = pipeline.finish(&collector);
    assert_eq!(report.stats.reduced, 0, "{report}");
    assert!(collector.requests().len() >= 2);
    assert_within_limits(&collector);
}

#[test]
fn no_request_is_ever_larger_than_the_limit() {
    for transport in BOTH {
        let collector = Collector::start().answer_ok();
        let batch = quick().max_export_batch_bytes(64 << 10);
        let pipeline = Pipeline::new(transport.to(collector.url()).batch(batch));
        for turn in 0..20 {
            pipeline.spans(turn * 7);
            pipeline.large_spans(turn, 1 << turn.min(17));
        }
        let report = pipeline.finish(&collector);
        let largest = collector.requests().iter().map(|request| request.body.len()).max();
        assert!(largest <= Some(64 << 10), "{transport:?}: {largest:?}; {report}");
    }
}

#[test]
fn a_burst_of_a_hundred_thousand_small_spans_is_delivered_whole() {
    let collector = Collector::start().answer_ok();
    let pipeline = Pipeline::new(tracing_openinference::builder().endpoint(collector.url()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| pipeline.spans(25_000));
        }
    });
    let report = pipeline.finish(&collector);
    assert_eq!((report.stats.exported, report.stats.reduced), (100_000, 0), "{report}");
}

#[test]
fn a_burst_beyond_the_budget_loses_exactly_what_the_report_says() {
    let collector = Collector::start().answer_ok();
    let batch = quick().max_queue_size(1000).max_queue_bytes(1 << 20);
    let pipeline = Pipeline::new(Transport::Http.to(collector.url()).batch(batch));
    pipeline.spans(50_000);
    let report = pipeline.shutdown(crate::pipeline::PATIENCE);
    assert!(report.stats.lost() > 0, "{report}");
    assert_eq!(collector.spans().len() as u64, report.stats.exported, "{report}");
}

/// What is cut first is JSON that nobody can read any more.
#[test]
fn a_span_that_is_cut_for_want_of_memory_keeps_its_structure() {
    let collector = Collector::start().answer_ok();
    let pipeline = Pipeline::new(Transport::Http.to(collector.url()).batch(quick().max_queue_bytes(1 << 20)));
    let long = "so much text, ".repeat((780 << 10) / 14);
    let messages = serde_json::json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": long}]);
    let messages = messages.to_string();
    pipeline.each(1, |number| {
        drop(tracing::info_span!(
            "llm",
            test.number = number,
            openinference.span.kind = "LLM",
            llm.model_name = "m",
            llm.input_messages = messages,
        ));
    });
    let report = pipeline.finish(&collector);
    assert_eq!(report.stats.reduced, 1, "{report}");
    let has = attributes(&collector.span("llm").attributes);
    for (key, value) in [
        ("openinference.span.kind", "LLM"),
        ("llm.model_name", "m"),
        ("llm.input_messages.0.message.role", "system"),
        ("llm.input_messages.0.message.content", "Be brief."),
        ("llm.input_messages.1.message.role", "user"),
    ] {
        assert_eq!(has.get(key).and_then(|value| value.as_str()), Some(value), "{key}: {:?}", has.keys());
    }
    let kept: usize = has.values().filter_map(|value| value.as_str()).map(str::len).sum();
    assert!(kept > 500 << 10, "only {kept} bytes were kept where nearly a mebibyte was free");
    assert!(!has.contains_key("llm.input_messages"));
}
