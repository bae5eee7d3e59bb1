//! Proxies of the environment, each in a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use integration_tests::Collector;
use integration_tests::tls::{self, Authority};

use crate::faults::free_address;
use crate::pipeline::{BOTH, Transport};
use crate::process::Child;

/// A host that only the proxy knows.
const HOST: &str = "phoenix.invalid";

/// Passes everything on to one server, and keeps the first line and the authorization of what it was asked.
struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// It lives until the process ends. With no server it refuses.
    fn start(to: Option<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let asking = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), asking) = (stream, Arc::clone(&asking)) else { continue };
                thread::spawn(move || serve(stream, to, &asking));
            }
        });
        Self { address, asked }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

fn serve(near: TcpStream, to: Option<SocketAddr>, asked: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(near.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let line = head.lines().next()?.to_owned();
    let credentials = head.lines().find(|line| line.to_ascii_lowercase().starts_with("proxy-authorization"));
    asked
        .lock()
        .expect("no panic")
        .push(format!("{line}{}", credentials.map(|line| format!(" {line}")).unwrap_or_default()));
    let mut writer = near.try_clone().ok()?;
    let Some(to) = to else {
        return writer.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").ok();
    };
    let mut far = TcpStream::connect(to).ok()?;
    if line.starts_with("CONNECT ") {
        writer.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").ok()?;
    } else {
        far.write_all(head.as_bytes()).ok()?;
    }
    let mut back = far.try_clone().ok()?;
    thread::spawn(move || {
        let _ = std::io::copy(&mut back, &mut writer);
        let _ = writer.shutdown(std::net::Shutdown::Both);
    });
    let _ = std::io::copy(&mut reader, &mut far);
    let _ = far.shutdown(std::net::Shutdown::Write);
    Some(())
}

/// A program that sends one span there, and what it says of it.
fn send(transport: Transport, endpoint: &str, variables: &[(&str, &str)]) -> String {
    let child = Child::new(&["settings", "3000", "0"]).to(transport, endpoint);
    let ended = variables.iter().fold(child, |child, (name, value)| child.env(name, value)).run();
    assert_eq!(ended.code, Some(0), "{transport:?} {endpoint}: {}", ended.err);
    ended.out
}

fn request(transport: Transport, port: u16) -> String {
    match transport {
        Transport::Http => format!("POST http://{HOST}:{port}/v1/traces HTTP/1.1"),
        Transport::Grpc => format!("CONNECT {HOST}:{port} HTTP/1.1"),
    }
}

#[test]
fn the_proxy_of_the_environment_leads_to_the_collector() {
    for transport in BOTH {
        for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
            let collector = Collector::start().answer_ok();
            let proxy = Proxy::start(Some(collector.address()));
            let said = send(transport, &format!("http://{HOST}:6006"), &[(name, &proxy.url())]);
            assert!(said.contains("created 1, exported 1"), "{transport:?} {name}: {said}");
            assert_eq!(proxy.asked(), [request(transport, 6006)], "{transport:?} {name}");
            assert_eq!(collector.spans().len(), 1, "{transport:?} {name}");
        }
    }
}

#[test]
fn tls_goes_through_the_proxy_unopened() {
    let authority = Authority::new("proxied");
    let signed = authority.sign(&[HOST]);
    for transport in BOTH {
        let collector = Collector::start().answer_ok();
        let server = tls::start(IpAddr::V4(Ipv4Addr::LOCALHOST), &signed, None, collector.address());
        let proxy = Proxy::start(Some(server));
        let ca = authority.ca().display().to_string();
        let variables = [("HTTPS_PROXY", &*proxy.url()), ("OTEL_EXPORTER_OTLP_CERTIFICATE", &*ca)];
        let said = send(transport, &format!("https://{HOST}:8443"), &variables);
        assert!(said.contains("created 1, exported 1"), "{transport:?}: {said}");
        assert_eq!(proxy.asked(), [format!("CONNECT {HOST}:8443 HTTP/1.1")], "{transport:?}");
    }
}

#[test]
fn a_proxy_is_shown_its_credentials_and_nobody_else_is() {
    for transport in BOTH {
        let collector = Collector::start().answer_ok();
        let proxy = Proxy::start(Some(collector.address()));
        let url = proxy.url().replace("http://", "http://me:hunter2@");
        let said = send(transport, &format!("http://{HOST}:6006"), &[("HTTP_PROXY", &url)]);
        assert!(said.contains("created 1, exported 1") && !said.contains("hunter2"), "{transport:?}: {said}");
        assert!(proxy.asked()[0].ends_with(": Basic bWU6aHVudGVyMg=="), "{transport:?}: {:?}", proxy.asked());
    }
}

#[test]
fn what_is_near_or_excepted_needs_no_proxy() {
    let nobody = format!("http://{}", free_address());
    for transport in BOTH {
        let collector = Collector::start().answer_ok();
        for endpoint in [collector.url(), collector.url().replace("127.0.0.1", "localhost")] {
            let said = send(transport, &endpoint, &[("HTTP_PROXY", &nobody), ("ALL_PROXY", &nobody)]);
            assert!(said.contains("created 1, exported 1"), "{transport:?} {endpoint}: {said}");
        }
        let proxy = Proxy::start(Some(collector.address()));
        let variables = [("HTTP_PROXY", &*proxy.url()), ("NO_PROXY", ".example,invalid")];
        let said = send(transport, &format!("http://{HOST}:6006"), &variables);
        assert!(said.contains("created 1, exported 0"), "{transport:?}: {said}");
        assert!(proxy.asked().is_empty(), "{transport:?}: {:?}", proxy.asked());
    }
}

#[test]
fn a_proxy_that_refuses_is_told_of() {
    let proxy = Proxy::start(None);
    let said = send(Transport::Grpc, &format!("http://{HOST}:6006"), &[("HTTP_PROXY", &proxy.url())]);
    assert!(said.contains("exported 0") && said.contains("tunnel error"), "{said}");
    let proxy = Proxy::start(None);
    let said = send(Transport::Http, &format!("http://{HOST}:6006"), &[("HTTP_PROXY", &proxy.url())]);
    assert!(said.contains("rejected 1") && said.contains("403 Forbidden"), "{said}");
}
