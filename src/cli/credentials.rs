//! Options of what the client presents: grant, keys, assertions, possession, and what it does with the session.

use clap::Args;

use super::{Failure, value};
use crate::exchange::SigningKey;
use crate::scenario::value as written;
use crate::scenario::{Dpop, GrantKind, IdentityProvider, PartialGrant, SessionAction};

/// What the client presents.
#[derive(Debug, Args)]
pub(super) struct Credentials {
    /// What is presented for a token [default: auto]
    ///
    /// auto is the code of a login, or the client's credentials where the server lists those and no code; --assertion and
    /// --id-token choose theirs.
    #[arg(long, value_name = "GRANT", value_parser = value::word(&GrantKind::WORDS))]
    grant: Option<GrantKind>,
    /// Private key of the client for `private_key_jwt`: a file, or env:NAME
    ///
    /// It is a PKCS#8 PEM of a P-256 or RSA key.
    #[arg(long, value_name = "SOURCE", requires = "client_id")]
    client_key: Option<String>,
    /// Assertion of a workload (RFC 7523): a file with the JWT, or env:NAME
    #[arg(long, value_name = "SOURCE", requires = "client_id")]
    assertion: Option<String>,
    /// ID token of the enterprise's sign-on, exchanged at its identity provider: a file, or env:NAME
    #[arg(long, value_name = "SOURCE", requires_all = ["client_id", "idp_token_endpoint", "idp_client_id"])]
    id_token: Option<String>,
    /// Token endpoint of the identity provider
    #[arg(long, value_name = "URL", requires = "id_token", value_parser = written::endpoint)]
    idp_token_endpoint: Option<String>,
    /// Client identifier there
    #[arg(long, value_name = "ID", requires = "id_token")]
    idp_client_id: Option<String>,
    /// Client secret there: a file, or env:NAME
    #[arg(long, value_name = "SOURCE", requires = "id_token")]
    idp_client_secret: Option<String>,
    /// When tokens are bound to a key (RFC 9449) [default: auto]
    ///
    /// auto is where the resource asks for it.
    #[arg(long, value_name = "WHEN", value_parser = value::word(&Dpop::WORDS))]
    dpop: Option<Dpop>,
    /// Authorization server to use where the resource names several, or none
    #[arg(long, value_name = "URL")]
    pub(super) issuer: Option<String>,
    /// What to do once the session is open, list or call=NAME; repeatable, in order
    ///
    /// list calls tools/list, call=NAME calls that tool without arguments.
    #[arg(long, value_name = "ACTION", value_parser = written::then)]
    pub(super) then: Vec<SessionAction>,
}

impl Credentials {
    /// What they say of what is presented.
    pub(super) fn grant(&self) -> Result<PartialGrant, Failure> {
        let read = |option: &str, source: &String| {
            value::source(source).map_err(|why| Failure::Usage(format!("{option}: {why}")))
        };
        let key = self.client_key.as_ref().map(|source| {
            let told = |error| Failure::Usage(format!("--client-key: {error}"));
            SigningKey::from_pem(read("--client-key", source)?).map_err(told)
        });
        let provider = match (&self.id_token, &self.idp_token_endpoint, &self.idp_client_id) {
            (Some(id_token), Some(token_endpoint), Some(client_id)) => Some(IdentityProvider {
                token_endpoint: token_endpoint.clone(),
                client_id: client_id.clone(),
                client_secret: {
                    let read = |source| read("--idp-client-secret", source);
                    self.idp_client_secret.as_ref().map(read).transpose()?
                },
                id_token: read("--id-token", id_token)?,
            }),
            // The options require each other.
            _ => None,
        };
        Ok(PartialGrant {
            kind: self.grant,
            key: key.transpose()?,
            assertion: self.assertion.as_ref().map(|source| read("--assertion", source)).transpose()?,
            provider,
            dpop: self.dpop,
        })
    }
}
