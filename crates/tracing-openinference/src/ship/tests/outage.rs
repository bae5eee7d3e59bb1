use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

#[test]
fn busy_answers_lose_nothing() {
    for status in [408, 429, 502, 503, 504] {
        let server = Server::start(move |number, _| Reply::Status(if number < 3 { status } else { 200 }, ""));
        let shipper = shipper(&server.url());
        end_all(&shipper, 0..5);
        let report = shipper.flush(PATIENCE);
        assert!(report.is_complete() && report.stats.exported == 5, "{status}: {report}");
        assert_eq!(report.stats.retries, 2, "{status}");
        assert_eq!(server.arrivals().last().unwrap().spans().len(), 5);
    }
}

#[test]
fn a_connection_that_breaks_loses_nothing() {
    let server = Server::start(|number, _| if number < 3 { Reply::Close } else { Reply::Status(200, "") });
    let shipper = shipper(&server.url());
    end_all(&shipper, 0..5);
    assert!(shipper.flush(PATIENCE).is_complete());
}

#[test]
fn spans_wait_for_a_server_that_is_not_there_yet() {
    let address = free_address();
    let shipper = shipper(&format!("http://{address}/v1/traces"));
    end_all(&shipper, 0..1000);
    let report = shipper.flush(Duration::from_millis(600));
    assert!(report.timed_out && report.stats.pending == 1000, "{report}");
    assert!(report.stats.last_error.as_deref().is_some_and(|error| error.contains("refused")), "{report}");
    end_all(&shipper, 1000..2000);
    let back = Instant::now();
    let server = Server::on(TcpListener::bind(address).unwrap(), |_, _| Reply::Status(200, ""));
    eventually("all spans are delivered", || shipper.stats().exported == 2000);
    assert!(back.elapsed() < Duration::from_secs(10), "resumed after {:?}", back.elapsed());
    assert_eq!(server.names(), names(0..2000), "the oldest first");
}

#[test]
fn a_flush_does_not_wait_for_the_next_attempt() {
    let ready = Arc::new(AtomicBool::new(false));
    let answer = Arc::clone(&ready);
    let server = Server::start(move |_, _| Reply::Status(if answer.load(Ordering::Relaxed) { 200 } else { 503 }, ""));
    let shipper = shipper(&server.url());
    shipper.on_end(span("one"));
    eventually("the next attempt is seconds away", || server.arrivals().len() == 4);
    thread::sleep(Duration::from_millis(100));
    ready.store(true, Ordering::Relaxed);
    let start = Instant::now();
    assert!(shipper.flush(PATIENCE).is_complete());
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[test]
fn the_server_says_when_to_come_back() {
    let server = Server::start(|number, _| match number {
        1 => Reply::Status(503, "retry-after: 1\r\n"),
        _ => Reply::Status(200, ""),
    });
    let shipper = shipper(&server.url());
    shipper.on_end(span("one"));
    let start = Instant::now();
    assert!(shipper.flush(PATIENCE).is_complete());
    assert!(start.elapsed() >= Duration::from_secs(1), "came back after {:?}", start.elapsed());
}

/// Others wait with it, as the server says, and then have their turn.
#[test]
fn a_request_that_always_fails_does_not_stop_the_others_each_time_by_asking_for_a_pause() {
    let server = Server::start(|_, arrival| match arrival.spans()[0].name.as_str() {
        "span 0" => Reply::Status(503, "retry-after: 1\r\n"),
        _ => Reply::Status(200, ""),
    });
    let batch = Batch::default().max_export_batch_size(1);
    let shipper = Shipper::start(Settings { batch, ..settings(&server.url()) }).unwrap();
    let start = Instant::now();
    for number in 0..100 {
        end_all(&shipper, number..number + 1);
        eventually("it is delivered", || shipper.stats().exported == number as u64);
    }
    // Once alone, it waits for eight seconds and then longer.
    let attempts = server.names().iter().filter(|name| *name == "span 0").count() as u64;
    assert!(attempts <= 3 + start.elapsed().as_secs() / 8, "{attempts} in {:?}", start.elapsed());
    drop(shipper);
}

/// Each of them has failed before, so that it may be the one that always fails.
#[test]
fn a_server_that_takes_one_request_and_fails_again_is_not_asked_about_all_others_at_once() {
    let takes_one = Arc::new(AtomicBool::new(false));
    let takes = Arc::clone(&takes_one);
    let server =
        Server::start(move |_, _| Reply::Status(if takes.swap(false, Ordering::Relaxed) { 200 } else { 503 }, ""));
    let batch = Batch::default().max_export_batch_size(1);
    let shipper = Shipper::start(Settings { batch, ..settings(&server.url()) }).unwrap();
    // Each flush ends a wait.
    for number in 0..20 {
        let before = server.arrivals().len();
        end_all(&shipper, number..number + 1);
        let _ = shipper.flush(Duration::from_millis(1));
        eventually("one of them is tried", || server.arrivals().len() > before);
    }
    let (start, before) = (Instant::now(), server.arrivals().len());
    takes_one.store(true, Ordering::Relaxed);
    end_all(&shipper, 20..21);
    let _ = shipper.flush(Duration::from_millis(1));
    eventually("one is delivered", || shipper.stats().exported == 1);
    eventually("others are tried", || server.arrivals().len() > before + 1);
    thread::sleep(Duration::from_millis(500));
    let attempts = (server.arrivals().len() - before) as u128;
    let most = 3 + start.elapsed().as_millis() / 187;
    assert!(attempts <= most, "{attempts} of {most}");
    drop(shipper);
}

#[test]
fn requests_that_each_fail_alone_do_not_take_turns_before_a_span_that_comes_later() {
    let is_poison = |name: &str| name.starts_with("poison");
    let server = Server::start(move |_, arrival| match is_poison(&arrival.spans()[0].name) {
        true => Reply::Hang,
        false => Reply::Status(200, ""),
    });
    let batch = settings("").batch.max_export_batch_size(1).export_timeout(Duration::from_millis(150));
    let shipper = Shipper::start(Settings { batch, ..settings(&server.url()) }).unwrap();
    for number in 0..8 {
        shipper.on_end(span(format!("poison {number}")));
        shipper.on_end(span(format!("span {number}")));
    }
    eventually("it is known of each", || server.names().iter().filter(|name| is_poison(name)).count() >= 16);
    for number in 8..12 {
        let before = server.arrivals().len();
        // Large ones are not taken from the queue during a pause.
        shipper.on_end(large_span(&format!("span {number}"), 20_000));
        eventually("it is delivered", || shipper.stats().exported > number);
        let others = server.names()[before..].iter().take_while(|name| is_poison(name)).count();
        assert!(others <= 4, "{others} before span {number}");
    }
    let _ = shipper.shutdown(Duration::ZERO);
}

#[test]
fn when_to_come_back_is_by_the_clock_of_the_server() {
    for headers in [
        "date: Wed, 21 Oct 2020 07:28:00 GMT\r\nretry-after: Wed, 21 Oct 2020 07:28:01 GMT\r\n",
        "date: Wed, 21 Oct 2099 07:28:00 GMT\r\nretry-after: Wed, 21 Oct 2099 07:28:01 GMT\r\n",
    ] {
        let server = Server::start(move |number, _| match number {
            1 => Reply::Status(503, headers),
            _ => Reply::Status(200, ""),
        });
        let shipper = shipper(&server.url());
        shipper.on_end(span("one"));
        let start = Instant::now();
        assert!(shipper.flush(PATIENCE).is_complete(), "{headers}");
        assert!(start.elapsed() >= Duration::from_secs(1), "{headers}: {:?}", start.elapsed());
    }
}

#[test]
fn a_refusal_is_final_counted_and_explained() {
    for status in [301, 400, 401, 403, 404, 405, 415, 422, 500, 507] {
        let server = Server::start(move |_, _| Reply::Status(status, "location: http://elsewhere/login?x=y\r\n"));
        let shipper = shipper(&server.url());
        end_all(&shipper, 0..5);
        let report = shipper.flush(PATIENCE);
        assert_eq!((report.stats.rejected, server.arrivals().len()), (5, 1), "{status}: {report}");
        assert!(report.stats.last_error.as_deref().is_some_and(|error| error.contains(&status.to_string())));
        assert_adds_up(&report.stats);
    }
}

#[test]
fn a_web_page_is_no_acceptance() {
    let server =
        Server::start(|_, _| Reply::Body("content-type: text/html\r\n", b"<!doctype html><title>Phoenix</title>"));
    let shipper = shipper(&server.url());
    end_all(&shipper, 0..5);
    assert_eq!(shipper.flush(PATIENCE).stats.rejected, 5);
}

#[test]
fn an_attempt_that_hangs_is_made_again() {
    let server = Server::start(|number, _| if number == 1 { Reply::Hang } else { Reply::Status(200, "") });
    let mut settings = settings(&server.url());
    settings.batch = settings.batch.export_timeout(Duration::from_millis(300));
    let shipper = Shipper::start(settings).unwrap();
    end_all(&shipper, 0..5);
    let report = shipper.flush(PATIENCE);
    assert!(report.is_complete() && report.stats.retries == 1, "{report}");
}

#[test]
fn when_the_budget_is_spent_the_oldest_give_way() {
    let address = free_address();
    let mut settings = settings(&format!("http://{address}/v1/traces"));
    settings.batch = settings.batch.max_queue_bytes(1 << 20).max_export_batch_size(10);
    let shipper = Shipper::start(settings).unwrap();
    for number in 0..2_000 {
        shipper.on_end(large_span(&format!("span {number}"), 2_000));
        if number % 100 == 0 {
            assert!(shipper.flush(Duration::from_millis(5)).timed_out);
        }
    }
    eventually("old spans give way", || shipper.stats().dropped(Dropped::Evicted) > 0);
    let stats = shipper.stats();
    assert!(stats.pending < 530, "{stats}");
    let server = Server::on(TcpListener::bind(address).unwrap(), |_, _| Reply::Status(200, ""));
    let report = shipper.flush(PATIENCE);
    assert!(!report.timed_out && report.stats.exported > 300, "{report}");
    assert!(!server.names().contains(&"span 0".to_owned()));
    assert_adds_up(&report.stats);
}
