use super::*;
use crate::ship::{reduce, size};

#[test]
fn one_giant_among_many_is_cut_and_marked_and_the_others_are_whole() {
    let server = Server::accepting();
    let shipper = shipper(&server.url());
    end_all(&shipper, 0..255);
    shipper.on_end(large_span("giant", 8 << 20));
    end_all(&shipper, 255..511);
    let report = shipper.flush(PATIENCE);
    assert!(report.is_complete() && report.stats.exported == 512 && report.stats.reduced == 1, "{report}");
    let arrivals = server.arrivals();
    assert!(arrivals.iter().all(|arrival| arrival.body.len() <= 5 << 20));
    let giant = arrivals.iter().flat_map(Arrival::spans).find(|span| span.name == "giant").unwrap();
    let keys: Vec<&str> = giant.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    assert_eq!(keys, ["input.value", "tracing_openinference.reduced_bytes"]);
    assert!(giant.encoded_len() > 4 << 20, "no more is cut than has to be: {}", giant.encoded_len());
}

#[test]
fn no_request_is_larger_than_the_limit() {
    let server = Server::accepting();
    let mut settings = settings(&server.url());
    settings.batch = settings.batch.max_export_batch_bytes(10_000);
    let shipper = Shipper::start(settings).unwrap();
    for number in 0..200 {
        shipper.on_end(large_span(&format!("span {number}"), number * 100));
    }
    let report = shipper.flush(PATIENCE);
    assert!(report.is_complete() && report.stats.exported == 200, "{report}");
    let largest = server.arrivals().iter().map(|arrival| arrival.body.len()).max().unwrap();
    assert!((9_000..=10_000).contains(&largest), "{largest}");
}

#[test]
fn a_request_that_is_too_large_for_the_server_is_halved() {
    let server = Server::start(|_, arrival| Reply::Status(if arrival.spans().len() > 100 { 413 } else { 200 }, ""));
    let shipper = shipper(&server.url());
    end_all(&shipper, 0..512);
    let report = shipper.flush(PATIENCE);
    assert!(report.is_complete() && report.stats.exported == 512, "{report}");
    let accepted = server.arrivals().into_iter().map(|arrival| arrival.spans()).filter(|spans| spans.len() <= 100);
    let accepted: Vec<String> = accepted.flatten().map(|span| span.name).collect();
    assert_eq!(accepted, names(0..512));
}

#[test]
fn a_refusal_by_size_is_remembered() {
    let server = Server::start(|_, arrival| Reply::Status(if arrival.body.len() > 300_000 { 413 } else { 200 }, ""));
    let shipper = shipper(&server.url());
    let round = || {
        let before = server.arrivals().len();
        for number in 0..40 {
            shipper.on_end(large_span(&format!("span {number}"), 25_000));
        }
        assert!(shipper.flush(PATIENCE).is_complete());
        server.arrivals().split_off(before).iter().filter(|arrival| arrival.body.len() > 300_000).count()
    };
    assert!(round() > 0);
    assert_eq!(round(), 0);
}

#[test]
fn a_refusal_that_was_a_mistake_is_forgotten() {
    let server = Server::start(|number, _| Reply::Status(if number == 1 { 413 } else { 200 }, ""));
    let shipper = shipper(&server.url());
    end_all(&shipper, 0..2);
    assert!(shipper.flush(PATIENCE).is_complete());
    assert_eq!(server.arrivals().len(), 3);
    for number in 0..300 {
        end_all(&shipper, number..number + 1);
        assert!(shipper.flush(PATIENCE).is_complete());
    }
    shipper.on_end(large_span("large", 1 << 20));
    let report = shipper.flush(PATIENCE);
    assert!(report.is_complete() && report.stats.reduced == 0, "{report}");
    assert!(server.arrivals().last().unwrap().body.len() > 1 << 20);
}

#[test]
fn a_span_that_is_too_large_for_the_server_is_cut_until_it_fits() {
    let server = Server::start(|_, arrival| Reply::Status(if arrival.body.len() > 300_000 { 413 } else { 200 }, ""));
    let shipper = shipper(&server.url());
    shipper.on_end(large_span("giant", 2 << 20));
    let report = shipper.flush(PATIENCE);
    assert!(report.is_complete() && report.stats.exported == 1, "{report}");
    let span = server.arrivals().last().unwrap().spans().remove(0);
    assert!(span.encoded_len() > 100_000, "{}", span.encoded_len());
    assert_eq!(span.attributes[1].key, "tracing_openinference.reduced_bytes");
}

#[test]
fn a_span_no_cut_can_help_is_dropped_by_its_reason() {
    let server = Server::start(|_, _| Reply::Status(413, ""));
    let shipper = shipper(&server.url());
    end_all(&shipper, 0..2);
    let report = shipper.flush(PATIENCE);
    assert_eq!(report.stats.dropped(Dropped::TooLarge), 2, "{report}");
    assert_adds_up(&report.stats);
}

#[test]
fn content_is_cut_before_spans_are_dropped() {
    let server = Server::start(|_, _| Reply::Hang);
    let mut settings = settings(&server.url());
    settings.batch = settings.batch.max_queue_bytes(4 << 20);
    let shipper = Shipper::start(settings).unwrap();
    for number in 0..200 {
        shipper.on_end(large_span(&format!("span {number}"), 100_000));
    }
    let stats = shipper.stats();
    assert_eq!((stats.pending, stats.dropped_total()), (200, 0), "{stats}");
    assert!(stats.reduced > 160, "{stats}");
}

#[test]
fn images_go_before_words_and_words_are_cut_at_their_end() {
    let image: String = "iVBORw0KGgo9".chars().cycle().take(200_000).collect();
    let message = format!(r#"{{"url":"data:image/png;base64,{image}","text":"what is this?"}}"#);
    let words = "Grüße ".repeat(1_000);
    let mut span = SpanData {
        attributes: vec![KeyValue::new("input.value", message), KeyValue::new("output.value", words.clone())],
        ..span("one")
    };
    let mut again = span.clone();
    reduce::span(&mut span, 10_000);
    let value = |span: &SpanData, key| {
        let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
        found.unwrap().value.as_str().into_owned()
    };
    assert_eq!(
        value(&span, "input.value"),
        r#"{"url":"data:image/png;base64,[cut: 200000 bytes of base64]","text":"what is this?"}"#
    );
    assert_eq!(value(&span, "output.value"), words);
    reduce::span(&mut again, 2_000);
    let cut = value(&again, "output.value");
    assert!(cut.starts_with("Grüße Grüße") && cut.ends_with(" bytes]"), "{cut}");
    assert!(size::bound(&again) <= 2_000, "{}", size::bound(&again));
}

#[test]
fn whatever_makes_a_span_large_can_be_cut() {
    let mut events = SpanEvents::default();
    for _ in 0..100 {
        events.events.push(opentelemetry::trace::Event::with_name("e".repeat(100_000)));
    }
    let many = (0..50_000).map(|number| KeyValue::new(format!("key {number}"), number)).collect();
    for mut span in [
        SpanData { events, ..span("event names") },
        SpanData { attributes: many, ..span("many attributes") },
        SpanData { status: Status::error("e".repeat(1_000_000)), ..span("status") },
        span("n".repeat(1_000_000)),
    ] {
        let before = size::bound(&span);
        reduce::span(&mut span, 50_000);
        assert!(before > 900_000 && size::bound(&span) <= 50_000, "{}", size::bound(&span));
    }
}

#[test]
fn a_span_that_is_cut_again_and_again_is_marked_and_counted_once() {
    const MARK: &str = "tracing_openinference.reduced_bytes";
    let mut span = large_span("one", 400_000);
    let whole = size::bound(&span);
    assert!(reduce::span(&mut span, 100_000) && !reduce::span(&mut span, 10_000));
    let marks: Vec<_> = span.attributes.iter().filter(|attribute| attribute.key.as_str() == MARK).collect();
    let [KeyValue { value: Value::I64(cut), .. }] = marks[..] else { panic!("{marks:?}") };
    assert!(*cut > 390_000 && usize::try_from(*cut).unwrap() < whole, "{cut}");

    let limit = |_, arrival: &Arrival| Reply::Status(if arrival.body.len() > 60_000 { 413 } else { 200 }, "");
    let server = Server::start(limit);
    let shipper = shipper(&server.url());
    shipper.on_end(large_span("two", 400_000));
    let report = shipper.flush(PATIENCE);
    assert_eq!((report.stats.exported, report.stats.reduced), (1, 1), "{report}");
    let spans = server.arrivals().last().unwrap().spans();
    let marks: Vec<_> = spans[0].attributes.iter().filter(|attribute| attribute.key == MARK).collect();
    let cut = match marks[..] {
        [mark] => format!("{:?}", mark.value),
        _ => panic!("{marks:?}"),
    };
    assert!(cut.contains("IntValue(3"), "of 400 kB at least 300: {cut}");
}
