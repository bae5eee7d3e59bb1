use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;

use crate::ship::http::is_local;

/// A connector that asks a proxy for a tunnel: no proxy speaks HTTP/2 without TLS of its own accord.
pub(super) type Proxy = Tunnel<HttpConnector>;

/// The proxy that the environment names for this address, with its credentials. The variables are those of the HTTP
/// client, and mean the same.
pub(super) fn of_environment(uri: &Uri) -> Option<Proxy> {
    of(&Matcher::from_env(), uri)
}

fn of(matcher: &Matcher, uri: &Uri) -> Option<Proxy> {
    if is_local(uri.host().unwrap_or_default()) {
        return None;
    }
    let found = matcher.intercept(uri)?;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let tunnel = Tunnel::new(found.uri().clone(), connector);
    Some(match found.basic_auth() {
        Some(credentials) => tunnel.with_auth(credentials.clone()),
        None => tunnel,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_chooses_the_variable_and_this_machine_needs_none() {
        let matcher = Matcher::builder().http("http://plain:1").https("http://secure:2").no("inside.example").build();
        let proxy = |uri: &'static str| of(&matcher, &Uri::from_static(uri)).map(|proxy| format!("{proxy:?}"));
        assert!(proxy("http://phoenix:4317").is_some_and(|proxy| proxy.contains("plain:1")));
        assert!(proxy("https://phoenix:4317").is_some_and(|proxy| proxy.contains("secure:2")));
        for direct in
            ["http://localhost:4317", "http://127.0.0.1:4317", "http://[::1]:4317", "https://a.inside.example"]
        {
            assert_eq!(proxy(direct), None, "{direct}");
        }
    }

    #[test]
    fn the_credentials_of_a_proxy_are_not_shown() {
        let matcher = Matcher::builder().all("http://me:hunter2@proxy:1").build();
        let shown = format!("{:?}", of(&matcher, &Uri::from_static("http://phoenix:4317")));
        assert!(shown.contains("proxy:1") && !shown.contains("hunter2"), "{shown}");
    }
}
