//! What is said of what the client presents for a token.

use super::ScenarioError;
use crate::exchange::{Secret, SigningKey};
use crate::scenario::{Credential, Dpop, Grant, IdentityProvider};

/// What is said of what the client presents for a token.
#[derive(Clone, Debug, Default)]
pub struct PartialGrant {
    /// The grant.
    pub kind: Option<GrantKind>,
    /// The key of `private_key_jwt`.
    pub key: Option<SigningKey>,
    /// The assertion of a workload.
    pub assertion: Option<Secret>,
    /// The identity provider of an enterprise.
    pub provider: Option<IdentityProvider>,
    /// When tokens are bound to a key.
    pub dpop: Option<Dpop>,
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
    pub(super) fn merge(self, over: Self) -> Self {
        let another = over.kind.is_some() || over.assertion.is_some() || over.provider.is_some();
        let chosen = if another { &over } else { &self };
        let (kind, assertion, provider) = (chosen.kind, chosen.assertion.clone(), chosen.provider.clone());
        Self { kind, assertion, provider, key: over.key.or(self.key), dpop: over.dpop.or(self.dpop) }
    }

    /// How a client registered by hand proves itself.
    pub(super) fn credential(&self, secret: Option<Secret>) -> Result<Credential, ScenarioError> {
        match (secret, self.key.clone()) {
            (Some(_), Some(_)) => Err(ScenarioError::SecretAndKey),
            (Some(secret), None) => Ok(Credential::Secret(secret)),
            (None, Some(key)) => Ok(Credential::Key(key)),
            (None, None) => Ok(Credential::None),
        }
    }

    /// What is presented, by a client that is preregistered, has credentials, or neither.
    pub(super) fn grant(self, credential: Option<&Credential>) -> Result<Grant, ScenarioError> {
        let grant = match (self.kind.unwrap_or(GrantKind::Auto), self.assertion, self.provider) {
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
