use super::*;
use crate::ship::Spool;

#[test]
fn a_request_that_never_succeeds_holds_up_no_other_on_disk() {
    let directory = std::env::temp_dir().join(format!("openinference-poison-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&directory);
    let address = free_address();
    let shipper = || {
        let mut settings = settings(&format!("http://{address}/v1/traces"));
        settings.batch = settings.batch.max_export_batch_size(1);
        settings.spool = Some(Spool { directory: directory.clone(), max_bytes: 64 << 20 });
        Shipper::start(settings).unwrap()
    };
    let before = shipper();
    end_all(&before, 0..4);
    let report = before.shutdown(PATIENCE);
    assert_eq!(report.stats.spooled, 4, "{report}");
    let server = Server::on(TcpListener::bind(address).unwrap(), |_, arrival| {
        Reply::Status(if arrival.spans()[0].name == "span 0" { 503 } else { 200 }, "")
    });
    let after = shipper();
    eventually("the others are delivered", || after.stats().recovered == 3);
    assert!(server.names().contains(&"span 0".to_owned()));
    let _ = after.shutdown(Duration::from_millis(100));
    let _ = std::fs::remove_dir_all(&directory);
}

/// Whoever made it may have had a clock that was wrong, or this process has.
#[test]
fn a_claim_until_next_year_holds_up_nothing_that_comes_later() {
    let address = free_address();
    let url = format!("http://{address}/v1/traces");
    let directory = std::env::temp_dir().join(format!("openinference-claim-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&directory);
    let spool = Spool { directory: directory.clone(), max_bytes: 64 << 20 };
    let place = spool.real_place(&url).unwrap();
    std::fs::create_dir_all(&place).unwrap();
    let until = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap() + Duration::from_secs(80_000);
    let name = format!("{:013}-{:016x}-{:010}-1-20.{}-{:016x}.sending", 1, 1, 1, until.as_millis(), 1);
    std::fs::write(place.join(&name), "").unwrap();
    let shipper = Shipper::start(Settings { spool: Some(spool), ..settings(&url) }).unwrap();
    // It has looked by then, and found nothing but that.
    thread::sleep(Duration::from_millis(200));
    shipper.on_end(span("one"));
    eventually("the span is on disk", || shipper.stats().spooled == 1);
    let server = Server::on(TcpListener::bind(address).unwrap(), |_, _| Reply::Status(200, ""));
    eventually("the span is delivered", || shipper.stats().exported == 1);
    assert!(place.join(&name).exists() && server.names() == ["one"]);
    drop(shipper);
    let _ = std::fs::remove_dir_all(&directory);
}
