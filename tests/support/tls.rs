//! Certificates of one's own, and a server that ends TLS.

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

const CA: &str = "ca.pem";

/// Somebody who signs certificates, and a folder with them.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

/// A certificate and its key, in PEM files.
#[derive(Debug)]
pub struct Signed {
    /// What is shown to others.
    pub certificate: PathBuf,
    /// What is not.
    pub key: PathBuf,
}

impl Authority {
    /// One of this name, which nobody trusts.
    ///
    /// # Panics
    ///
    /// Without a temporary folder.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::new([]).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let issuer = CertifiedIssuer::self_signed(params, key()).expect("it can be signed");
        let folder = TempDir::new().expect("a temporary folder can be made");
        std::fs::write(folder.path().join(CA), issuer.pem()).expect("a file can be written");
        Self { issuer, folder }
    }

    /// Its own certificate.
    #[must_use]
    pub fn ca(&self) -> PathBuf {
        self.folder.path().join(CA)
    }

    /// A certificate for these names that is valid for long.
    #[must_use]
    pub fn sign(&self, names: &[&str]) -> Signed {
        self.sign_with(names, |_| {})
    }

    /// A certificate for these names that has run out.
    #[must_use]
    pub fn sign_in_the_past(&self, names: &[&str]) -> Signed {
        self.sign_with(names, |params| params.not_after = date_time_ymd(2020, 1, 1))
    }

    fn sign_with(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Signed {
        let key = key();
        let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
            .expect("they are names");
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).expect("it can be signed");
        let name = names.concat().replace(':', "-");
        Signed {
            certificate: self.write(&format!("{name}.pem"), &certificate.pem()),
            key: self.write(&format!("{name}.key"), &key.serialize_pem()),
        }
    }

    /// A file of the folder.
    ///
    /// # Panics
    ///
    /// When it cannot be written.
    #[must_use]
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("a file can be written");
        path
    }
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key can be made")
}

/// A server that ends TLS and passes on what is in it. It lives until the process ends.
///
/// # Panics
///
/// Without a free port, or with files that are no certificate and its key.
#[must_use]
pub fn start(at: IpAddr, signed: &Signed, clients: Option<&Authority>, to: SocketAddr) -> SocketAddr {
    let builder = match clients {
        None => ServerConfig::builder().with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(authority.ca()).expect("PEM")).expect("a certificate");
            let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build().expect("one root");
            ServerConfig::builder().with_client_cert_verifier(verifier)
        }
    };
    let chain = vec![CertificateDer::from_pem_file(&signed.certificate).expect("PEM")];
    let key = PrivateKeyDer::from_pem_file(&signed.key).expect("PEM");
    let mut config = builder.with_single_cert(chain, key).expect("the key fits");
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((at, 0)).expect("a free port");
    let address = listener.local_addr().expect("a bound socket has an address");
    listener.set_nonblocking(true).expect("sockets can be set so");
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("it is not blocking");
            while let Ok((near, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut near) = acceptor.accept(near).await else { return };
                    let Ok(mut far) = tokio::net::TcpStream::connect(to).await else { return };
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
    });
    address
}
