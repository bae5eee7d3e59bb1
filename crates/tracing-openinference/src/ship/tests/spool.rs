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
