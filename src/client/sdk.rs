//! Libraries for those who write clients.
//!
//! Facts read on 2026-11-27 in the repository and at the version that each entry names, with the defaults of the library:
//! an application can override some of them.

use super::traits::{
    Answer, AskedMethod, Authorizing, BadDocument, ChallengeReading, DefaultEndpoints, Documents,
    FirstRequest, IssRule, IssuerMissing, IssuerRule, LoginOn, MetadataFailing, MetadataRedirect, Mismatch,
    NamedFailed, Opened, Opening, OtherOrigin, PkceRule, PostRedirect, Reach, Redeeming, Redirect,
    RedirectPort, Registering, Resource, ResourceRule, ResourceSent, RootMetadata, ScopeSource,
    SecondRefusal, Server, ServerChoice, SessionIdFrom, SseFallback, TokenBody, TokenMediaType, Traits,
    Unreachable, WithoutRegistration, WithoutServers,
};
use super::{Client, ClientKind, Grade};

pub(super) static TYPESCRIPT_1: Client = Client {
    id: "ts1",
    name: "TypeScript SDK 1.x",
    kind: ClientKind::Sdk,
    version: "1.32.2",
    date: "2026-11-27",
    grade: Grade::Source,
    source: "https://github.com/modelcontextprotocol/typescript-sdk",
    built_on: None,
    traits: TYPESCRIPT_1_TRAITS,
};

pub(super) const TYPESCRIPT_1_TRAITS: Traits = Traits {
    opening: Opening {
        login_on: LoginOn::InsufficientScope,
        challenge: ChallengeReading::BearerFirst,
        first: FirstRequest::Post,
        sse: SseFallback::OfApplication,
        redirect: PostRedirect::SameOrigin,
        reach: Reach::Anywhere,
    },
    resource: Resource {
        named_failed: NamedFailed::Legacy,
        unreachable: Unreachable::AsFailed,
        other_origin: OtherOrigin::Asks,
        failing: MetadataFailing::Legacy,
        redirect: MetadataRedirect::Missing,
        json_only: Answer::No,
        required: Answer::No,
        without_servers: WithoutServers::Legacy,
        rule: ResourceRule::Prefix,
        mismatch: Mismatch::Stops,
    },
    server: Server {
        choice: ServerChoice::First,
        root: RootMetadata::NotAsked,
        bad_document: BadDocument::Stops,
        failing: BadDocument::Stops,
        issuer: IssuerRule::NotCompared,
        issuer_missing: IssuerMissing::Stops,
        members_required: Answer::Yes,
        pkce: PkceRule::NotWithoutS256,
        default_endpoints: DefaultEndpoints::ServerOrigin,
        https_token_endpoint: Answer::No,
        endpoints_together: Answer::No,
    },
    registration: Registering {
        given: Answer::Yes,
        documents: Documents::OfApplication,
        without: WithoutRegistration::Stops,
        method: AskedMethod::OfApplication,
        needs_redirect_uris: Answer::Yes,
        stops_on_null: Answer::Yes,
        application_type: Answer::No,
        device_grant: Answer::No,
        redirect: Redirect::OfApplication,
        port: RedirectPort::Registered,
    },
    authorization: Authorizing {
        iss: IssRule::NotChecked,
        state: Answer::No,
        looks_first: Answer::No,
        scope: ScopeSource::ResourceOrApplication,
        resource: ResourceSent::Metadata,
    },
    token: Redeeming {
        media_type: TokenMediaType::Any,
        body: TokenBody::Json,
        type_required: Answer::Yes,
        expires_in_string: Answer::Yes,
        refresh_201: Answer::Yes,
        unnamed_secret: Answer::Yes,
    },
    session: Opened { refused: SecondRefusal::Stops, session_id: SessionIdFrom::Any },
};

pub(super) static TYPESCRIPT_2: Client = Client {
    id: "ts2",
    name: "TypeScript client 2.x",
    version: "2.4.0",
    traits: TYPESCRIPT_2_TRAITS,
    ..TYPESCRIPT_1
};

pub(super) const TYPESCRIPT_2_TRAITS: Traits = Traits {
    opening: Opening { challenge: ChallengeReading::BearerOrDpopFirst, ..TYPESCRIPT_1_TRAITS.opening },
    resource: Resource { failing: MetadataFailing::LegacyUnless502, ..TYPESCRIPT_1_TRAITS.resource },
    server: Server {
        failing: BadDocument::StopsUnless502,
        issuer: IssuerRule::ExactOrSlashLost,
        https_token_endpoint: Answer::Yes,
        ..TYPESCRIPT_1_TRAITS.server
    },
    registration: Registering { application_type: Answer::Yes, ..TYPESCRIPT_1_TRAITS.registration },
    authorization: Authorizing { iss: IssRule::IfPresentOrAdvertised, ..TYPESCRIPT_1_TRAITS.authorization },
    session: Opened { session_id: SessionIdFrom::Initialize, ..TYPESCRIPT_1_TRAITS.session },
    ..TYPESCRIPT_1_TRAITS
};

pub(super) static PYTHON: Client = Client {
    id: "py",
    name: "Python SDK 2.x",
    kind: ClientKind::Sdk,
    version: "2.3.0",
    date: "2026-11-27",
    grade: Grade::Source,
    source: "https://github.com/modelcontextprotocol/python-sdk",
    built_on: None,
    traits: PYTHON_TRAITS,
};

const PYTHON_TRAITS: Traits = Traits {
    opening: Opening {
        challenge: ChallengeReading::Searched,
        sse: SseFallback::Never,
        ..TYPESCRIPT_1_TRAITS.opening
    },
    resource: Resource {
        named_failed: NamedFailed::Next,
        unreachable: Unreachable::Stops,
        failing: MetadataFailing::Next,
        rule: ResourceRule::PrefixSlashIgnored,
        ..TYPESCRIPT_1_TRAITS.resource
    },
    server: Server {
        bad_document: BadDocument::Next,
        failing: BadDocument::GivesUp,
        issuer: IssuerRule::Exact,
        issuer_missing: IssuerMissing::Next,
        members_required: Answer::No,
        pkce: PkceRule::Ignored,
        default_endpoints: DefaultEndpoints::TargetOrigin,
        https_token_endpoint: Answer::No,
        ..TYPESCRIPT_1_TRAITS.server
    },
    registration: Registering {
        without: WithoutRegistration::DefaultPath,
        needs_redirect_uris: Answer::No,
        stops_on_null: Answer::No,
        application_type: Answer::Yes,
        ..TYPESCRIPT_1_TRAITS.registration
    },
    authorization: Authorizing {
        iss: IssRule::IfPresentOrAdvertised,
        state: Answer::Yes,
        looks_first: Answer::No,
        scope: ScopeSource::ResourceOrServer,
        resource: ResourceSent::Always,
    },
    token: Redeeming {
        type_required: Answer::No,
        refresh_201: Answer::No,
        unnamed_secret: Answer::No,
        ..TYPESCRIPT_1_TRAITS.token
    },
    session: Opened { refused: SecondRefusal::Stops, session_id: SessionIdFrom::Initialize },
};

pub(super) static FASTMCP: Client = Client {
    id: "fastmcp",
    name: "FastMCP client",
    version: "4.2.3",
    source: "https://github.com/PrefectHQ/fastmcp",
    built_on: Some("py"),
    traits: Traits {
        registration: Registering {
            method: AskedMethod::None,
            redirect: Redirect::Loopback,
            ..PYTHON_TRAITS.registration
        },
        authorization: Authorizing { looks_first: Answer::Yes, ..PYTHON_TRAITS.authorization },
        ..PYTHON_TRAITS
    },
    ..PYTHON
};

pub(super) static RUST: Client = Client {
    id: "rmcp",
    name: "Rust SDK rmcp",
    kind: ClientKind::Sdk,
    version: "3.11.0",
    date: "2026-11-27",
    grade: Grade::Source,
    source: "https://github.com/modelcontextprotocol/rust-sdk",
    built_on: None,
    traits: RUST_TRAITS,
};

pub(super) const RUST_TRAITS: Traits = Traits {
    opening: Opening {
        login_on: LoginOn::Challenged,
        challenge: ChallengeReading::Searched,
        first: FirstRequest::StrictGet,
        sse: SseFallback::Never,
        redirect: PostRedirect::SameOrigin,
        reach: Reach::PublicOrTarget,
    },
    resource: Resource {
        named_failed: NamedFailed::Next,
        unreachable: Unreachable::Unknown,
        other_origin: OtherOrigin::Asks,
        failing: MetadataFailing::Stops,
        redirect: MetadataRedirect::Stops,
        json_only: Answer::No,
        required: Answer::No,
        without_servers: WithoutServers::Unknown,
        rule: ResourceRule::Prefix,
        mismatch: Mismatch::StopsIfNamed,
    },
    server: Server {
        choice: ServerChoice::Each,
        root: RootMetadata::Asked,
        bad_document: BadDocument::Next,
        failing: BadDocument::Stops,
        issuer: IssuerRule::RootSlashIgnored,
        issuer_missing: IssuerMissing::Stops,
        members_required: Answer::No,
        pkce: PkceRule::NotWithoutS256,
        default_endpoints: DefaultEndpoints::TargetOriginAlone,
        https_token_endpoint: Answer::No,
        endpoints_together: Answer::No,
    },
    registration: Registering {
        given: Answer::Yes,
        documents: Documents::OfApplication,
        without: WithoutRegistration::Stops,
        method: AskedMethod::None,
        needs_redirect_uris: Answer::Yes,
        stops_on_null: Answer::No,
        application_type: Answer::Yes,
        device_grant: Answer::No,
        redirect: Redirect::OfApplication,
        port: RedirectPort::Registered,
    },
    authorization: Authorizing {
        iss: IssRule::IfPresentOrAdvertised,
        state: Answer::Yes,
        looks_first: Answer::No,
        scope: ScopeSource::WithDefault,
        resource: ResourceSent::Always,
    },
    token: Redeeming {
        media_type: TokenMediaType::Json,
        body: TokenBody::Json,
        type_required: Answer::Yes,
        expires_in_string: Answer::No,
        refresh_201: Answer::No,
        unnamed_secret: Answer::Yes,
    },
    session: Opened { refused: SecondRefusal::Stops, session_id: SessionIdFrom::Any },
};

pub(super) static CSHARP: Client = Client {
    id: "csharp",
    name: "C# SDK",
    kind: ClientKind::Sdk,
    version: "2.2.0",
    date: "2026-08-19",
    grade: Grade::Source,
    source: "https://github.com/modelcontextprotocol/csharp-sdk",
    built_on: None,
    traits: Traits {
        opening: Opening {
            login_on: LoginOn::InsufficientScope,
            challenge: ChallengeReading::BearerDemanded,
            first: FirstRequest::Post,
            sse: SseFallback::Unknown,
            redirect: PostRedirect::Unknown,
            reach: Reach::Anywhere,
        },
        resource: Resource {
            named_failed: NamedFailed::Stop,
            unreachable: Unreachable::Unknown,
            other_origin: OtherOrigin::Asks,
            failing: MetadataFailing::Next,
            redirect: MetadataRedirect::Follows,
            json_only: Answer::No,
            required: Answer::No,
            without_servers: WithoutServers::Unknown,
            rule: ResourceRule::UrlOrOrigin,
            mismatch: Mismatch::Stops,
        },
        server: Server {
            choice: ServerChoice::OfApplication,
            root: RootMetadata::NotAsked,
            bad_document: BadDocument::Next,
            failing: BadDocument::Next,
            issuer: IssuerRule::Exact,
            issuer_missing: IssuerMissing::Stops,
            members_required: Answer::No,
            pkce: PkceRule::S256,
            default_endpoints: DefaultEndpoints::TargetOriginAlone,
            https_token_endpoint: Answer::No,
            endpoints_together: Answer::No,
        },
        registration: Registering {
            given: Answer::Yes,
            documents: Documents::OfApplication,
            without: WithoutRegistration::Stops,
            method: AskedMethod::Post,
            needs_redirect_uris: Answer::No,
            stops_on_null: Answer::No,
            application_type: Answer::Yes,
            device_grant: Answer::No,
            redirect: Redirect::OfApplication,
            port: RedirectPort::Registered,
        },
        authorization: Authorizing {
            iss: IssRule::IfPresentOrAdvertised,
            state: Answer::Yes,
            looks_first: Answer::No,
            scope: ScopeSource::ResourceOrApplication,
            resource: ResourceSent::Metadata,
        },
        token: Redeeming {
            media_type: TokenMediaType::Any,
            body: TokenBody::Json,
            type_required: Answer::Yes,
            expires_in_string: Answer::Yes,
            refresh_201: Answer::Yes,
            unnamed_secret: Answer::Yes,
        },
        session: Opened { refused: SecondRefusal::Unknown, session_id: SessionIdFrom::Unknown },
    },
};

pub(super) static GO: Client = Client {
    id: "go",
    name: "Go SDK",
    kind: ClientKind::Sdk,
    version: "1.7.0-pre.3 (3d6450f)",
    date: "2026-08-21",
    grade: Grade::Source,
    source: "https://github.com/modelcontextprotocol/go-sdk",
    built_on: None,
    traits: Traits {
        opening: Opening {
            login_on: LoginOn::InsufficientScope,
            challenge: ChallengeReading::Strict,
            first: FirstRequest::Post,
            sse: SseFallback::Unknown,
            redirect: PostRedirect::Unknown,
            reach: Reach::Anywhere,
        },
        resource: Resource {
            named_failed: NamedFailed::Next,
            unreachable: Unreachable::Unknown,
            other_origin: OtherOrigin::Asks,
            failing: MetadataFailing::Next,
            redirect: MetadataRedirect::Follows,
            json_only: Answer::Yes,
            required: Answer::No,
            without_servers: WithoutServers::Stops,
            rule: ResourceRule::ExactRootOrigin,
            mismatch: Mismatch::NextThenLegacy,
        },
        server: Server {
            choice: ServerChoice::First,
            root: RootMetadata::NotAsked,
            bad_document: BadDocument::Stops,
            failing: BadDocument::Stops,
            issuer: IssuerRule::SlashIgnored,
            issuer_missing: IssuerMissing::Stops,
            members_required: Answer::No,
            pkce: PkceRule::AnyMethod,
            default_endpoints: DefaultEndpoints::ServerOrigin,
            https_token_endpoint: Answer::Yes,
            endpoints_together: Answer::No,
        },
        registration: Registering {
            given: Answer::Yes,
            documents: Documents::OfApplication,
            without: WithoutRegistration::Stops,
            method: AskedMethod::OfApplication,
            needs_redirect_uris: Answer::No,
            stops_on_null: Answer::No,
            application_type: Answer::Unknown,
            device_grant: Answer::No,
            redirect: Redirect::OfApplication,
            port: RedirectPort::Registered,
        },
        authorization: Authorizing {
            iss: IssRule::NotUnlessAdvertised,
            state: Answer::Yes,
            looks_first: Answer::No,
            scope: ScopeSource::Resource,
            resource: ResourceSent::Metadata,
        },
        token: Redeeming {
            media_type: TokenMediaType::FormByType,
            body: TokenBody::JsonOrForm,
            type_required: Answer::No,
            expires_in_string: Answer::Yes,
            refresh_201: Answer::Yes,
            unnamed_secret: Answer::Yes,
        },
        session: Opened { refused: SecondRefusal::Unknown, session_id: SessionIdFrom::Unknown },
    },
};

/// Of a client without OAuth.
pub(super) const NO_OAUTH: Traits =
    Traits { opening: Opening { login_on: LoginOn::NoOAuth, ..Traits::UNKNOWN.opening }, ..Traits::UNKNOWN };

pub(super) static JAVA: Client = Client {
    id: "java",
    name: "Java SDK",
    kind: ClientKind::Sdk,
    version: "305e4cb",
    date: "2026-08-19",
    grade: Grade::Source,
    source: "https://github.com/modelcontextprotocol/java-sdk",
    built_on: None,
    traits: NO_OAUTH,
};

pub(super) static KOTLIN: Client = Client {
    id: "kotlin",
    name: "Kotlin SDK",
    version: "a06d699",
    date: "2026-07-23",
    source: "https://github.com/modelcontextprotocol/kotlin-sdk",
    ..JAVA
};

pub(super) static AI_SDK: Client = Client {
    id: "ai-sdk",
    name: "Vercel AI SDK MCP client",
    kind: ClientKind::Sdk,
    version: "1.0.102",
    date: "2026-11-27",
    grade: Grade::Source,
    source: "https://github.com/vercel/ai",
    built_on: None,
    traits: Traits {
        opening: Opening {
            login_on: LoginOn::Unauthorized,
            challenge: ChallengeReading::QuotedBearerFirst,
            ..Traits::UNKNOWN.opening
        },
        resource: Resource {
            named_failed: NamedFailed::Legacy,
            other_origin: OtherOrigin::Stops,
            rule: ResourceRule::Prefix,
            mismatch: Mismatch::Stops,
            ..Traits::UNKNOWN.resource
        },
        server: Server {
            choice: ServerChoice::First,
            root: RootMetadata::Asked,
            issuer: IssuerRule::AsUrl,
            members_required: Answer::Yes,
            pkce: PkceRule::S256,
            ..Traits::UNKNOWN.server
        },
        registration: Registering {
            documents: Documents::Unused,
            without: WithoutRegistration::Stops,
            needs_redirect_uris: Answer::Yes,
            stops_on_null: Answer::Yes,
            redirect: Redirect::OfApplication,
            ..Traits::UNKNOWN.registration
        },
        authorization: Authorizing {
            iss: IssRule::NotChecked,
            state: Answer::No,
            looks_first: Answer::No,
            scope: ScopeSource::ResourceOrApplication,
            resource: ResourceSent::Metadata,
        },
        token: Redeeming {
            type_required: Answer::Yes,
            expires_in_string: Answer::No,
            ..Traits::UNKNOWN.token
        },
        ..Traits::UNKNOWN
    },
};
