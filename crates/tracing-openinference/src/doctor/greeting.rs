//! What a port speaks, found out by greeting it in three languages and looking at the first bytes of the answer. The
//! libraries that send spans only say that something went wrong.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(3);

/// The preface of a client, and an empty SETTINGS frame: [RFC 9113 §3.4](https://www.rfc-editor.org/rfc/rfc9113#section-3.4).
const HTTP_2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";

/// A `ClientHello` of TLS 1.2 with one cipher suite; whoever speaks TLS answers it, if only with an alert:
/// [RFC 5246 §7.4.1.2](https://www.rfc-editor.org/rfc/rfc5246#section-7.4.1.2).
const TLS: [u8; 50] = {
    let head = *b"\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03";
    let tail = *b"\x00\x00\x02\xc0\x2f\x01\x00";
    let mut hello = [0x5a; 50];
    let mut at = 0;
    while at < head.len() {
        hello[at] = head[at];
        at += 1;
    }
    at = 0;
    while at < tail.len() {
        hello[head.len() + 32 + at] = tail[at];
        at += 1;
    }
    hello
};

/// What answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaks {
    Http,
    Http2,
    Tls,
    /// It took the connection and said nothing, or nothing known.
    Nothing,
}

/// What the port says to a request of HTTP/1.1.
pub(super) async fn in_http(address: SocketAddr, host: &str) -> Speaks {
    let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    match greet(address, request.as_bytes()).await {
        answer if wants_tls(&answer) => Speaks::Tls,
        answer => language(&answer),
    }
}

/// What the port says to a client of HTTP/2.
pub(super) async fn in_http_2(address: SocketAddr) -> Speaks {
    language(&greet(address, HTTP_2).await)
}

/// What the port says to a client of TLS.
pub(super) async fn in_tls(address: SocketAddr) -> Speaks {
    language(&greet(address, &TLS).await)
}

/// The first language that is answered in kind.
pub(super) async fn in_any(address: SocketAddr, host: &str) -> Speaks {
    for speaks in [in_http(address, host).await, in_http_2(address).await, in_tls(address).await] {
        if speaks != Speaks::Nothing {
            return speaks;
        }
    }
    Speaks::Nothing
}

async fn greet(address: SocketAddr, greeting: &[u8]) -> Vec<u8> {
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        stream.write_all(greeting).await.ok()?;
        let mut buffer = [0; 1024];
        // Enough to know a status line, a frame or a record by, and the words of one that wants TLS.
        while answer.len() < buffer.len() {
            let read = stream.read(&mut buffer).await.ok()?;
            answer.extend_from_slice(&buffer[..read]);
            if read == 0 || matches!(language(&answer), Speaks::Http2 | Speaks::Tls) {
                break;
            }
        }
        Some(())
    })
    .await;
    answer
}

fn language(answer: &[u8]) -> Speaks {
    const SETTINGS: u8 = 4;
    const GO_AWAY: u8 = 7;
    match answer {
        [b'H', b'T', b'T', b'P', b'/', ..] => Speaks::Http,
        // An alert or a handshake, of SSL 3 at the least.
        [0x15 | 0x16, 3, ..] => Speaks::Tls,
        [0, _, _, SETTINGS | GO_AWAY, ..] => Speaks::Http2,
        _ => Speaks::Nothing,
    }
}

/// A server for TLS that is addressed without it may say so over HTTP, as nginx and Go do.
fn wants_tls(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer).to_lowercase();
    let refused = text.starts_with("http/1.1 400") || text.starts_with("http/1.0 400");
    refused && ["sent to https port", "to an https server"].iter().any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_first_bytes() {
        for (answer, speaks) in [
            (&b"HTTP/1.1 404 Not Found"[..], Speaks::Http),
            (b"\x00\x00\x18\x04\x00\x00\x00\x00\x00", Speaks::Http2),
            (b"\x15\x03\x01\x00\x02\x02\x46", Speaks::Tls),
            (b"\x16\x03\x03\x00\x31\x02", Speaks::Tls),
            (b"SSH-2.0-OpenSSH_9.6\r\n", Speaks::Nothing),
            (b"", Speaks::Nothing),
        ] {
            assert_eq!(language(answer), speaks, "{answer:?}");
        }
    }

    #[test]
    fn a_server_that_asks_for_tls_is_understood() {
        for body in ["Client sent an HTTP request to an HTTPS server.", "The plain HTTP request was sent to HTTPS port"]
        {
            assert!(wants_tls(format!("HTTP/1.1 400 Bad Request\r\n\r\n{body}").as_bytes()), "{body}");
        }
        assert!(!wants_tls(b"HTTP/1.1 400 Bad Request\r\n\r\nInvalid HTTP request received."));
    }
}
