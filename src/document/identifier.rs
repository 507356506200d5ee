//! Identifiers as raw strings: split, located, compared, never re-serialised.
//!
//! `url::Url` adds a slash to a bare origin and drops default ports; RFC 8414 §4 and RFC 9728 §6 compare code points.

use crate::specification::{ResourceMetadataLocation, ServerMetadataLocation};

/// An absolute http(s) URL, cut into its raw pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identifier<'a> {
    /// The whole.
    pub raw: &'a str,
    /// Scheme and authority, without a slash at the end.
    pub origin: &'a str,
    /// The path; empty or starting with `/`.
    pub path: &'a str,
    /// `?` and query, or empty.
    pub query: &'a str,
}

/// How a published resource identifier relates to the URL the client uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The same code points.
    Identical,
    /// The same but for one slash at the end.
    SlashOnly,
    /// The same but for the case of scheme and host.
    CaseOnly,
    /// The same URL to a client ([RFC 3986 §6.2.3](https://www.rfc-editor.org/rfc/rfc3986#section-6.2.3)), but not to one
    /// that compares code points: the default port is written out, or the host in another alphabet.
    SpellingOnly,
    /// Same origin, and a parent path by whole segments.
    Parent,
    /// Anything else.
    Other,
}

impl Relation {
    /// Whether a client must not use a document that relates so to its URL
    /// ([RFC 9728 §3.3](https://www.rfc-editor.org/rfc/rfc9728#section-3.3)): what is read as the same is let pass.
    pub const fn is_mismatch(self) -> bool {
        matches!(self, Self::SpellingOnly | Self::Other)
    }
}

impl<'a> Identifier<'a> {
    /// Cuts a URL; `None` if it is not an absolute http(s) URL with a host. What browsers put right, such as a backslash
    /// for a slash or a missing one, is no URL ([RFC 3986 §3](https://www.rfc-editor.org/rfc/rfc3986#section-3)).
    pub fn parse(raw: &'a str) -> Option<Self> {
        let parsed = url::Url::parse(raw).ok()?;
        let (scheme, after) = raw.split_once("://")?;
        if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) || !parsed.has_host() {
            return None;
        }
        let (authority, rest) = after.split_at_checked(after.find(['/', '?', '#']).unwrap_or(after.len()))?;
        let odd = |c: char| c == '\\' || c.is_whitespace() || c.is_control();
        if authority.is_empty() || authority.contains(odd) || raw.contains(char::is_control) {
            return None;
        }
        let origin = raw.get(..raw.len() - rest.len())?;
        let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
        let (path, query) = rest.split_at_checked(rest.find('?').unwrap_or(rest.len()))?;
        Some(Self { raw, origin, path, query })
    }

    /// Where the metadata of this resource is published ([RFC 9728 §3.1](https://www.rfc-editor.org/rfc/rfc9728#section-3.1):
    /// only a slash directly after the host is removed, the query is kept). `None` for the challenge, which names a URL.
    pub fn resource_metadata(&self, location: ResourceMetadataLocation) -> Option<String> {
        let path = if self.path == "/" { "" } else { self.path };
        match location {
            ResourceMetadataLocation::Challenge => None,
            ResourceMetadataLocation::PathInserted if path.is_empty() && self.query.is_empty() => None,
            ResourceMetadataLocation::PathInserted => {
                Some(format!("{}/.well-known/oauth-protected-resource{path}{}", self.origin, self.query))
            }
            ResourceMetadataLocation::Root => {
                Some(format!("{}/.well-known/oauth-protected-resource", self.origin))
            }
        }
    }

    /// Where the metadata of this issuer is published ([RFC 8414 §3.1](https://www.rfc-editor.org/rfc/rfc8414#section-3.1):
    /// any terminating slash is removed). `None` for the appended form of an issuer without a path, which equals the inserted.
    pub fn server_metadata(&self, location: ServerMetadataLocation) -> Option<String> {
        let path = self.path.trim_end_matches('/');
        match location {
            ServerMetadataLocation::OAuthInserted => {
                Some(format!("{}/.well-known/oauth-authorization-server{path}", self.origin))
            }
            ServerMetadataLocation::OpenIdInserted => {
                Some(format!("{}/.well-known/openid-configuration{path}", self.origin))
            }
            ServerMetadataLocation::OpenIdAppended if path.is_empty() => None,
            ServerMetadataLocation::OpenIdAppended => {
                Some(format!("{}{path}/.well-known/openid-configuration", self.origin))
            }
        }
    }

    /// Scheme and authority as every client sends them: in small letters, the host in ASCII, without the default port
    /// ([RFC 6454 §6.2](https://www.rfc-editor.org/rfc/rfc6454#section-6.2)).
    pub fn canonical_origin(&self) -> String {
        url::Url::parse(self.raw)
            .map_or_else(|_| self.origin.to_owned(), |url| url.origin().ascii_serialization())
    }

    /// The whole with its canonical origin; path and query stay as they are.
    pub fn canonical(&self) -> String {
        format!("{}{}{}", self.canonical_origin(), self.path, self.query)
    }

    /// Whether the host is this machine, by literal address or by the name `localhost`.
    pub fn is_loopback(&self) -> bool {
        let parsed = url::Url::parse(self.raw).ok();
        match parsed.as_ref().and_then(url::Url::host) {
            Some(url::Host::Domain(name)) => {
                let name = name.trim_end_matches('.');
                name == "localhost" || name.ends_with(".localhost")
            }
            Some(url::Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
            Some(url::Host::Ipv6(address)) => {
                let mapped =
                    address.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback() || v4.is_unspecified());
                address.is_loopback() || address.is_unspecified() || mapped
            }
            None => false,
        }
    }

    /// Whether the scheme is https.
    pub fn is_https(&self) -> bool {
        self.raw.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
    }
}

/// Whether `published` is `used`, or may stand for it. How a user spells scheme, host and port is theirs: what is
/// published may repeat it, or be what every client makes of it.
pub fn relation(published: &str, used: &str) -> Relation {
    let canonical = Identifier::parse(used).map_or_else(|| used.to_owned(), |used| used.canonical());
    if published == used || published == canonical {
        return Relation::Identical;
    }
    if differ_by_slash(published, used) || differ_by_slash(published, &canonical) {
        return Relation::SlashOnly;
    }
    match (Identifier::parse(published), Identifier::parse(&canonical)) {
        (Some(published), Some(used))
            if published.path == used.path
                && published.query == used.query
                && published.canonical_origin() == used.origin
                && !published.raw.contains('#') =>
        {
            if published.origin.eq_ignore_ascii_case(used.origin) {
                Relation::CaseOnly
            } else {
                Relation::SpellingOnly
            }
        }
        (Some(published), Some(used))
            if published.origin.eq_ignore_ascii_case(used.origin) && published.query.is_empty() =>
        {
            let parent = published.path.trim_end_matches('/');
            if used.path.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
                Relation::Parent
            } else {
                Relation::Other
            }
        }
        _ => Relation::Other,
    }
}

/// Whether a URL of resource metadata has the well-known suffix behind a path instead of before it: what routing by
/// prefix makes of [RFC 9728 §3.1](https://www.rfc-editor.org/rfc/rfc9728#section-3.1).
pub fn is_behind_the_path(url: &str) -> bool {
    let url = url::Url::parse(url);
    url.is_ok_and(|url| url.path().find("/.well-known/oauth-protected-resource").is_some_and(|at| at > 0))
}

/// Whether two strings differ by exactly one slash at the end.
pub fn differ_by_slash(a: &str, b: &str) -> bool {
    a.strip_suffix('/') == Some(b) || b.strip_suffix('/') == Some(a)
}

/// What keeps a URL from being a client identifier whose metadata is published there, if anything does
/// ([draft-ietf-oauth-client-id-metadata-document-00 §3](https://www.ietf.org/archive/id/draft-ietf-oauth-client-id-metadata-document-00.html#section-3)).
/// On this machine http will do, so that clients can be tried out.
pub fn client_id_url_defect(raw: &str) -> Option<&'static str> {
    if raw.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return Some("holds white space, control characters or backslashes");
    }
    let Some(url) = Identifier::parse(raw) else {
        return Some("is not an absolute http(s) URL; try https://host/client-metadata.json");
    };
    if raw.contains('#') {
        return Some("has a fragment");
    }
    if url.origin.contains('@') {
        return Some("has a user name or password");
    }
    if !url.is_https() && !url.is_loopback() {
        return Some("is not https, which only a URL on this machine may do without");
    }
    if url.path.len() < 2 {
        return Some("has no path");
    }
    // `%2e` is a dot to every URL parser.
    let decoded = url.path.replace("%2e", ".").replace("%2E", ".");
    if decoded.split('/').any(|segment| segment == "." || segment == "..") {
        return Some("has a dot segment in its path");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(url: &str, location: ResourceMetadataLocation) -> Option<String> {
        Identifier::parse(url).unwrap().resource_metadata(location)
    }

    fn server(url: &str, location: ServerMetadataLocation) -> Option<String> {
        Identifier::parse(url).unwrap().server_metadata(location)
    }

    #[test]
    fn t05_rfc9728_removes_only_the_slash_after_the_host_and_keeps_the_query() {
        use ResourceMetadataLocation::{PathInserted, Root};
        let well_known = "https://h/.well-known/oauth-protected-resource";
        assert_eq!(resource("https://h/mcp/", PathInserted), Some(format!("{well_known}/mcp/")));
        assert_eq!(resource("https://h/mcp?x=1", PathInserted), Some(format!("{well_known}/mcp?x=1")));
        assert_eq!(resource("https://h/", PathInserted), None);
        assert_eq!(resource("https://h", PathInserted), None);
        assert_eq!(resource("https://h/mcp", Root), Some(well_known.to_owned()));
    }

    #[test]
    fn t05_rfc8414_removes_any_terminating_slash() {
        use ServerMetadataLocation::{OAuthInserted, OpenIdAppended, OpenIdInserted};
        assert_eq!(
            server("https://t.auth0.com/", OAuthInserted).unwrap(),
            "https://t.auth0.com/.well-known/oauth-authorization-server"
        );
        assert_eq!(
            server("https://h/t1/", OpenIdInserted).unwrap(),
            "https://h/.well-known/openid-configuration/t1"
        );
        assert_eq!(
            server("https://h/t1", OpenIdAppended).unwrap(),
            "https://h/t1/.well-known/openid-configuration"
        );
        assert_eq!(server("https://h/", OpenIdAppended), None);
    }

    #[test]
    fn t01_identifiers_stay_as_they_are() {
        let id = Identifier::parse("https://GW.Test:443").unwrap();
        assert_eq!((id.raw, id.origin, id.path), ("https://GW.Test:443", "https://GW.Test:443", ""));
        assert!(
            Identifier::parse("ftp://h/").is_none()
                && Identifier::parse("/mcp").is_none()
                && Identifier::parse("https://").is_none()
        );
    }

    #[test]
    fn what_browsers_put_right_is_no_identifier() {
        for url in [
            "http:///h",
            "https:///h/mcp",
            "https:h",
            "https:/h/mcp",
            "https:h?x=://y",
            "https:\\\\h\\mcp",
            "https://h\\mcp",
            "https://h\\@evil.example/mcp",
            " https://h/mcp",
            "\thttps://h/mcp",
            "ht\ttps://h/mcp",
            "https://h\n/mcp",
            "https://h/m\ncp",
            "https://?x",
            "https://#x",
            "x:https://h",
        ] {
            assert_eq!(Identifier::parse(url), None, "{url:?}");
        }
        for url in [
            "https://h",
            "HTTPS://H:1?x=://y#z",
            "http://u@h/a?b",
            "https://[::1]:8080/mcp",
            "https://bücher.example/",
        ] {
            assert_eq!(Identifier::parse(url).map(|id| id.raw), Some(url), "{url}");
        }
    }

    #[test]
    fn t02_relations() {
        assert_eq!(relation("https://h/mcp", "https://h/mcp"), Relation::Identical);
        assert_eq!(relation("https://h/mcp/", "https://h/mcp"), Relation::SlashOnly);
        assert_eq!(relation("https://h", "https://h/mcp"), Relation::Parent);
        assert_eq!(relation("https://h/m", "https://h/mcp"), Relation::Other);
        assert_eq!(relation("https://evil/mcp", "https://h/mcp"), Relation::Other);
    }

    #[test]
    fn t01_the_spelling_of_the_target_is_the_users_own() {
        for typed in
            ["https://h.test:443/mcp", "https://H.test/mcp", "HTTPS://h.TEST:443/mcp", "https://h.test/mcp"]
        {
            assert_eq!(relation("https://h.test/mcp", typed), Relation::Identical, "{typed}");
            assert_eq!(relation(typed, typed), Relation::Identical, "{typed}");
            assert_eq!(relation("https://h.test/mcp/", typed), Relation::SlashOnly, "{typed}");
            assert_eq!(relation("https://h.test", typed), Relation::Parent, "{typed}");
            assert_eq!(relation("https://h.test/MCP", typed), Relation::Other, "{typed}");
        }
        assert_eq!(relation("http://h.test/mcp", "http://h.test:80/mcp"), Relation::Identical);
        assert_eq!(
            relation("https://xn--bcher-kva.test/mcp", "https://bücher.test/mcp"),
            Relation::Identical
        );
        assert_eq!(relation("https://bücher.test/mcp", "https://bücher.test/mcp"), Relation::Identical);
        assert_eq!(relation("https://h.test", "https://h.test:443"), Relation::Identical);
    }

    #[test]
    fn t01_what_is_published_in_another_spelling_is_told_apart() {
        let used = "https://h.test/mcp";
        assert_eq!(relation("https://H.test/mcp", used), Relation::CaseOnly);
        for published in ["https://h.test:443/mcp", "https://H.test:443/mcp"] {
            assert_eq!(relation(published, used), Relation::SpellingOnly, "{published}");
        }
        let published = relation("https://bücher.test/mcp", "https://xn--bcher-kva.test/mcp");
        assert_eq!(published, Relation::SpellingOnly);
        for published in ["https://h.test:444/mcp", "http://h.test/mcp", "https://h.test/mcp?a"] {
            assert_eq!(relation(published, used), Relation::Other, "{published}");
        }
    }

    #[test]
    fn loopback_is_recognised_by_address_and_name() {
        for url in [
            "http://127.0.0.1:1/x",
            "http://localhost/",
            "http://localhost./",
            "http://LOCALHOST/",
            "http://[::1]/",
            "http://0.0.0.0:3000/mcp",
            "http://[::]/",
            "http://[::ffff:127.0.0.1]/",
            "http://127.1/",
        ] {
            assert!(Identifier::parse(url).unwrap().is_loopback(), "{url}");
        }
        assert!(!Identifier::parse("http://localhost.example/").unwrap().is_loopback());
    }

    #[test]
    fn a_client_identifier_url_is_https_with_a_plain_path() {
        for url in [
            "https://app.example/client.json",
            "https://app.example:8443/a/b?v=1",
            "http://127.0.0.1:1/client.json",
            "http://localhost/c",
            "https://app.example/..a/b..",
        ] {
            assert_eq!(client_id_url_defect(url), None, "{url}");
        }
        for (url, why) in [
            ("app.example/client.json", "absolute"),
            ("ftp://app.example/client.json", "absolute"),
            ("http://app.example/client.json", "not https"),
            ("http://127.0.0.1.evil.example/c", "not https"),
            ("https://app.example", "no path"),
            ("https://app.example/", "no path"),
            ("https://app.example?x=/client.json", "no path"),
            ("https://app.example/c#f", "fragment"),
            ("https://app.example/c#", "fragment"),
            ("https://me@app.example/c", "user name"),
            ("https://me:pw@app.example/c", "user name"),
            ("https://@app.example/c", "user name"),
            ("https://app.example/a/../c", "dot segment"),
            ("https://app.example/./c", "dot segment"),
            ("https://app.example/a/%2E./c", "dot segment"),
            ("https://app.example/a/..", "dot segment"),
            ("https://app.example/a\\..\\c", "backslashes"),
            ("https://app.example/a b", "white space"),
            (" https://app.example/ab", "white space"),
        ] {
            let found = client_id_url_defect(url).unwrap_or_default();
            assert!(found.contains(why), "{url}: {found:?}");
        }
    }
}
