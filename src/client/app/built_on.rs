//! Programs on an SDK, whose traits they have but for those that are named here.

use super::APP;
use crate::client::sdk::{NO_OAUTH, RUST_TRAITS, TYPESCRIPT_1_TRAITS, TYPESCRIPT_2_TRAITS};
use crate::client::traits::{
    Answer, AskedMethod, Authorizing, BadDocument, ChallengeReading, Documents, FirstRequest, IssuerMissing,
    LoginOn, MetadataRedirect, NamedFailed, Opened, Opening, Redeeming, Redirect, Registering, Resource,
    ResourceSent, RootMetadata, ScopeSource, SecondRefusal, Server, SseFallback, Traits,
};
use crate::client::{Client, Grade};

pub(in crate::client) static MCP_REMOTE: Client = Client {
    id: "mcp-remote",
    name: "mcp-remote",
    version: "0.15.1",
    source: "https://github.com/punkpeye/mcp-remote",
    built_on: Some("ts2"),
    traits: Traits {
        opening: Opening {
            login_on: LoginOn::Unauthorized,
            first: FirstRequest::Get,
            sse: SseFallback::NotFound,
            ..TYPESCRIPT_2_TRAITS.opening
        },
        resource: Resource {
            named_failed: NamedFailed::Next,
            redirect: MetadataRedirect::Follows,
            ..TYPESCRIPT_2_TRAITS.resource
        },
        server: Server {
            root: RootMetadata::Asked,
            bad_document: BadDocument::Stops,
            failing: BadDocument::Unknown,
            https_token_endpoint: Answer::Unknown,
            ..TYPESCRIPT_2_TRAITS.server
        },
        registration: Registering {
            documents: Documents::Option,
            method: AskedMethod::FirstListed,
            application_type: Answer::No,
            redirect: Redirect::Loopback,
            ..TYPESCRIPT_2_TRAITS.registration
        },
        authorization: Authorizing {
            state: Answer::Unknown,
            scope: ScopeSource::WithDefault,
            resource: ResourceSent::Normalised,
            ..TYPESCRIPT_2_TRAITS.authorization
        },
        session: Opened { refused: SecondRefusal::LogsInAgain, ..TYPESCRIPT_2_TRAITS.session },
        ..TYPESCRIPT_2_TRAITS
    },
    ..APP
};

pub(in crate::client) static INSPECTOR: Client = Client {
    id: "inspector",
    name: "MCP Inspector",
    version: "2.12.0",
    source: "https://github.com/modelcontextprotocol/inspector",
    built_on: Some("ts2"),
    traits: Traits {
        registration: Registering {
            method: AskedMethod::None,
            redirect: Redirect::Loopback,
            ..TYPESCRIPT_2_TRAITS.registration
        },
        ..TYPESCRIPT_2_TRAITS
    },
    ..APP
};

pub(in crate::client) static CODEX: Client = Client {
    id: "codex",
    name: "Codex CLI",
    version: "0.150",
    grade: Grade::Stored,
    source: "https://github.com/openai/codex",
    built_on: Some("rmcp"),
    traits: Traits {
        opening: Opening {
            login_on: LoginOn::Unauthorized,
            first: FirstRequest::Unknown,
            ..RUST_TRAITS.opening
        },
        server: Server {
            issuer_missing: IssuerMissing::Accepts,
            endpoints_together: Answer::Yes,
            ..RUST_TRAITS.server
        },
        registration: Registering {
            documents: Documents::OwnIfNoneListed,
            redirect: Redirect::Loopback,
            ..RUST_TRAITS.registration
        },
        token: Redeeming { unnamed_secret: Answer::Unknown, ..RUST_TRAITS.token },
        ..RUST_TRAITS
    },
    ..APP
};

/// Of applications of the TypeScript SDK 1.x that register at a loopback callback.
const TYPESCRIPT_1_APP: Registering = Registering {
    documents: Documents::Unused,
    method: AskedMethod::None,
    redirect: Redirect::Loopback,
    ..TYPESCRIPT_1_TRAITS.registration
};

pub(in crate::client) static CLINE: Client = Client {
    id: "cline",
    name: "Cline",
    version: "4.1.13",
    date: "2026-08-22",
    source: "https://github.com/cline/cline",
    built_on: Some("ts1"),
    traits: Traits { registration: TYPESCRIPT_1_APP, ..TYPESCRIPT_1_TRAITS },
    ..APP
};

pub(in crate::client) static CONTINUE: Client = Client {
    id: "continue",
    name: "Continue",
    version: "d0a3c0b",
    date: "2026-06-18",
    source: "https://github.com/continuedev/continue",
    built_on: Some("ts1"),
    traits: Traits {
        opening: Opening { challenge: ChallengeReading::Unread, ..TYPESCRIPT_1_TRAITS.opening },
        resource: Resource { named_failed: NamedFailed::NotRead, ..TYPESCRIPT_1_TRAITS.resource },
        registration: TYPESCRIPT_1_APP,
        ..TYPESCRIPT_1_TRAITS
    },
    ..APP
};

pub(in crate::client) static ROO: Client = Client {
    id: "roo",
    name: "Roo Code",
    version: "3.52.1",
    date: "2026-04-14",
    source: "https://github.com/RooCodeInc/Roo-Code",
    built_on: Some("ts1"),
    traits: NO_OAUTH,
    ..APP
};

pub(in crate::client) static GOOSE: Client = Client {
    id: "goose",
    name: "goose",
    version: "6176338b",
    grade: Grade::Stored,
    source: "https://github.com/aaif-goose/goose",
    built_on: Some("rmcp"),
    traits: Traits {
        registration: Registering {
            given: Answer::Unknown,
            documents: Documents::Own,
            redirect: Redirect::Loopback,
            ..RUST_TRAITS.registration
        },
        ..RUST_TRAITS
    },
    ..APP
};

pub(in crate::client) static OPENCODE: Client = Client {
    id: "opencode",
    name: "opencode",
    version: "0a8a0ed8",
    grade: Grade::Stored,
    source: "https://github.com/sst/opencode",
    built_on: Some("ts2"),
    traits: Traits {
        registration: Registering {
            documents: Documents::Unused,
            method: AskedMethod::None,
            redirect: Redirect::Loopback,
            ..TYPESCRIPT_2_TRAITS.registration
        },
        ..TYPESCRIPT_2_TRAITS
    },
    ..APP
};

pub(in crate::client) static LIBRECHAT: Client = Client {
    id: "librechat",
    name: "LibreChat",
    version: "00b3bc32",
    grade: Grade::Stored,
    source: "https://github.com/danny-avila/LibreChat",
    built_on: Some("ts1"),
    traits: Traits {
        registration: Registering {
            documents: Documents::Unused,
            method: AskedMethod::FirstListed,
            redirect: Redirect::Hosted,
            ..TYPESCRIPT_1_TRAITS.registration
        },
        authorization: Authorizing {
            scope: ScopeSource::ResourceOrServer,
            resource: ResourceSent::Switchable,
            ..TYPESCRIPT_1_TRAITS.authorization
        },
        ..TYPESCRIPT_1_TRAITS
    },
    ..APP
};
