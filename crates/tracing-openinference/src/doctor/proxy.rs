//! Which proxy a request goes through, as the HTTP client decides it.

use std::net::IpAddr;

/// A proxy out of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proxy {
    pub(super) variable: &'static str,
    pub(super) host: String,
    pub(super) port: u16,
}

/// The proxy for requests to `host`, if the environment names one.
pub(super) fn of(scheme: &str, host: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Option<Proxy> {
    let set = |name: &&'static str| lookup(name).filter(|value| !value.trim().is_empty());
    let own = if scheme == "https" { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
    // In a CGI program HTTP_PROXY is a header of the request that it answers.
    let trusted = |name: &&'static str| *name != "HTTP_PROXY" || lookup("REQUEST_METHOD").is_none();
    let mut names = own.into_iter().filter(trusted).chain(["ALL_PROXY", "all_proxy"]);
    let (variable, value) = names.find_map(|name| Some((name, set(&name)?)))?;
    let exceptions = ["NO_PROXY", "no_proxy"].iter().find_map(set).unwrap_or_default();
    if exceptions.split(',').any(|exception| matches(exception.trim(), host)) {
        return None;
    }
    let url = if value.contains("://") { value } else { format!("http://{value}") };
    let url = reqwest::Url::parse(url.trim()).ok()?;
    let port = url.port_or_known_default().unwrap_or(1080);
    Some(Proxy { variable, host: url.host_str()?.trim_matches(['[', ']']).to_owned(), port })
}

fn matches(exception: &str, host: &str) -> bool {
    if exception == "*" {
        return true;
    }
    if let Ok(address) = host.parse() {
        return covers(exception, address);
    }
    let domain = exception.trim_start_matches('.').to_lowercase();
    let host = host.to_lowercase();
    !domain.is_empty() && (host == domain || host.strip_suffix(&*domain).is_some_and(|rest| rest.ends_with('.')))
}

/// An address, or a network: `10.0.0.0/8`.
fn covers(exception: &str, address: IpAddr) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    let (network, prefix) = exception.split_once('/').unwrap_or((exception, "128"));
    let (Ok(network), Ok(prefix)) = (network.parse::<IpAddr>(), prefix.parse::<u32>()) else { return false };
    let ((network, width), (address, other)) = (bits(network), bits(address));
    let prefix = prefix.min(width);
    width == other && (prefix == 0 || (network ^ address) >> (128 - prefix) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(variables: &[(&str, &str)], scheme: &str, host: &str) -> Option<(&'static str, String, u16)> {
        let lookup = |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
        of(scheme, host, &lookup).map(|proxy| (proxy.variable, proxy.host, proxy.port))
    }

    #[test]
    fn the_variable_of_the_scheme_comes_first() {
        let both = [("HTTP_PROXY", "http://plain:3128"), ("all_proxy", "socks5://any")];
        assert_eq!(proxy(&both, "http", "host"), Some(("HTTP_PROXY", "plain".to_owned(), 3128)));
        assert_eq!(proxy(&both, "https", "host"), Some(("all_proxy", "any".to_owned(), 1080)));
        let cgi = [("HTTP_PROXY", "plain:3128"), ("REQUEST_METHOD", "GET")];
        assert_eq!(proxy(&cgi, "http", "host"), None);
        assert_eq!(
            proxy(&[("https_proxy", "u:p@[::1]:8")], "https", "host"),
            Some(("https_proxy", "::1".to_owned(), 8))
        );
        assert_eq!(proxy(&[("https_proxy", " ")], "https", "host"), None);
    }

    #[test]
    fn exceptions_are_hosts_domains_addresses_and_networks() {
        for (exceptions, host, excepted) in [
            ("other, phoenix.example", "phoenix.example", true),
            (".example", "phoenix.example", true),
            ("example", "phoenix.example", true),
            ("ample", "phoenix.example", false),
            ("*", "phoenix.example", true),
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("fd00::/8", "fd12::1", true),
            ("10.1.2.3", "10.1.2.3", true),
            ("0.0.0.0/0", "9.9.9.9", true),
            ("", "phoenix.example", false),
        ] {
            let variables = [("ALL_PROXY", "http://proxy"), ("NO_PROXY", exceptions)];
            assert_eq!(proxy(&variables, "https", host).is_none(), excepted, "{exceptions} {host}");
        }
    }
}
