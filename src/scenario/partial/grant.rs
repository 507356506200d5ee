//! What files and options say of what the client presents for a token.

use super::secret;
use crate::exchange::{Secret, SigningKey};
use crate::scenario::setting::{custom, options, parsed, secret as secret_source, text, within, word};
use crate::scenario::{
    Credential, Dpop, Grant, IdentityProvider, ReadSecret, ScenarioError, SecretSource, value,
};

options! {
    /// What is said of what the client presents for a token.
    #[command(next_help_heading = "Client")]
    pub struct PartialGrant {
        /// What is presented for a token [default: auto]
        ///
        /// auto is the code of a login, or the client's credentials where the server lists those and no code; --assertion and
        /// --id-token choose theirs.
        #[arg(long = "grant", value_name = "GRANT")]
        kind: Option<GrantKind> = word(&GrantKind::WORDS), "grant";
        /// Private key of the client for `private_key_jwt`: a file, or env:NAME
        ///
        /// It is a PKCS#8 PEM of a P-256 or RSA key.
        #[arg(long = "client-key", value_name = "SOURCE", requires = "client-id")]
        key: Option<SecretSource> = custom(secret_source().parser, |table, key, _| {
            let pem = |text: &str| private_key(Secret::new(text)).map(|_| SecretSource::Value(Secret::new(text)));
            table.parsed_secret(key, pem)
        }), "key";
        /// Assertion of a workload (RFC 7523): a file with the JWT, or env:NAME
        #[arg(long, value_name = "SOURCE", requires = "client-id")]
        assertion: Option<SecretSource> = secret_source(), "assertion";
        /// The identity provider of an enterprise.
        #[command(flatten)]
        provider: PartialProvider => |client| within(client, "identity_provider", PartialProvider::read);
        /// When tokens are bound to a key (RFC 9449) [default: auto]
        ///
        /// auto is where the resource asks for it.
        #[arg(long, value_name = "WHEN")]
        dpop: Option<Dpop> = word(&Dpop::WORDS), "dpop";
    }
    before merge: PartialGrant::yielding
}

options! {
    /// What is said of the identity provider of an enterprise: all of it, or nothing.
    pub struct PartialProvider {
        /// ID token of the enterprise's sign-on, exchanged at its identity provider: a file, or env:NAME
        #[arg(long, value_name = "SOURCE", requires_all = ["client-id", "idp-token-endpoint", "idp-client-id"])]
        id_token: Option<SecretSource> = custom(secret_source().parser, |table, key, _| {
            table.required_secret(key).map(SecretSource::Value)
        }), "id_token";
        /// Token endpoint of the identity provider
        #[arg(id = "idp-token-endpoint", long, value_name = "URL", requires = "id_token")]
        token_endpoint: Option<String> = parsed(value::endpoint).required(), "token_endpoint";
        /// Client identifier there
        #[arg(id = "idp-client-id", long, value_name = "ID", requires = "id_token")]
        client_id: Option<String> = text().required(), "client_id";
        /// Client secret there: a file, or env:NAME
        #[arg(long = "idp-client-secret", value_name = "SOURCE", requires = "id_token")]
        client_secret: Option<SecretSource> = secret_source(), "client_secret";
    }
}

/// The grant, as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantKind {
    /// What is given an assertion or an ID token for, else see [`Grant::Auto`].
    Auto,
    /// See [`Grant::AuthorizationCode`].
    AuthorizationCode,
    /// See [`Grant::ClientCredentials`].
    ClientCredentials,
    /// See [`Grant::JwtBearer`].
    JwtBearer,
    /// See [`Grant::EnterpriseManaged`].
    EnterpriseManaged,
}

impl GrantKind {
    /// The words for them in files and options.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("auto", Self::Auto),
        ("authorization-code", Self::AuthorizationCode),
        ("client-credentials", Self::ClientCredentials),
        ("jwt-bearer", Self::JwtBearer),
        ("enterprise-managed", Self::EnterpriseManaged),
    ];
}

impl PartialGrant {
    /// Another grant replaces what the one before was given; what holds for all grants stays.
    fn yielding(self, over: &Self) -> Self {
        if over.kind.is_none() && over.assertion.is_none() && over.provider.id_token.is_none() {
            return self;
        }
        Self { kind: None, assertion: None, provider: PartialProvider::default(), ..self }
    }

    /// How a client registered by hand proves itself.
    pub(super) fn credential(
        &self,
        client_secret: Option<Secret>,
        read: ReadSecret<'_>,
    ) -> Result<Credential, ScenarioError> {
        let key = secret("--client-key", self.key.as_ref(), read)?.map(private_key).transpose();
        let key = key.map_err(|why| ScenarioError::Secret { option: "--client-key", why })?;
        match (client_secret, key) {
            (Some(_), Some(_)) => Err(ScenarioError::SecretAndKey),
            (Some(secret), None) => Ok(Credential::Secret(secret)),
            (None, Some(key)) => Ok(Credential::Key(key)),
            (None, None) => Ok(Credential::None),
        }
    }

    /// What is presented, by a client that is preregistered, has credentials, or neither.
    pub(super) fn grant(
        self,
        credential: Option<&Credential>,
        read: ReadSecret<'_>,
    ) -> Result<Grant, ScenarioError> {
        let assertion = secret("--assertion", self.assertion.as_ref(), read)?;
        let provider = self.provider.provider(read)?;
        let grant = match (self.kind.unwrap_or(GrantKind::Auto), assertion, provider) {
            (_, Some(_), Some(_)) => return Err(ScenarioError::TwoAssertions),
            (GrantKind::Auto | GrantKind::JwtBearer, Some(assertion), None) => Grant::JwtBearer { assertion },
            (GrantKind::Auto | GrantKind::EnterpriseManaged, None, Some(provider)) => {
                Grant::EnterpriseManaged(provider)
            }
            (_, Some(_), None) => return Err(ScenarioError::AssertionForAnotherGrant),
            (_, None, Some(_)) => return Err(ScenarioError::ProviderForAnotherGrant),
            (GrantKind::JwtBearer, None, None) => return Err(ScenarioError::Assertion),
            (GrantKind::EnterpriseManaged, None, None) => return Err(ScenarioError::Provider),
            (GrantKind::ClientCredentials, None, None) => Grant::ClientCredentials,
            (GrantKind::AuthorizationCode, None, None) => Grant::AuthorizationCode,
            (GrantKind::Auto, None, None) => Grant::Auto,
        };
        match (&grant, credential) {
            (Grant::ClientCredentials, None | Some(Credential::None)) => Err(ScenarioError::Credentials),
            (Grant::JwtBearer { .. } | Grant::EnterpriseManaged(_), None) => Err(ScenarioError::KnownClient),
            _ => Ok(grant),
        }
    }
}

impl PartialProvider {
    /// The identity provider it makes; options and keys of it require each other.
    fn provider(self, read: ReadSecret<'_>) -> Result<Option<IdentityProvider>, ScenarioError> {
        let id_token = secret("--id-token", self.id_token.as_ref(), read)?;
        let client_secret = secret("--idp-client-secret", self.client_secret.as_ref(), read)?;
        let Some(((id_token, token_endpoint), client_id)) =
            id_token.zip(self.token_endpoint).zip(self.client_id)
        else {
            return Ok(None);
        };
        Ok(Some(IdentityProvider { token_endpoint, client_id, client_secret, id_token }))
    }
}

fn private_key(pem: Secret) -> Result<SigningKey, String> {
    SigningKey::from_pem(pem).map_err(|error| error.to_string())
}
