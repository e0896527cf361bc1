//! Addresses of a hub: made of segments, followed where a server redirects, compared by origin.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::http::Uri;

/// What is encoded in a segment: all but the characters that RFC 3986 calls unreserved.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An address with `http` or `https` and a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address(Uri);

impl Address {
    /// None if `text` has another scheme, or no host.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let has_host = uri.host().is_some_and(|host| !host.is_empty());
        (has_host && matches!(uri.scheme_str(), Some("http" | "https"))).then_some(Self(uri))
    }

    /// This address followed by `segments`, each encoded as a whole: a slash in one becomes `%2F`.
    ///
    /// # Panics
    /// If the address with the segments is longer than 65,534 bytes.
    pub(super) fn join<'a>(&self, segments: impl Iterator<Item = &'a str>) -> Self {
        let path = segments.map(|segment| format!("/{}", utf8_percent_encode(segment, ENCODED)));
        let text = format!("{}{}", self.to_string().trim_end_matches('/'), path.collect::<String>());
        Self(text.parse().expect("encoded segments are valid in an address"))
    }

    /// With a query that is already encoded.
    pub(super) fn with_query(&self, query: &str) -> Self {
        Self(format!("{self}?{query}").parse().expect("the query is valid in an address"))
    }

    /// Where a redirect to `target` leads: an address, or a path on the same server.
    pub(super) fn follow(&self, target: &str) -> Option<Self> {
        if let Some(address) = Self::parse(target) {
            return Some(address);
        }
        let scheme = self.0.scheme_str()?;
        let authority = self.0.authority()?;
        if target.starts_with("//") {
            return Self::parse(&format!("{scheme}:{target}"));
        }
        let before_path = &target[..target.find(['/', '?', '#']).unwrap_or(target.len())];
        if before_path.contains(':') {
            // of another scheme
            return None;
        }
        if target.starts_with('?') {
            return Self::parse(&format!("{scheme}://{authority}{}{target}", self.0.path()));
        }
        let folder = self.0.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = if target.starts_with('/') { target.to_owned() } else { format!("{folder}/{target}") };
        Self::parse(&format!("{scheme}://{authority}{path}"))
    }

    /// Whether a token for this hub may be sent to `other`: the same origin, or its encrypted port.
    pub(super) fn trusts(&self, other: &Self) -> bool {
        let (own, its) = (self.0.scheme_str(), other.0.scheme_str());
        let is_upgraded = own == Some("http") && its == Some("https") && other.0.port().is_none();
        self.host() == other.host() && (is_upgraded || (own == its && self.port() == other.port()))
    }

    /// As text for people: without the name and password that may stand before the host.
    pub(super) fn without_password(&self) -> String {
        let text = self.to_string();
        let authority = self.0.authority().map_or("", |authority| authority.as_str());
        let text = match authority.rsplit_once('@') {
            Some((secret, host)) => text.replacen(&format!("{secret}@{host}"), host, 1),
            None => text,
        };
        text.trim_end_matches('/').to_owned()
    }

    /// The host in lower case.
    pub(super) fn host(&self) -> String {
        self.0.host().unwrap_or_default().to_ascii_lowercase()
    }

    pub(super) fn port(&self) -> u16 {
        self.0.port_u16().unwrap_or(if self.is_encrypted() { 443 } else { 80 })
    }

    /// Whether its scheme is `https`.
    pub(super) fn is_encrypted(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    pub(super) fn uri(&self) -> &Uri {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    #[test]
    fn segments_are_encoded_each_as_a_whole() {
        let segments = ["datasets", "a b", "resolve", "refs/convert/parquet", "ñ#?%.json"];
        let joined = address("https://hub:1/mirror/").join(segments.into_iter());
        let expected = "https://hub:1/mirror/datasets/a%20b/resolve/refs%2Fconvert%2Fparquet/%C3%B1%23%3F%25.json";
        assert_eq!(joined.to_string(), expected);
        assert_eq!(joined.with_query("recursive=true").to_string(), format!("{expected}?recursive=true"));
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(address("http://ana:secret@hub:1/x").without_password(), "http://hub:1/x");
        assert_eq!(address("http://hub:1").without_password(), "http://hub:1");
    }

    #[test]
    fn a_redirect_leads_to_an_address_or_a_path() {
        let from = address("https://hub/a/resolve/main/x.bin?download=1");
        let follow = |target: &str| from.follow(target).map(|address| address.to_string());
        assert_eq!(follow("http://store/y?z=1").as_deref(), Some("http://store/y?z=1"));
        assert_eq!(follow("//store/y").as_deref(), Some("https://store/y"));
        assert_eq!(follow("/b/x.bin").as_deref(), Some("https://hub/b/x.bin"));
        assert_eq!(follow("y.bin").as_deref(), Some("https://hub/a/resolve/main/y.bin"));
        assert_eq!(follow("?cursor=2").as_deref(), Some("https://hub/a/resolve/main/x.bin?cursor=2"));
        assert_eq!(follow("/login?next=https://hub/x").as_deref(), Some("https://hub/login?next=https://hub/x"));
        assert_eq!(follow("a space"), None);
        assert_eq!(follow("ftp://store/y"), None, "another scheme is not followed");
    }

    #[test]
    fn a_token_is_for_its_origin() {
        let trusts = |own: &str, other: &str| address(own).trusts(&address(other));
        assert!(trusts("https://hub", "https://HUB:443/x"));
        assert!(trusts("http://hub:80", "http://hub/x"));
        assert!(trusts("http://hub", "https://hub/x"), "an upgrade");
        assert!(!trusts("https://hub", "http://hub/x"));
        assert!(!trusts("https://hub", "https://hub:444/x"));
        assert!(!trusts("https://hub", "https://cdn.hub/x"));
    }
}
