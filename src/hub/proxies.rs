//! Which proxy a request goes through, by the variables that Python, curl and git read.

use std::net::Ipv4Addr;

use ureq::Proxy;

use super::address::Address;

/// A variable that is not the address of a proxy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name} is `{value}`, which is not the address of a proxy; set it to one such as http://proxy:3128, or unset it"
)]
pub struct InvalidProxy {
    /// The variable.
    name: &'static str,
    /// Its value.
    value: String,
}

/// The proxies of an environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    /// The hosts that are reached without one, as `NO_PROXY` lists them.
    direct: Vec<String>,
}

impl Proxies {
    /// `set`: a variable's value, if it is not empty.
    pub(super) fn of(set: &dyn Fn(&str) -> Option<String>) -> Result<Self, InvalidProxy> {
        let direct = either(set, ["no_proxy", "NO_PROXY"]).map(|(_, value)| value).unwrap_or_default();
        let direct = direct.split([',', ' ']).filter(|entry| !entry.is_empty()).map(str::to_ascii_lowercase).collect();
        let http = proxy(set, ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])?;
        let https = proxy(set, ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?;
        Ok(Self { http, https, direct })
    }

    /// The proxy for requests to `address`.
    pub(super) fn for_address(&self, address: &Address) -> Option<&Proxy> {
        let host = address.host();
        let port = address.port().to_string();
        if self.direct.iter().any(|entry| names(entry, &host, &port)) {
            return None;
        }
        if address.is_encrypted() { self.https.as_ref() } else { self.http.as_ref() }
    }
}

/// A proxy for people: without its password.
pub(super) fn shown(proxy: &Proxy) -> String {
    format!("{}:{}", proxy.host(), proxy.port())
}

/// The first of these variables that is set, and its value.
fn either<const N: usize>(
    set: &dyn Fn(&str) -> Option<String>,
    names: [&'static str; N],
) -> Option<(&'static str, String)> {
    names.into_iter().find_map(|name| Some((name, set(name)?)))
}

fn proxy(set: &dyn Fn(&str) -> Option<String>, names: [&'static str; 4]) -> Result<Option<Proxy>, InvalidProxy> {
    let Some((name, value)) = either(set, names) else { return Ok(None) };
    // as elsewhere, a proxy without a scheme is an HTTP one
    let address = if value.contains("://") { value.clone() } else { format!("http://{value}") };
    Proxy::new(&address).map(Some).map_err(|_| InvalidProxy { name, value })
}

/// Whether an entry of `NO_PROXY` names a host: the host itself or a domain above it, with a port or without, all hosts, or
/// a network such as `10.0.0.0/8`.
fn names(entry: &str, host: &str, port: &str) -> bool {
    if entry == "*" {
        return true;
    }
    if let Some((network, bits)) = entry.split_once('/') {
        return is_within(network, bits, host).unwrap_or(false);
    }
    let (domain, its_port) = match entry.rsplit_once(':') {
        Some((domain, port)) if !domain.contains(':') => (domain, Some(port)),
        _ => (entry, None),
    };
    let domain = domain.trim_start_matches('*').trim_start_matches('.');
    let is_below = || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    its_port.is_none_or(|its| its == port) && !domain.is_empty() && (host == domain || is_below())
}

/// Whether `host` is an IPv4 address of a network; none if one of them is no such thing.
fn is_within(network: &str, bits: &str, host: &str) -> Option<bool> {
    let [network, host] = [network.parse::<Ipv4Addr>().ok()?, host.parse().ok()?].map(u32::from);
    let mask = u32::MAX.checked_shl(32 - bits.parse::<u32>().ok().filter(|bits| *bits <= 32)?).unwrap_or(0);
    Some(network & mask == host & mask)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    /// The host of the proxy for an address, where these variables are set.
    fn host(variables: &[(&str, &str)], address: &str) -> Option<String> {
        let set = |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
        let proxies = Proxies::of(&set).unwrap();
        proxies.for_address(&Address::parse(address).unwrap()).map(|proxy| proxy.host().to_owned())
    }

    #[test]
    fn each_scheme_has_its_proxy_and_lower_case_comes_first() {
        let both = [("HTTP_PROXY", "http://plain:1"), ("HTTPS_PROXY", "http://secure:2")];
        assert_eq!(host(&both, "http://hub").as_deref(), Some("plain"));
        assert_eq!(host(&both, "https://hub").as_deref(), Some("secure"));
        assert_eq!(host(&both[..1], "https://hub"), None, "a proxy for http is none for https");
        assert_eq!(host(&[("ALL_PROXY", "socks5://any:3"), both[0]], "https://hub").as_deref(), Some("any"));
        assert_eq!(host(&[("https_proxy", "first:4"), both[1]], "https://hub").as_deref(), Some("first"));
    }

    #[test]
    fn no_proxy_names_hosts_domains_ports_and_networks() {
        let is_direct = |entries: &str, address: &str| {
            host(&[("ALL_PROXY", "http://proxy:1"), ("NO_PROXY", entries)], address).is_none()
        };
        assert!(is_direct("a, hub.example", "https://hub.example"));
        assert!(is_direct(".example", "https://hub.EXAMPLE") && is_direct("example", "https://hub.example"));
        assert!(is_direct("*.example", "https://hub.example") && is_direct("*", "https://hub"));
        assert!(is_direct("hub:81", "http://hub:81") && !is_direct("hub:81", "http://hub"));
        assert!(is_direct("10.0.0.0/8", "http://10.1.2.3") && !is_direct("10.0.0.0/8", "http://11.1.2.3"));
        assert!(!is_direct("ample", "https://hub.example") && !is_direct("hub.example", "https://example"));
    }

    #[test]
    fn a_value_that_is_no_address_is_named() {
        let set = |name: &str| (name == "HTTPS_PROXY").then(|| "gopher://x".to_owned());
        insta::assert_snapshot!(Proxies::of(&set).unwrap_err(), @"HTTPS_PROXY is `gopher://x`, which is not the address of a proxy; set it to one such as http://proxy:3128, or unset it");
    }
}
