//! From a name to a connection on which the right protocol is spoken.

use std::{io::ErrorKind, net::SocketAddr, time::Duration};

use reqwest::Url;
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::{
    findings::Findings,
    greeting::{self, Speaks},
    proxy::{self, Proxy},
};
use crate::{
    builder::{Checkup, Destination},
    ship::{Transport, is_local},
};

const PATIENCE: Duration = Duration::from_secs(5);

/// Where Phoenix and other collectors usually listen.
const USUAL_PORTS: [u16; 3] = [6006, 4317, 4318];

/// How the backend is reached.
pub(super) struct Route {
    pub(super) url: Url,
    pub(super) proxy: Option<Proxy>,
}

/// `None` where the way ends.
pub(super) async fn open(checkup: &Checkup, destination: &Destination, findings: &mut Findings) -> Option<Route> {
    let endpoint = &destination.endpoint;
    let url = Url::parse(&endpoint.url).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
    let port = url.port_or_known_default()?;
    let proxied = !is_local(&endpoint.url);
    let proxy = proxy::of(url.scheme(), &host, &|name| checkup.variable(name)).filter(|_| proxied);
    let route = Route { url, proxy };
    if let Some(Proxy { variable, host, port }) = &route.proxy {
        let fix = format!("correct {variable}, start the proxy, or name the host of the backend in NO_PROXY");
        let addresses = resolve(host, *port, &fix, findings).await?;
        connect(&addresses, host, *port, &fix, findings).await?;
        findings.passed("proxy", format!("requests go through {host}:{port}, which {variable} names"));
        return Some(route);
    }
    let source = endpoint.setting();
    let fix = format!(
        "check the spelling in {source}, and whether the name is known on this machine (VPN, /etc/hosts, the name of the \
         service in a container network)"
    );
    let addresses = resolve(&host, port, &fix, findings).await?;
    let fix = format!("start the backend (`phoenix serve`), or correct {source}");
    let address = connect(&addresses, &host, port, &fix, findings).await?;
    protocol(destination, &route.url, address, findings).await.then_some(route)
}

async fn resolve(host: &str, port: u16, fix: &str, findings: &mut Findings) -> Option<Vec<SocketAddr>> {
    let found = timeout(PATIENCE, lookup_host((host, port))).await;
    let problem = match found {
        Ok(Ok(addresses)) => {
            let addresses: Vec<_> = addresses.collect();
            let shown: Vec<_> = addresses.iter().map(|address| address.ip().to_string()).collect();
            findings.passed("name", format!("{host} is {}", shown.join(", ")));
            return Some(addresses);
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {PATIENCE:?}"),
    };
    findings.failed("name", format!("the host name {host} is not known here: {problem}"), fix);
    None
}

async fn connect(
    addresses: &[SocketAddr],
    host: &str,
    port: u16,
    fix: &str,
    findings: &mut Findings,
) -> Option<SocketAddr> {
    let mut problem = "it has no address".to_owned();
    for address in addresses {
        problem = match timeout(PATIENCE, TcpStream::connect(address)).await {
            Ok(Ok(_)) => {
                findings.passed("connection", format!("{address} takes connections"));
                return Some(*address);
            }
            Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => "connection refused".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {PATIENCE:?}, as behind a firewall"),
        };
    }
    let mut fix = fix.to_owned();
    if let Some(other) = neighbour(addresses, port).await {
        fix.push_str(&format!("; something listens at port {other} of this host: is it that?"));
    }
    findings.failed("connection", format!("nothing listens at {host}:{port}: {problem}"), fix);
    None
}

/// Another port at which a collector may be.
async fn neighbour(addresses: &[SocketAddr], port: u16) -> Option<u16> {
    const SHORT: Duration = Duration::from_millis(500);
    for other in USUAL_PORTS.into_iter().filter(|other| *other != port) {
        for address in addresses {
            let mut address = *address;
            address.set_port(other);
            if matches!(timeout(SHORT, TcpStream::connect(address)).await, Ok(Ok(_))) {
                return Some(other);
            }
        }
    }
    None
}

/// Whether the port speaks what will be spoken to it.
async fn protocol(destination: &Destination, url: &Url, address: SocketAddr, findings: &mut Findings) -> bool {
    let endpoint = &destination.endpoint;
    let host = url.host_str().unwrap_or_default();
    let source = endpoint.setting();
    let (wanted, heard) = match (url.scheme(), endpoint.transport) {
        ("https", _) => (Speaks::Tls, greeting::in_tls(address).await),
        (_, Transport::Grpc) => (Speaks::Http2, greeting::in_http_2(address).await),
        (_, Transport::Http) => (Speaks::Http, greeting::in_http(address, host).await),
    };
    let heard = if heard == Speaks::Nothing { greeting::in_any(address, host).await } else { heard };
    let (what, fix) = match (wanted, heard) {
        (wanted, heard) if wanted == heard => {
            let spoken = if heard == Speaks::Tls { "TLS" } else { "the protocol that will be sent" };
            findings.passed("protocol", format!("{address} speaks {spoken}"));
            return true;
        }
        (_, Speaks::Tls) => (
            "the port speaks TLS, and http:// is sent without it".to_owned(),
            format!("write https:// instead of http:// in {source}"),
        ),
        (Speaks::Tls, Speaks::Http | Speaks::Http2) => (
            "the port does not speak TLS, which https:// asks for".to_owned(),
            format!("write http:// instead of https:// in {source}, or give the server a certificate"),
        ),
        (_, Speaks::Http2) => (
            "the port speaks gRPC, and HTTP is sent to it".to_owned(),
            format!(
                "name Phoenix's port for HTTP (6006) in {source}; or send gRPC, with an address without a path and, where the \
                 port is not 4317, OTEL_EXPORTER_OTLP_PROTOCOL=grpc"
            ),
        ),
        (_, Speaks::Http) => (
            "the port speaks HTTP, and gRPC is sent to it".to_owned(),
            format!(
                "name Phoenix's port for gRPC (4317) in {source}; or send HTTP, with OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf \
                 (now {} says otherwise)",
                endpoint.transport_source
            ),
        ),
        (_, Speaks::Nothing) => (
            "something takes connections there and answers neither HTTP nor gRPC nor TLS".to_owned(),
            format!("another program may listen at this port: correct {source}, or free the port for the backend"),
        ),
    };
    findings.failed("protocol", what, fix);
    false
}
