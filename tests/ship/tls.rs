//! `https://` with certificates of one's own, over both transports.

use std::net::{IpAddr, Ipv6Addr, TcpListener};
use std::path::Path;
use std::thread;
use std::time::Duration;

use integration_tests::Collector;
use integration_tests::tls::{Authority, start};
use tracing_openinference::{Builder, Dropped};

use crate::pipeline::{BOTH, Pipeline, eventually};
use crate::process::Child;

const SPANS: u64 = 10;

const LOCALHOST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn assert_delivers(builder: Builder, collector: &Collector) {
    let pipeline = Pipeline::new(builder);
    pipeline.send(SPANS);
    let _ = pipeline.finish(collector);
}

/// Nothing arrives, all is counted, and the cause is told.
fn assert_explained(case: &str, builder: Builder, collector: &Collector, words: &[&str]) {
    let pipeline = Pipeline::new(builder);
    pipeline.send(SPANS);
    eventually(case, || pipeline.stats().last_error.is_some());
    let report = pipeline.shutdown(Duration::from_secs(2));
    assert_eq!(report.stats.dropped(Dropped::Unsent), SPANS, "{case}: {report}");
    let error = report.stats.last_error.unwrap_or_default();
    assert!(words.iter().any(|words| error.contains(words)), "{case}: {error}");
    assert!(collector.requests().is_empty(), "{case}");
}

#[test]
fn a_certificate_of_ones_own_authority_is_trusted_when_the_authority_is_named() {
    let authority = Authority::new("own");
    let signed = authority.sign(&["localhost"]);
    for transport in BOTH {
        let collector = Collector::start().answer_ok();
        let port = start(LOCALHOST, &signed, None, collector.address()).port();
        let to = || transport.to(format!("https://localhost:{port}"));
        assert_explained("without it", to(), &collector, &["UnknownIssuer"]);
        assert_delivers(to().ca_certificate(authority.ca()), &collector);
    }
}

#[test]
fn a_certificate_is_held_to_its_name_and_to_its_authority() {
    let (own, other) = (Authority::new("named"), Authority::new("stranger"));
    let signed = own.sign(&["phoenix.example"]);
    for transport in BOTH {
        let collector = Collector::start().answer_ok();
        let port = start(LOCALHOST, &signed, None, collector.address()).port();
        let to = || transport.to(format!("https://localhost:{port}"));
        assert_explained(
            "another name",
            to().ca_certificate(own.ca()),
            &collector,
            &["NotValidForName", "not valid for name"],
        );
        assert_explained("another authority", to().ca_certificate(other.ca()), &collector, &["UnknownIssuer"]);
    }
}

#[test]
fn a_server_that_asks_who_we_are_is_told() {
    let authority = Authority::new("mutual");
    let stranger = Authority::new("unknown");
    let (server, us, nobody) = (authority.sign(&["localhost"]), authority.sign(&["us"]), stranger.sign(&["nobody"]));
    for transport in BOTH {
        let collector = Collector::start().answer_ok();
        let port = start(LOCALHOST, &server, Some(&authority), collector.address()).port();
        let to = || transport.to(format!("https://localhost:{port}")).ca_certificate(authority.ca());
        // Whether the alert or the end of the connection is seen first is a matter of chance.
        let words = ["Certificate", "UnknownCA", "closed", "reset", "broken pipe", "Broken pipe"];
        assert_explained("no certificate", to(), &collector, &words);
        assert_explained("a stranger's", to().client_certificate(&nobody.certificate, &nobody.key), &collector, &words);
        assert_delivers(to().client_certificate(&us.certificate, &us.key), &collector);
    }
}

#[test]
fn a_literal_address_of_the_sixth_version_is_a_name_in_a_certificate() {
    let here = IpAddr::V6(Ipv6Addr::LOCALHOST);
    if TcpListener::bind((here, 0)).is_err() {
        return;
    }
    let authority = Authority::new("sixth");
    let signed = authority.sign(&["::1"]);
    for transport in BOTH {
        let collector = Collector::start().answer_ok();
        let port = start(here, &signed, None, collector.address()).port();
        assert_delivers(transport.to(format!("https://[::1]:{port}")).ca_certificate(authority.ca()), &collector);
    }
}

#[test]
fn files_that_cannot_be_used_fail_the_build_and_are_named() {
    let authority = Authority::new("files");
    let (one, other) = (authority.sign(&["one"]), authority.sign(&["other"]));
    let garbage = authority.write("garbage.pem", "nothing of the kind");
    let broken = authority.write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let missing = Path::new("missing.pem");
    for transport in BOTH {
        let to = || transport.to("https://localhost:1");
        let cases = [
            ("missing", to().ca_certificate(missing), ".ca_certificate(…) = \"missing.pem\": cannot be read"),
            ("garbage", to().ca_certificate(&garbage), "garbage.pem\": has no certificate in it"),
            ("broken", to().ca_certificate(&broken), "broken.pem\": "),
            ("no key", to().client_certificate(&one.certificate, &one.certificate), "has no private key in it"),
            ("no certificate", to().client_certificate(&one.key, &one.key), "has no certificate in it"),
            (
                "another's key",
                to().client_certificate(&one.certificate, &other.key),
                "is not the key of the certificate",
            ),
        ];
        for (case, builder, words) in cases {
            let error = builder.build().expect_err(case).to_string();
            assert!(error.contains(words), "{transport:?} {case}: {error}");
        }
    }
}

/// As in an image that was made from nothing.
#[test]
fn an_operating_system_without_roots_is_no_obstacle_with_those_of_mozilla() {
    for transport in BOTH {
        let child = Child::new(&["settings", "0", "0"]).to(transport, "https://localhost:1");
        let ended = child.env("SSL_CERT_FILE", "/dev/null").env("SSL_CERT_DIR", "/dev/null").run();
        assert!(ended.out.starts_with("built"), "{transport:?}: {}", ended.out);
    }
}

#[test]
fn a_certificate_of_a_stranger_is_told_of_in_the_log() {
    let authority = Authority::new("told");
    let signed = authority.sign(&["localhost"]);
    thread::scope(|scope| {
        for transport in BOTH {
            let signed = &signed;
            scope.spawn(move || {
                let collector = Collector::start().answer_ok();
                let port = start(LOCALHOST, signed, None, collector.address()).port();
                let ended = Child::new(&["log"]).to(transport, &format!("https://localhost:{port}")).run();
                let line = ended.out.lines().next().unwrap_or_default();
                assert!(line.contains("UnknownIssuer"), "{transport:?}: {}", ended.out);
                assert!(line.contains("OTEL_EXPORTER_OTLP_CERTIFICATE"), "{transport:?}: {}", ended.out);
            });
        }
    });
}
