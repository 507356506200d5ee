//! Clients whose identifier is the URL of their metadata (draft-ietf-oauth-client-id-metadata-document-00): the document
//! is fetched for every authorization request, and what it said then holds at the token endpoint.

use std::net::SocketAddr;
use std::time::Duration;

use http::{Method, StatusCode};
use reqwest::{Certificate, Client as Http, redirect, retry};
use serde_json::{Map, Value, json};
use url::Url;

use super::AuthorizationServer;
use super::client::{Authentication, Client, Redirects, is_loopback_host, may_register};
use crate::document::address::is_public;
use crate::document::identifier::client_id_url_defect;
use crate::sandbox::pages;
use crate::sandbox::wire::{Reply, Request};

/// Where the authorization server publishes a document of its own, for clients that have no place for theirs.
pub(crate) const PATH: &str = "/client-metadata.json";

/// Bytes a document may have ([draft §6.6](https://www.ietf.org/archive/id/draft-ietf-oauth-client-id-metadata-document-00.html#section-6.6)).
const LIMIT: usize = 5 * 1024;
/// How long fetching it may take.
const FETCH_TIMEOUT: Duration = Duration::from_secs(3);

impl AuthorizationServer {
    /// The client identifier of an authorization request, if it is a URL.
    pub(super) fn url_to_fetch(request: &Request) -> Option<String> {
        if request.method != Method::GET || request.path != "/authorize" {
            return None;
        }
        let parameters = request.query();
        let id = parameters.get("client_id").filter(|id| is_url(id))?;
        (parameters.all("client_id").count() == 1).then(|| id.to_owned())
    }

    /// Reads the document of a client and remembers what it says; a page instead of a redirect when it is no good.
    pub(super) async fn learn(&self, url: &str) -> Result<(), Reply> {
        match fetch(url, self.site.authority.as_deref())
            .await
            .and_then(|document| client(url, &document).map_err(str::to_owned))
        {
            Ok(client) => {
                self.documents.put(url, client);
                Ok(())
            }
            // What was remembered stays, for logins under way.
            Err(why) => {
                let explanation = format!("The client-ID metadata document {url}: {why}.");
                Err(self.page(StatusCode::BAD_REQUEST, pages::error("Unknown client", &explanation)))
            }
        }
    }

    /// The document published here.
    pub(super) fn own_document(&self, _: &Request) -> Reply {
        Reply::json(
            StatusCode::OK,
            &json!({
                "client_id": self.url(PATH),
                "client_name": "A client without a place of its own",
                "application_type": "native",
                "redirect_uris": ["http://127.0.0.1/callback", "http://[::1]/callback"],
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
                "token_endpoint_auth_method": "none",
            }),
        )
    }
}

fn is_url(id: &str) -> bool {
    let starts = |scheme: &str| id.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    starts("https://") || starts("http://")
}

/// Fetches a document in one request: 200 only, and nothing that a redirect leads to.
async fn fetch(id: &str, authority: Option<&str>) -> Result<Vec<u8>, String> {
    if let Some(defect) = client_id_url_defect(id) {
        return Err(format!("its URL {defect}"));
    }
    tokio::time::timeout(FETCH_TIMEOUT, get(id, authority))
        .await
        .unwrap_or_else(|_| Err(format!("it did not arrive within {} s", FETCH_TIMEOUT.as_secs())))
}

async fn get(id: &str, authority: Option<&str>) -> Result<Vec<u8>, String> {
    let cannot = |error: &dyn std::error::Error| format!("it cannot be fetched: {error}");
    let url = Url::parse(id).map_err(|error| cannot(&error))?;
    let builder = Http::builder()
        .no_proxy()
        .referer(false)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .resolve_to_addrs(url.host_str().unwrap_or_default(), &addresses(&url).await?);
    // Its own authority is trusted, since its own document is among those it reads.
    let own = authority.map_or_else(|| Ok(Vec::new()), |pem| Certificate::from_pem_bundle(pem.as_bytes()));
    let own = own.map_err(|error| cannot(&error))?;
    let https = url.scheme() == "https";
    let builder = if https { builder.tls_certs_merge(own) } else { builder.tls_certs_only([]) };
    let http = builder.build().map_err(|error| cannot(&error))?;
    let request = http.get(url).header("accept", "application/json");
    let mut response = request.send().await.map_err(|error| cannot(&error))?;
    if response.status() != StatusCode::OK {
        return Err(format!("it gets {}, not with 200", response.status().as_u16()));
    }
    let mut document = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| cannot(&error))? {
        document.extend_from_slice(&chunk);
        if document.len() > LIMIT {
            return Err(format!("it has more than {LIMIT} bytes"));
        }
    }
    Ok(document)
}

/// Where the host of a document may be connected to: strangers must not send the server into private networks
/// ([draft §6.5](https://www.ietf.org/archive/id/draft-ietf-oauth-client-id-metadata-document-00.html#section-6.5)). This
/// machine is no stranger: the server is on it too.
async fn addresses(url: &Url) -> Result<Vec<SocketAddr>, String> {
    let local = is_loopback_host(url);
    let port = url.port_or_known_default().unwrap_or_default();
    let found: Vec<SocketAddr> = match url.host() {
        Some(url::Host::Ipv4(address)) => vec![(address, port).into()],
        Some(url::Host::Ipv6(address)) => vec![(address, port).into()],
        Some(url::Host::Domain(name)) => {
            let found = tokio::net::lookup_host((name, port)).await;
            found.map_err(|error| format!("its host is not found: {error}"))?.collect()
        }
        None => Vec::new(),
    };
    let allowed = |at: &SocketAddr| if local { at.ip().is_loopback() } else { is_public(at.ip()) };
    let found: Vec<_> = found.into_iter().filter(allowed).collect();
    if found.is_empty() { Err("its host is in a private network".to_owned()) } else { Ok(found) }
}

/// The client a document describes, if it describes the one it was fetched for
/// ([draft §4.1](https://www.ietf.org/archive/id/draft-ietf-oauth-client-id-metadata-document-00.html#section-4.1)).
fn client(url: &str, document: &[u8]) -> Result<Client, &'static str> {
    let Ok(Value::Object(metadata)) = serde_json::from_slice(document) else {
        return Err("it is not a JSON object");
    };
    if metadata.get("client_id").and_then(Value::as_str) != Some(url) {
        return Err("its client_id is not its URL");
    }
    let name = metadata.get("client_name").and_then(Value::as_str).filter(|name| !name.is_empty());
    let name = name.ok_or("it has no client_name")?;
    let redirects = strings(&metadata, "redirect_uris")?.unwrap_or_default();
    if redirects.is_empty() {
        return Err("it has no redirect_uris");
    }
    if !redirects.iter().all(|uri| may_register(uri)) {
        return Err("a redirect URI is neither https nor http on this machine, or has a fragment");
    }
    if ["client_secret", "client_secret_expires_at"].iter().any(|member| metadata.contains_key(*member)) {
        return Err("it has a client secret, which everybody could read");
    }
    match metadata.get("token_endpoint_auth_method").map(Value::as_str) {
        None | Some(Some("none")) => {}
        Some(Some(method)) if method.starts_with("client_secret") => {
            return Err("its token_endpoint_auth_method needs a shared secret, which there is none");
        }
        Some(_) => return Err("its token_endpoint_auth_method is not supported; none is"),
    }
    let grants = strings(&metadata, "grant_types")?;
    let grants = grants.unwrap_or_else(|| vec!["authorization_code".to_owned()]);
    if !grants.iter().any(|grant| grant == "authorization_code") {
        return Err("its grant_types lack authorization_code");
    }
    // A stranger can call itself anything, but it cannot choose its host
    // (https://www.ietf.org/archive/id/draft-ietf-oauth-client-id-metadata-document-00.html#section-6.4).
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    Ok(Client {
        id: url.to_owned(),
        name: format!("{name}, from {host}"),
        redirects: Redirects::Registered(redirects),
        authentication: Authentication::None,
        refreshes: grants.iter().any(|grant| grant == "refresh_token"),
        management: None,
    })
}

/// A list of strings, if it is there.
fn strings(metadata: &Map<String, Value>, name: &str) -> Result<Option<Vec<String>>, &'static str> {
    let Some(value) = metadata.get(name) else { return Ok(None) };
    let items = value.as_array().map(|list| list.iter().map(|item| item.as_str().map(str::to_owned)));
    let list = items.and_then(Iterator::collect::<Option<_>>);
    list.map(Some).ok_or("redirect_uris and grant_types are lists of strings")
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://app.example/client.json";

    fn read(change: impl FnOnce(&mut Value)) -> Result<Client, &'static str> {
        let mut document = json!({
            "client_id": URL, "client_name": "App", "redirect_uris": ["http://127.0.0.1/callback"],
        });
        change(&mut document);
        client(URL, document.to_string().as_bytes())
    }

    #[test]
    fn a_document_describes_a_public_client() {
        let client = read(|_| ()).unwrap();
        assert_eq!((client.id.as_str(), client.name.as_str()), (URL, "App, from app.example"));
        assert!(matches!(client.authentication, Authentication::None) && !client.refreshes);
        assert!(client.redirects.allow("http://127.0.0.1:4711/callback"), "any port of a literal");
        assert!(!client.redirects.allow("http://localhost/callback"));
        let refreshing = json!(["authorization_code", "refresh_token"]);
        assert!(read(|document| document["grant_types"] = refreshing).unwrap().refreshes);
    }

    #[test]
    fn what_is_refused_in_a_document() {
        for (member, value, why) in [
            ("client_id", json!("https://app.example:443/client.json"), "client_id is not"),
            ("client_id", Value::Null, "client_id is not"),
            ("client_name", json!(""), "no client_name"),
            ("redirect_uris", json!([]), "no redirect_uris"),
            ("redirect_uris", json!("http://127.0.0.1/callback"), "lists of strings"),
            ("redirect_uris", json!(["http://app.example/callback"]), "a redirect URI"),
            ("client_secret", json!("s"), "a client secret"),
            ("client_secret_expires_at", json!(0), "a client secret"),
            ("token_endpoint_auth_method", json!("client_secret_basic"), "shared secret"),
            ("token_endpoint_auth_method", json!("client_secret_post"), "shared secret"),
            ("token_endpoint_auth_method", json!("client_secret_jwt"), "shared secret"),
            ("token_endpoint_auth_method", json!("private_key_jwt"), "not supported"),
            ("token_endpoint_auth_method", json!(1), "not supported"),
            ("grant_types", json!(["refresh_token"]), "grant_types lack"),
        ] {
            let found = read(|document| document[member] = value.clone()).unwrap_err();
            assert!(found.contains(why), "{member}: {value}: {found}");
        }
        assert!(client(URL, b"[]").is_err() && client(URL, b"<html>").is_err());
    }

    #[tokio::test]
    async fn a_document_is_not_fetched_from_private_networks() {
        for url in ["https://10.0.0.1/c", "https://169.254.169.254/c", "https://[fd00::1]/c"] {
            let why = fetch(url, None).await.unwrap_err();
            assert!(why.contains("private network"), "{url}: {why}");
        }
        let why = fetch("http://10.0.0.1/c", None).await.unwrap_err();
        assert!(why.contains("not https"), "{why}");
    }
}
