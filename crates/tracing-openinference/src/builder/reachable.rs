use std::{
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};

/// A loopback port answers or refuses at once; what takes longer is not the Phoenix that somebody has just started.
const PATIENCE: Duration = Duration::from_millis(500);

/// Whether anybody listens at the host and port of a URL.
pub(super) fn listening(url: &str) -> bool {
    let Ok(url) = url.parse::<http::Uri>() else { return false };
    let Some(host) = url.host() else { return false };
    let port = url.port_u16().unwrap_or(if url.scheme_str() == Some("https") { 443 } else { 80 });
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let Ok(addresses) = (host, port).to_socket_addrs() else { return false };
    addresses.into_iter().any(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok())
}
