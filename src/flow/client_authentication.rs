//! The client as an authorization server knows it, and how it proves itself at that server's endpoints.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::discovered::Server;
use crate::document::explanation::explanation;
use crate::document::token::error_code;
use crate::exchange::{Exchange, Proof, Request, Secret, SigningKey};
use crate::scenario::{Credential, KnownClient};

/// The authentication method for which a client publishes a key.
pub(super) const PRIVATE_KEY_JWT: &str = "private_key_jwt";

/// How a client proves itself at the token endpoint ([RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2),
/// [OpenID Connect Core 1.0 §9](https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Authentication {
    /// Public client: `client_id` in the body.
    None,
    /// `client_secret_basic`.
    Basic(Secret),
    /// The same with `client_id` in the body too, where some servers look for it.
    BasicNamed(Secret),
    /// `client_secret_post`.
    Post(Secret),
    /// `private_key_jwt`.
    PrivateKey(SigningKey),
}

/// A client one authorization server knows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "client_id is the term of the specification")]
pub(super) struct Client {
    pub(super) client_id: String,
    pub(super) authentication: Authentication,
    /// A secret that was issued although the client proves nothing at the token endpoint.
    pub(super) spare_secret: Option<Secret>,
}

impl Client {
    /// A client by what a server said when it registered it; `key` is the one it was told.
    pub(super) fn registered(
        client_id: String,
        secret: Option<Secret>,
        method: Option<&str>,
        key: &SigningKey,
    ) -> Self {
        let (authentication, spare_secret) = match (method, secret) {
            (Some(PRIVATE_KEY_JWT), _) => (Authentication::PrivateKey(key.clone()), None),
            (Some("none"), secret) => (Authentication::None, secret),
            (_, None) => (Authentication::None, None),
            (Some("client_secret_post"), Some(secret)) => (Authentication::Post(secret), None),
            (_, Some(secret)) => (Authentication::Basic(secret), None),
        };
        Self { client_id, authentication, spare_secret }
    }

    /// A client that authenticates in that way.
    pub(super) const fn with(client_id: String, authentication: Authentication) -> Self {
        Self { client_id, authentication, spare_secret: None }
    }

    /// The client at an endpoint with authentication methods of its own: with the spare secret, where that takes no client
    /// without one ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)).
    pub(super) fn by_methods(&self, methods: Option<&[&str]>) -> Self {
        let (Some(methods), Some(secret)) = (methods, &self.spare_secret) else { return self.clone() };
        let authentication = if methods.contains(&"none") {
            return self.clone();
        } else if methods.contains(&"client_secret_post") && !methods.contains(&"client_secret_basic") {
            Authentication::Post(secret.clone())
        } else {
            Authentication::Basic(secret.clone())
        };
        Self::with(self.client_id.clone(), authentication)
    }

    /// The same for a later run. A client with the key of this run is of no use then.
    pub(super) fn known(&self, issuer: &str, redirect_uri: &str) -> Option<KnownClient> {
        let (client_secret, method) = match &self.authentication {
            Authentication::None => (None, "none"),
            Authentication::Basic(secret) | Authentication::BasicNamed(secret) => {
                (Some(secret.clone()), "client_secret_basic")
            }
            Authentication::Post(secret) => (Some(secret.clone()), "client_secret_post"),
            Authentication::PrivateKey(_) => return None,
        };
        Some(KnownClient {
            issuer: issuer.to_owned(),
            client_id: self.client_id.clone(),
            client_secret,
            auth_method: Some(method.to_owned()),
            redirect_uri: redirect_uri.to_owned(),
        })
    }

    /// A client that proves nothing.
    pub(super) fn public(client_id: String) -> Self {
        Self::with(client_id, Authentication::None)
    }

    /// A client registered by hand, with the method its server supports.
    pub(super) fn preregistered(client_id: String, credential: &Credential, server: &Server) -> Self {
        let authentication = match credential {
            Credential::None => Authentication::None,
            Credential::Secret(secret) if server.authenticates_by("client_secret_basic") => {
                Authentication::Basic(secret.clone())
            }
            Credential::Secret(secret) => Authentication::Post(secret.clone()),
            Credential::Key(key) => Authentication::PrivateKey(key.clone()),
        };
        Self::with(client_id, authentication)
    }

    /// The same client, which names itself also in the body, where Basic credentials alone were refused: because of the
    /// client, or by words that ask for `client_id`. Servers built on the MCP Python SDK say `unauthorized_client`.
    pub(super) fn named(&self, refused: &Exchange) -> Option<Self> {
        let Authentication::Basic(secret) = &self.authentication else { return None };
        let response = refused.response().filter(|response| response.status / 100 == 4)?;
        let error = error_code(response);
        let about_client = matches!(error.as_deref(), Some("invalid_client" | "unauthorized_client"));
        let asks = || explanation(response).is_some_and(|words| words.to_lowercase().contains("client_id"));
        if !about_client && !asks() {
            return None;
        }
        Some(Self::with(self.client_id.clone(), Authentication::BasicNamed(secret.clone())))
    }

    /// What is added to a request of this client when it is sent.
    pub(super) fn proof(&self, server: &Server) -> Option<Proof> {
        let Authentication::PrivateKey(key) = &self.authentication else { return None };
        // The issuer as published; some servers compare it as a string.
        let issuer = server.metadata.as_ref().and_then(|metadata| metadata.issuer());
        Some(Proof::ClientAssertion {
            key: key.clone(),
            client_id: self.client_id.clone(),
            audience: issuer.unwrap_or(&server.issuer).to_owned(),
        })
    }

    /// A request with that form in its body and this client's authentication.
    pub(super) fn post(&self, request: Request, form: &[(&str, &str)]) -> Request {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let mut request = request.header("accept", "application/json");
        match &self.authentication {
            Authentication::Basic(secret) => {
                request = request.header("authorization", &basic(&self.client_id, secret));
            }
            Authentication::BasicNamed(secret) => {
                request = request.header("authorization", &basic(&self.client_id, secret));
                body.append_pair("client_id", &self.client_id);
            }
            Authentication::Post(secret) => {
                body.append_pair("client_id", &self.client_id).append_pair("client_secret", secret.expose());
            }
            Authentication::None | Authentication::PrivateKey(_) => {
                body.append_pair("client_id", &self.client_id);
            }
        }
        request.body("application/x-www-form-urlencoded", body.finish())
    }
}

/// Credentials of `client_secret_basic`: both form-encoded first ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
fn basic(client_id: &str, secret: &Secret) -> String {
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let credentials = format!("{}:{}", encode(client_id), encode(secret.expose()));
    format!("Basic {}", BASE64_STANDARD.encode(credentials))
}
