//! What files and options say of the client.

use super::{PartialGrant, named, secret};
use crate::scenario::option_parser::OptionParser;
use crate::scenario::setting::{custom, flag, options, pairs, parsed, text, word};
use crate::scenario::{Client, ReadSecret, Registration, ScenarioError, SecretSource, value};

options! {
    /// What is said of the client.
    #[command(next_help_heading = "Client")]
    pub struct PartialClient {
        /// Where the client identifier comes from [default: auto]
        ///
        /// auto is preregistered with --client-id; with --client-metadata-url it is metadata-document where the server reads
        /// such; else dynamic.
        #[arg(long, value_name = "KIND")]
        registration: Option<RegistrationKind> = word(&RegistrationKind::WORDS), "registration";
        /// Identifier of a client you registered by hand
        #[arg(id = "client-id", long, value_name = "ID")]
        id: Option<String> = text(), "id";
        /// Environment variable that holds its secret
        #[arg(long = "client-secret-env", value_name = "NAME", requires = "client-id")]
        secret: Option<SecretSource> =
            custom(OptionParser::new(|name| Ok(SecretSource::Variable(name.to_owned()))).secret(), |table, key, _| {
                table.secret(key).map(SecretSource::Value)
            }), "secret";
        /// URL of a client-ID metadata document, which is the client identifier
        ///
        /// `gatewalk client-metadata` prints what to publish there. The sandbox has one of its own.
        #[arg(long = "client-metadata-url", value_name = "URL")]
        metadata_url: Option<String> = parsed(value::client_id_url), "metadata_url";
        /// Leave a client that was registered where it is, and use it again in later runs
        ///
        /// For servers with a quota. It is remembered in gatewalk/clients.json of the state directory, with the port it comes
        /// back to.
        #[arg(long = "keep-client")]
        keep: bool = flag(), "keep";
        /// What it presents.
        #[command(flatten)]
        grant: PartialGrant => PartialGrant::read;
        /// Authorization server to use where the resource names several, or none
        #[arg(long, value_name = "URL")]
        issuer: Option<String> = text(), "issuer";
        /// Scope to request instead of the published one
        #[arg(long)]
        scope: Option<String> = text(), "scope";
        /// `resource` to send instead of the published one; empty sends none
        #[arg(long, value_name = "URI")]
        resource: Option<String> = text(), "resource";
        /// Further parameter of the authorization request; repeatable
        #[arg(long = "param", value_name = "K=V")]
        parameters: Vec<(String, String)> = pairs(), "parameters",
            merged |base, over| named(base, over, |one, other| one == other);
    }
    before merge: PartialClient::yielding
}

/// Where the client identifier comes from, as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationKind {
    /// Preregistered with an id, a metadata document with its URL, else dynamic.
    Auto,
    /// See [`Registration::Dynamic`].
    Dynamic,
    /// See [`Registration::MetadataDocument`].
    MetadataDocument,
    /// See [`Registration::Preregistered`].
    Preregistered,
}

impl RegistrationKind {
    /// The words for them in files and options.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("auto", Self::Auto),
        ("dynamic", Self::Dynamic),
        ("metadata-document", Self::MetadataDocument),
        ("preregistered", Self::Preregistered),
    ];
}

impl PartialClient {
    /// Another identity replaces the whole identity; another way to register only that.
    fn yielding(self, over: &Self) -> Self {
        if over.id.is_none() && over.metadata_url.is_none() {
            return self;
        }
        Self { registration: None, id: None, secret: None, metadata_url: None, ..self }
    }

    pub(super) fn client(
        self,
        known_document: Option<String>,
        read: ReadSecret<'_>,
    ) -> Result<Client, ScenarioError> {
        let asked = self.registration.unwrap_or(RegistrationKind::Auto);
        let kind = match asked {
            RegistrationKind::Auto if self.id.is_some() => RegistrationKind::Preregistered,
            RegistrationKind::Auto if self.metadata_url.is_some() => RegistrationKind::MetadataDocument,
            chosen => chosen,
        };
        let registration = match kind {
            RegistrationKind::Auto | RegistrationKind::Dynamic => Registration::Dynamic,
            RegistrationKind::Preregistered => Registration::Preregistered {
                client_id: self.id.ok_or(ScenarioError::ClientId)?,
                credential: self
                    .grant
                    .credential(secret("--client-secret-env", self.secret.as_ref(), read)?, read)?,
            },
            RegistrationKind::MetadataDocument => Registration::MetadataDocument {
                or_dynamic: asked == RegistrationKind::Auto,
                url: self.metadata_url.or(known_document).ok_or(ScenarioError::ClientMetadataUrl)?,
            },
        };
        let credential = match &registration {
            Registration::Preregistered { credential, .. } => Some(credential),
            _ => None,
        };
        Ok(Client {
            dpop: self.grant.dpop.unwrap_or_default(),
            grant: self.grant.grant(credential, read)?,
            issuer: self.issuer,
            keep: self.keep,
            known: Vec::new(),
            scope: self.scope,
            resource: self.resource,
            parameters: self.parameters,
            registration,
        })
    }
}
