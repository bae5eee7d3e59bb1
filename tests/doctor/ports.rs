//! A port at which the wrong thing is, or nothing.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};

use integration_tests::{Answer, Collector};

use super::{KEY, examine};

const ENDPOINT: &str = "PHOENIX_COLLECTOR_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";

/// A server that says the same to everybody who says something. It ends with the process.
fn port_that_says(answer: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(answer);
        }
    });
    address
}

fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free")
}

const HTTP_1: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const HTTP_2: &[u8] = b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x04\x00\x40\x00\x00";
const TLS_ALERT: &[u8] = b"\x15\x03\x01\x00\x02\x02\x46";
const TOLD_TO_USE_TLS: &[u8] = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

#[test]
fn nothing_listens() {
    let address = closed_port();
    for protocol in ["http/protobuf", "grpc"] {
        let examined = examine(&[(ENDPOINT, &format!("http://{address}")), (PROTOCOL, protocol)]);
        examined.says(&["FAILED", "connection", &address.to_string(), "refused"]);
        examined.advises(&["phoenix serve", ENDPOINT]);
    }
    // Where nobody named an address, the advice is how to.
    let port = closed_port().port().to_string();
    examine(&[("PHOENIX_GRPC_PORT", &port), (PROTOCOL, "grpc")]).advises(&["correct PHOENIX_COLLECTOR_ENDPOINT"]);
}

#[test]
fn the_name_is_not_known() {
    for scheme in ["http", "https"] {
        let examined = examine(&[(ENDPOINT, &format!("{scheme}://user:{KEY}@no-such-host.invalid:6006"))]);
        examined.says(&["FAILED", "name", "no-such-host.invalid"]);
        examined.advises(&["check the spelling in PHOENIX_COLLECTOR_ENDPOINT"]);
    }
}

#[test]
fn the_wrong_protocol_is_heard_and_named() {
    for (answer, scheme, protocol, words) in [
        (HTTP_2, "http", "http/protobuf", ["6006", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"]),
        (HTTP_1, "http", "grpc", ["4317", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"]),
        (TLS_ALERT, "http", "http/protobuf", ["https:// instead of http://", ENDPOINT]),
        (TLS_ALERT, "http", "grpc", ["https:// instead of http://", ENDPOINT]),
        (TOLD_TO_USE_TLS, "http", "http/protobuf", ["https:// instead of http://", ENDPOINT]),
        (HTTP_1, "https", "http/protobuf", ["http:// instead of https://", ENDPOINT]),
        (HTTP_2, "https", "grpc", ["http:// instead of https://", ENDPOINT]),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "http", "http/protobuf", ["another program", ENDPOINT]),
        (b"", "http", "grpc", ["another program", ENDPOINT]),
    ] {
        let url = format!("{scheme}://{}", port_that_says(answer));
        let examined = examine(&[(ENDPOINT, &url), (PROTOCOL, protocol)]);
        examined.says(&["FAILED", "protocol"]);
        examined.advises(&words);
    }
}

#[test]
fn a_handshake_that_fails_is_no_fault_of_the_scheme() {
    // It answers the greeting as a TLS server does, and then cannot keep a handshake up.
    let url = format!("https://{}", port_that_says(TLS_ALERT));
    let examined = examine(&[(ENDPOINT, &url)]);
    examined.says(&["ok", "protocol", "TLS"]);
    examined.says(&["FAILED", "span"]);
}

#[test]
fn a_proxy_is_tried_in_place_of_the_backend() {
    let backend = (ENDPOINT, "http://phoenix.invalid:6006");
    for (status, words) in [
        (407, ["the proxy wants a user and a password", "http_proxy"]),
        (502, ["does not reach the backend", "NO_PROXY"]),
    ] {
        let proxy = Collector::start().answer_always(Answer::status(status));
        let address = format!("http://user:{KEY}@{}", proxy.address());
        let examined = examine(&[backend, ("http_proxy", &address)]);
        examined.says(&["ok", "proxy", "http_proxy", &proxy.address().to_string()]);
        examined.advises(&words);
    }
    let proxy = Collector::start().answer_ok();
    assert!(examine(&[backend, ("ALL_PROXY", &proxy.url())]).healthy);
    let closed = format!("http://{}", closed_port());
    examine(&[backend, ("HTTP_PROXY", &closed)]).advises(&["start the proxy", "HTTP_PROXY", "NO_PROXY"]);
    let excepted = [backend, ("HTTP_PROXY", &*closed), ("NO_PROXY", ".invalid")];
    examine(&excepted).advises(&["check the spelling"]);
}
