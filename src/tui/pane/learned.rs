//! What the selected item tells a client, in a sentence.

use super::requests::failure_word;
use crate::document::access_token::AccessToken;
use crate::document::challenge;
use crate::document::client::ClientInformation;
use crate::document::mcp::{self, RpcResponse};
use crate::document::read;
use crate::document::resource_metadata::ResourceMetadata;
use crate::document::server_metadata::ServerMetadata;
use crate::document::token::TokenResponse;
use crate::exchange::{AuthorizationRequest, Callback, Exchange, Purpose, Response};
use crate::tui::known::FactStatus;
use crate::tui::model::Model;
use crate::tui::page::{Fragments, PageLine};
use crate::tui::text::path;
use crate::tui::theme::Role;
use crate::tui::walk::Item;

/// Columns of the label.
const LABEL: usize = 9;

/// The line; nothing where nothing came back yet.
pub(super) fn line(model: &Model) -> Option<PageLine> {
    let said = match model.item()? {
        Item::Sending(_) => return None,
        Item::Authorization(request) => asked(&request),
        Item::Callback(callback) => came_back(model, &callback),
        Item::Exchange(exchange) => match &exchange.outcome {
            Ok(response) => responded(model, &exchange, response),
            Err(failure) => format!("no response: {}", failure_word(failure.kind)),
        },
    };
    let line = PageLine::new(Role::Accent, "learned  ");
    Some(line.put(Role::Text, Fragments::Theirs(&said)).hang(LABEL))
}

fn asked(request: &AuthorizationRequest) -> String {
    let has = |name: &str, what: &'static str| request.get(name).map_or("", |_| what);
    let sent: Vec<_> = [
        has("code_challenge", "a PKCE challenge"),
        has("state", "a fresh state"),
        has("resource", "the resource"),
    ]
    .into_iter()
    .filter(|what| !what.is_empty())
    .collect();
    if sent.is_empty() {
        return "the browser is sent there without PKCE, state and resource".to_owned();
    }
    format!("the browser takes along {}", sent.join(", "))
}

fn came_back(model: &Model, callback: &Callback) -> String {
    if let Some(error) = callback.get("error") {
        let description = callback.get("error_description").map(|text| format!(": {text}"));
        return format!("error {error}{}", description.unwrap_or_default());
    }
    let sent = model.walk.history().authorizations().next_back().and_then(|request| request.get("state"));
    let code = if callback.get("code").is_some() { "a code" } else { "no code" };
    let state = match callback.get("state") {
        Some(state) if sent.as_deref() == Some(state) => "the state that was sent",
        Some(_) => "another state than was sent",
        None => "no state",
    };
    format!("{code}, {state}")
}

fn responded(model: &Model, exchange: &Exchange, response: &Response) -> String {
    let said = match exchange.request.purpose {
        Purpose::Challenge(_) => Some(challenged(model, response)),
        Purpose::ResourceMetadata(_) => {
            ResourceMetadata::read(exchange).ok().map(|metadata| resource(model, &metadata))
        }
        Purpose::ServerMetadata(_) => {
            ServerMetadata::read(exchange).ok().map(|metadata| server(model, &metadata))
        }
        Purpose::Registration => {
            ClientInformation::read(exchange).ok().and_then(|client| registered(&client))
        }
        Purpose::Token | Purpose::Refresh => {
            TokenResponse::read(exchange).ok().and_then(|token| issued(model, response, &token))
        }
        Purpose::Keys => keys(exchange),
        Purpose::Initialize | Purpose::Discover => opened(model, exchange),
        Purpose::Login => {
            response.redirect().map(|to| format!("redirects to {}", model.walk.redactor.url(&to)))
        }
        _ => None,
    };
    let plain = || {
        let reason = if response.is_success() { "accepted" } else { response.reason.as_str() };
        format!("{} {reason}", response.status).trim_end().to_owned()
    };
    said.unwrap_or_else(plain)
}

fn challenged(model: &Model, response: &Response) -> String {
    if response.status != 401 {
        return format!("{} without a token: nothing asks for one", response.status);
    }
    let Some(bearer) = challenge::bearer(response) else {
        return "a token is needed; no Bearer challenge says where from: well-known locations come next"
            .to_owned();
    };
    let metadata = match bearer.get("resource_metadata") {
        Some(url) => format!("metadata at {}", path(&model.walk.redactor.url(url))),
        None => "no metadata URL, so well-known locations come next".to_owned(),
    };
    let scope = bearer.get("scope").map(|scope| format!("; scope {scope}")).unwrap_or_default();
    format!("a token is needed; {metadata}{scope}")
}

fn resource(model: &Model, metadata: &ResourceMetadata) -> String {
    let servers = match metadata.authorization_servers()[..] {
        [] => "no authorization server is named".to_owned(),
        [only] => format!("authorization server {only}"),
        [first, ref others @ ..] => format!("authorization server {first} and {} more", others.len()),
    };
    let resource = match model.walk.known.resource.as_ref().map(|fact| fact.status) {
        Some(FactStatus::Bad) => "another resource than the target",
        Some(_) => "the target is the resource",
        None => "no resource",
    };
    format!("{resource}; {servers}")
}

fn server(model: &Model, metadata: &ServerMetadata) -> String {
    let has = |name: &str| metadata.endpoint(name).is_some();
    let registration = if has("registration_endpoint") { "registration" } else { "no registration" };
    let pkce = match metadata.code_challenge_methods() {
        Some(methods) => format!("PKCE {}", methods.join(" ")),
        None => "no PKCE".to_owned(),
    };
    let issuer = match model.walk.known.issuer.as_ref().map(|fact| fact.status) {
        Some(FactStatus::Bad) => "another issuer than was asked for",
        _ if metadata.issuer().is_none() => "no issuer",
        _ => "the issuer that was asked for",
    };
    format!("{issuer}; {registration}; {pkce}")
}

fn registered(client: &ClientInformation) -> Option<String> {
    let secret = if client.client_secret().is_some() { "with a secret" } else { "without a secret" };
    Some(format!("client_id {}, {secret}", client.client_id()?))
}

fn issued(model: &Model, response: &Response, token: &TokenResponse) -> Option<String> {
    let access = token.access_token()?;
    let kind = match AccessToken::issued(response, &access) {
        AccessToken::Jwt { .. } => "an access token (JWT)",
        AccessToken::Encrypted { .. } => "an access token (encrypted)",
        AccessToken::Opaque => "an access token (opaque)",
    };
    let known = &model.walk.known;
    let mut said = vec![kind.to_owned()];
    said.extend(known.audience.as_ref().and_then(|audience| match audience.status {
        FactStatus::Good => Some("for the target".to_owned()),
        FactStatus::Bad => Some(format!("for {}", audience.value)),
        FactStatus::Open => None,
    }));
    said.extend(known.expires.as_ref().map(|expires| format!("lasts {}", expires.value)));
    said.extend(token.refresh_token().map(|_| "and a refresh token".to_owned()));
    Some(said.join(", "))
}

fn keys(exchange: &Exchange) -> Option<String> {
    let set = read(exchange).ok()?;
    let keys = set.members.get("keys")?.as_array()?;
    Some(match keys.len() {
        1 => "one key that verifies tokens".to_owned(),
        count => format!("{count} keys that verify tokens"),
    })
}

fn opened(model: &Model, exchange: &Exchange) -> Option<String> {
    Some(match mcp::response(exchange).ok()? {
        RpcResponse::Result(result) => {
            let server = model.walk.known.server.as_ref().map_or("a server", |fact| fact.value.as_str());
            let version = result.string("protocolVersion").map(|version| format!(", MCP {version}"));
            format!("connected to {server}{}", version.unwrap_or_default())
        }
        RpcResponse::Error { code, message, .. } => format!("JSON-RPC error {code}: {message}"),
    })
}
