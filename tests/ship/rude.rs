use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

/// What a server does with a connection that no server should do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rudeness {
    /// Resets it in the middle of the request.
    ResetsTheRequest,
    /// Reads the request, and resets it in the middle of the answer.
    ResetsTheAnswer,
    /// Reads the request and closes it.
    ClosesWithoutAnswer,
    /// Says something in no protocol.
    TalksGarbage,
    /// Answers a byte every tenth of a second.
    Drips,
    /// Reads nothing and says nothing.
    IsSilent,
    /// Closes its half at once, and answers nothing.
    ClosesItsHalf,
    /// Reads a gRPC request, begins an answer, and resets its stream.
    ResetsTheStream,
    /// The same, with the code that is no error to HTTP: `CANCEL`.
    CancelsTheStream,
    /// Reads a gRPC request, begins an answer, and resets the connection.
    ResetsAfterHeaders,
    /// Reads a gRPC request, begins an answer, and closes the connection.
    ClosesAfterHeaders,
}

/// A server that is rude to its first connections and passes the others on to a better one.
pub(crate) struct RudeServer {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl RudeServer {
    /// It lives until the process ends.
    pub(crate) fn start(rudeness: Rudeness, times: usize, better: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { continue };
                let rude = count.fetch_add(1, Ordering::SeqCst) < times;
                thread::spawn(move || if rude { rudeness.treat(stream) } else { pass_on(stream, better) });
            }
        });
        Self { address, connections }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

const ANSWER: &[u8] = b"HTTP/1.1 503 Busy\r\ncontent-length: 100\r\n\r\nhalf an answer";

/// HTTP/2 settings, and the headers of an answer to the first request: `:status: 200`, `content-type: application/grpc`.
const HEADERS: &[u8] = b"\0\0\0\x04\0\0\0\0\0\0\0\x14\x01\x04\0\0\0\x01\x88\x0f\x10\x10application/grpc";

/// `RST_STREAM` of the first request: `INTERNAL_ERROR`.
const RESET: &[u8] = b"\0\0\x04\x03\0\0\0\0\x01\0\0\0\x02";
const CANCEL: &[u8] = b"\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08";

impl Rudeness {
    fn treat(self, mut stream: TcpStream) {
        let mut some = [0; 64];
        match self {
            Self::ResetsTheRequest => {
                let _ = stream.read(&mut some);
                reset(stream);
            }
            Self::ResetsTheAnswer => {
                read_for_a_while(&mut stream);
                let _ = stream.write_all(ANSWER);
                reset(stream);
            }
            Self::ClosesWithoutAnswer => read_for_a_while(&mut stream),
            Self::TalksGarbage => {
                let _ = stream.write_all(b"\x00\xff garbage \r\n\r\n nobody speaks like this \x80\r\n\r\n");
                read_for_a_while(&mut stream);
            }
            Self::Drips => {
                for byte in ANSWER.iter().cycle() {
                    if stream.write_all(&[*byte]).is_err() {
                        return;
                    }
                    thread::sleep(Duration::from_millis(100));
                }
            }
            Self::IsSilent => thread::sleep(Duration::from_secs(60)),
            Self::ClosesItsHalf => {
                let _ = stream.shutdown(std::net::Shutdown::Write);
                read_for_a_while(&mut stream);
            }
            Self::ResetsTheStream => {
                read_for_a_while(&mut stream);
                let _ = stream.write_all(&[HEADERS, RESET].concat());
                read_for_a_while(&mut stream);
            }
            Self::CancelsTheStream => {
                read_for_a_while(&mut stream);
                let _ = stream.write_all(HEADERS);
                // Time for the client to see them alone.
                read_for_a_while(&mut stream);
                let _ = stream.write_all(CANCEL);
                read_for_a_while(&mut stream);
            }
            Self::ResetsAfterHeaders | Self::ClosesAfterHeaders => {
                read_for_a_while(&mut stream);
                let _ = stream.write_all(HEADERS);
                // Time for the client to see them, which a reset would take away.
                read_for_a_while(&mut stream);
                if matches!(self, Self::ResetsAfterHeaders) {
                    reset(stream);
                }
            }
        }
    }
}

fn reset(stream: TcpStream) {
    // Zero linger turns the close into a reset.
    let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
}

fn read_for_a_while(stream: &mut TcpStream) {
    let _ = stream.set_read_timeout(Some(Duration::from_millis(50)));
    while stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {}
}

fn pass_on(mut near: TcpStream, address: SocketAddr) {
    let Ok(mut far) = TcpStream::connect(address) else { return };
    let (Ok(mut from), Ok(mut to)) = (far.try_clone(), near.try_clone()) else { return };
    thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
    let _ = std::io::copy(&mut near, &mut far);
    let _ = far.shutdown(std::net::Shutdown::Both);
}
