//! A server with a certificate, and what can be wrong with it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use integration_tests::tls::{Authority, Signed, start};
use integration_tests::{Answer, Collector};

use super::{Examined, examine};

const ENDPOINT: &str = "PHOENIX_COLLECTOR_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";

/// What the doctor says of a server that shows `signed`, over both protocols, with these variables beside.
fn examined(signed: &Signed, clients: Option<&Authority>, variables: &[(&str, &str)], test: impl Fn(&Examined)) {
    for protocol in ["http/protobuf", "grpc"] {
        let collector = Collector::start().answer_always(Answer::ok());
        let port = server(signed, clients, collector.address()).port();
        let url = format!("https://localhost:{port}");
        test(&examine(&[&[(ENDPOINT, &*url), (PROTOCOL, protocol)], variables].concat()));
    }
}

fn server(signed: &Signed, clients: Option<&Authority>, to: SocketAddr) -> SocketAddr {
    start(IpAddr::V4(Ipv4Addr::LOCALHOST), signed, clients, to)
}

fn path(file: &std::path::Path) -> &str {
    file.to_str().expect("a temporary folder has a name of letters")
}

#[test]
fn a_certificate_that_is_not_trusted_is_told_from_other_faults() {
    let (own, other) = (Authority::new("own"), Authority::new("stranger"));
    let (good, elsewhere) = (own.sign(&["localhost"]), own.sign(&["phoenix.example"]));
    let (ca, stranger) = (own.ca(), other.ca());
    let cases: [(&Signed, &[(&str, &str)]); 3] =
        [(&good, &[]), (&good, &[(CERTIFICATE, path(&stranger))]), (&elsewhere, &[(CERTIFICATE, path(&ca))])];
    for (signed, variables) in cases {
        examined(signed, None, variables, |examined| {
            examined.says(&["ok", "protocol", "TLS"]);
            examined.says(&["FAILED", "span"]);
            examined.advises(&["certificate", ENDPOINT, "OTEL_EXPORTER_OTLP_CERTIFICATE"]);
        });
    }
    let old = own.sign_in_the_past(&["localhost"]);
    examined(&old, None, &[(CERTIFICATE, path(&ca))], |examined| examined.advises(&["certificate", "run out"]));
    let new = own.sign(&["localhost"]);
    examined(&new, None, &[(CERTIFICATE, path(&ca))], |examined| assert!(examined.healthy, "{}", examined.text));
}

#[test]
fn a_server_that_wants_to_know_who_we_are_is_understood() {
    let authority = Authority::new("mutual");
    let (server, us) = (authority.sign(&["localhost"]), authority.sign(&["us"]));
    let ca = authority.ca();
    examined(&server, Some(&authority), &[(CERTIFICATE, path(&ca))], |examined| {
        examined.advises(&["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"]);
    });
    let known = [
        (CERTIFICATE, path(&ca)),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", path(&us.certificate)),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", path(&us.key)),
    ];
    examined(&server, Some(&authority), &known, |examined| assert!(examined.healthy, "{}", examined.text));
}
