//! The same certificates for both clients, with the same complaints about them: those of reqwest, which names what it
//! cannot read where tonic leaves it out.

use reqwest::{Certificate, ClientBuilder, Identity};

use super::{Tls, Unusable};
use crate::ship::otlp::causes;

#[cfg(feature = "grpc")]
pub(in crate::ship) use self::tonic::grpc;

pub(in crate::ship) fn http(tls: &Tls, builder: ClientBuilder) -> Result<ClientBuilder, Unusable> {
    check(tls)?;
    let builder = trust(tls, builder)?;
    Ok(match identity(tls)? {
        Some(identity) => builder.identity(identity),
        None => builder,
    })
}

/// Certificates are parsed when a client is made, and a key is compared with its certificate then: one client with the
/// roots alone, then one with everything, tells which file it is.
fn check(tls: &Tls) -> Result<(), Unusable> {
    let client = || ClientBuilder::new().tls_backend_rustls().no_proxy();
    if let Err(error) = trust(tls, client())?.build() {
        let problem = causes(&error);
        return Err(match &tls.roots {
            Some(roots) => roots.unusable(problem),
            None => Unusable::Tls(format!("{problem}; give a CA certificate, or enable the feature `webpki-roots`")),
        });
    }
    if let (Some((_, key)), Some(identity)) = (&tls.identity, identity(tls)?) {
        let client = trust(tls, client())?.identity(identity).build();
        client.map_err(|error| key.unusable(format!("is not the key of the certificate: {}", causes(&error))))?;
    }
    Ok(())
}

fn trust(tls: &Tls, builder: ClientBuilder) -> Result<ClientBuilder, Unusable> {
    let builder = builder.tls_backend_rustls();
    let Some(roots) = &tls.roots else { return Ok(mozilla::trust(builder)) };
    let certificates = Certificate::from_pem_bundle(&roots.text)
        .map_err(|error| roots.unusable(format!("is not PEM: {}", causes(&error))))?;
    if certificates.is_empty() {
        return Err(roots.unusable("has no certificate in it: it has to be a PEM file"));
    }
    Ok(builder.tls_certs_only(certificates))
}

fn identity(tls: &Tls) -> Result<Option<Identity>, Unusable> {
    let Some((certificate, key)) = &tls.identity else { return Ok(None) };
    let has = |text: &[u8], words: &[u8]| text.windows(words.len()).any(|window| window == words);
    if !has(&certificate.text, b"-----BEGIN CERTIFICATE-----") {
        return Err(certificate.unusable("has no certificate in it: it has to be a PEM file"));
    }
    if !has(&key.text, b"PRIVATE KEY-----") {
        return Err(key.unusable("has no private key in it: it has to be a PEM file"));
    }
    let both = [&*certificate.text, b"\n", &*key.text].concat();
    Identity::from_pem(&both).map(Some).map_err(|error| key.unusable(causes(&error)))
}

#[cfg(feature = "webpki-roots")]
mod mozilla {
    use reqwest::{Certificate, ClientBuilder};

    /// Besides those of the operating system, which may have none.
    pub(super) fn trust(builder: ClientBuilder) -> ClientBuilder {
        let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
        builder.tls_certs_merge(roots.filter_map(|root| Certificate::from_der(root).ok()))
    }
}

#[cfg(not(feature = "webpki-roots"))]
mod mozilla {
    use reqwest::ClientBuilder;

    pub(super) fn trust(builder: ClientBuilder) -> ClientBuilder {
        builder
    }
}

#[cfg(feature = "grpc")]
mod tonic {
    use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

    use super::{Tls, Unusable, check};

    pub(in crate::ship) fn grpc(tls: &Tls, endpoint: Endpoint) -> Result<Endpoint, Unusable> {
        check(tls)?;
        let mut config = ClientTlsConfig::new();
        // The name of the certificate has no brackets.
        if let Some(host) = endpoint.uri().host().and_then(|host| host.strip_prefix('[')?.strip_suffix(']')) {
            config = config.domain_name(host);
        }
        if let Some((certificate, key)) = &tls.identity {
            config = config.identity(Identity::from_pem(&certificate.text, &key.text));
        }
        let with = |config: ClientTlsConfig| endpoint.clone().tls_config(config);
        match &tls.roots {
            Some(roots) => with(config.ca_certificate(Certificate::from_pem(&roots.text))),
            // An operating system without roots is an error here, although there are others.
            None => with(config.clone().with_enabled_roots())
                .or_else(|error| mozilla::alone(config).map_or(Err(error), with)),
        }
        .map_err(|error| Unusable::Tls(error.to_string()))
    }

    #[cfg(feature = "webpki-roots")]
    mod mozilla {
        use tonic::transport::ClientTlsConfig;

        pub(super) fn alone(config: ClientTlsConfig) -> Option<ClientTlsConfig> {
            Some(config.with_webpki_roots())
        }
    }

    #[cfg(not(feature = "webpki-roots"))]
    mod mozilla {
        use tonic::transport::ClientTlsConfig;

        pub(super) fn alone(_: ClientTlsConfig) -> Option<ClientTlsConfig> {
            None
        }
    }
}
