//! Programs that people use: those with an OAuth of their own, those on an SDK, and those without public sources.
//!
//! Facts read on 2026-11-27 in the repository or on the page that each entry names, at the version it names.

pub(super) mod built_on;
pub(super) mod closed;

use super::traits::{
    Answer, AskedMethod, Authorizing, BadDocument, ChallengeReading, DefaultEndpoints, Documents,
    FirstRequest, IssRule, IssuerMissing, IssuerRule, LoginOn, MetadataFailing, MetadataRedirect, Mismatch,
    NamedFailed, Opened, Opening, OtherOrigin, PkceRule, PostRedirect, Reach, Redeeming, Redirect,
    RedirectPort, Registering, Resource, ResourceRule, ResourceSent, RootMetadata, ScopeSource,
    SecondRefusal, Server, ServerChoice, SessionIdFrom, SseFallback, TokenBody, TokenMediaType, Traits,
    Unreachable, WithoutRegistration, WithoutServers,
};
use super::{Client, ClientKind, Grade};

/// What most of them have in common.
const APP: Client = Client {
    id: "",
    name: "",
    kind: ClientKind::App,
    version: "",
    date: "2026-11-27",
    grade: Grade::Source,
    source: "",
    built_on: None,
    traits: Traits::UNKNOWN,
};

pub(super) static VSCODE: Client = Client {
    id: "vscode",
    name: "VS Code",
    version: "1.138.0",
    source: "https://github.com/microsoft/vscode",
    traits: Traits {
        opening: Opening {
            login_on: LoginOn::Forbidden,
            challenge: ChallengeReading::CapitalBearer,
            first: FirstRequest::Post,
            sse: SseFallback::ClientErrors,
            redirect: PostRedirect::AsGet,
            reach: Reach::Anywhere,
        },
        resource: Resource {
            named_failed: NamedFailed::Next,
            unreachable: Unreachable::Unknown,
            other_origin: OtherOrigin::Asks,
            failing: MetadataFailing::Next,
            redirect: MetadataRedirect::Follows,
            json_only: Answer::No,
            required: Answer::No,
            without_servers: WithoutServers::Legacy,
            rule: ResourceRule::UrlRootOrigin,
            mismatch: Mismatch::NextThenLegacy,
        },
        server: Server {
            choice: ServerChoice::First,
            root: RootMetadata::NotAsked,
            bad_document: BadDocument::Next,
            failing: BadDocument::Next,
            issuer: IssuerRule::NotCompared,
            issuer_missing: IssuerMissing::Next,
            members_required: Answer::No,
            pkce: PkceRule::Ignored,
            default_endpoints: DefaultEndpoints::TargetOrigin,
            https_token_endpoint: Answer::No,
            endpoints_together: Answer::No,
        },
        registration: Registering {
            given: Answer::Yes,
            documents: Documents::Own,
            without: WithoutRegistration::Asks,
            method: AskedMethod::None,
            needs_redirect_uris: Answer::No,
            stops_on_null: Answer::No,
            application_type: Answer::Yes,
            device_grant: Answer::Yes,
            redirect: Redirect::Both,
            port: RedirectPort::Sometimes,
        },
        authorization: Authorizing {
            iss: IssRule::NotChecked,
            state: Answer::Yes,
            looks_first: Answer::No,
            scope: ScopeSource::ResourceOrServer,
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
        session: Opened { refused: SecondRefusal::RegistersAnew, session_id: SessionIdFrom::Any },
    },
    ..APP
};

pub(super) static GEMINI: Client = Client {
    id: "gemini",
    name: "Gemini CLI",
    version: "0.61.0",
    date: "2026-09-25",
    source: "https://github.com/google-gemini/gemini-cli",
    traits: Traits {
        opening: Opening {
            login_on: LoginOn::Unauthorized,
            challenge: ChallengeReading::OnHead,
            first: FirstRequest::PostAndHead,
            sse: SseFallback::AnyFailure,
            redirect: PostRedirect::Unknown,
            reach: Reach::PublicOrLoopback,
        },
        resource: Resource {
            named_failed: NamedFailed::OriginOnly,
            unreachable: Unreachable::Unknown,
            other_origin: OtherOrigin::Stops,
            failing: MetadataFailing::Unknown,
            redirect: MetadataRedirect::Follows,
            json_only: Answer::No,
            required: Answer::No,
            without_servers: WithoutServers::Unknown,
            rule: ResourceRule::SchemeHostPath,
            mismatch: Mismatch::Stops,
        },
        server: Server {
            choice: ServerChoice::First,
            root: RootMetadata::Asked,
            bad_document: BadDocument::Next,
            failing: BadDocument::Next,
            issuer: IssuerRule::NotCompared,
            issuer_missing: IssuerMissing::Unknown,
            members_required: Answer::No,
            pkce: PkceRule::Ignored,
            default_endpoints: DefaultEndpoints::Nowhere,
            https_token_endpoint: Answer::Yes,
            endpoints_together: Answer::No,
        },
        registration: Registering {
            given: Answer::Yes,
            documents: Documents::Unused,
            without: WithoutRegistration::Stops,
            method: AskedMethod::None,
            needs_redirect_uris: Answer::No,
            stops_on_null: Answer::No,
            application_type: Answer::No,
            device_grant: Answer::No,
            redirect: Redirect::Loopback,
            port: RedirectPort::Registered,
        },
        authorization: Authorizing {
            iss: IssRule::Always,
            state: Answer::Yes,
            looks_first: Answer::No,
            scope: ScopeSource::Server,
            resource: ResourceSent::Url,
        },
        token: Redeeming {
            media_type: TokenMediaType::Any,
            body: TokenBody::JsonOrForm,
            type_required: Answer::No,
            expires_in_string: Answer::Yes,
            refresh_201: Answer::Unknown,
            unnamed_secret: Answer::Yes,
        },
        session: Opened { refused: SecondRefusal::Unknown, session_id: SessionIdFrom::Unknown },
    },
    ..APP
};

pub(super) static ZED: Client = Client {
    id: "zed",
    name: "Zed",
    version: "04afc35b",
    grade: Grade::Stored,
    source: "https://github.com/zed-industries/zed",
    traits: Traits {
        opening: Opening {
            login_on: LoginOn::Unauthorized,
            challenge: ChallengeReading::Searched,
            first: FirstRequest::Post,
            sse: SseFallback::Never,
            redirect: PostRedirect::Unknown,
            reach: Reach::NoPrivateLiterals,
        },
        resource: Resource {
            named_failed: NamedFailed::Next,
            unreachable: Unreachable::Unknown,
            other_origin: OtherOrigin::Ignores,
            failing: MetadataFailing::Next,
            redirect: MetadataRedirect::Unknown,
            json_only: Answer::No,
            required: Answer::Yes,
            without_servers: WithoutServers::Stops,
            rule: ResourceRule::NotCompared,
            mismatch: Mismatch::Accepts,
        },
        server: Server {
            choice: ServerChoice::First,
            root: RootMetadata::NotAsked,
            bad_document: BadDocument::Next,
            failing: BadDocument::Next,
            issuer: IssuerRule::AsUrl,
            issuer_missing: IssuerMissing::Accepts,
            members_required: Answer::No,
            pkce: PkceRule::S256,
            default_endpoints: DefaultEndpoints::Nowhere,
            https_token_endpoint: Answer::Yes,
            endpoints_together: Answer::No,
        },
        registration: Registering {
            given: Answer::Yes,
            documents: Documents::Own,
            without: WithoutRegistration::Stops,
            method: AskedMethod::None,
            needs_redirect_uris: Answer::No,
            stops_on_null: Answer::No,
            application_type: Answer::No,
            device_grant: Answer::No,
            redirect: Redirect::Loopback,
            port: RedirectPort::Registered,
        },
        authorization: Authorizing {
            iss: IssRule::NotChecked,
            state: Answer::Yes,
            looks_first: Answer::No,
            scope: ScopeSource::Resource,
            resource: ResourceSent::Url,
        },
        token: Redeeming {
            media_type: TokenMediaType::Any,
            body: TokenBody::Json,
            type_required: Answer::No,
            expires_in_string: Answer::No,
            refresh_201: Answer::Unknown,
            unnamed_secret: Answer::Yes,
        },
        session: Opened { refused: SecondRefusal::LogsInAgain, session_id: SessionIdFrom::Any },
    },
    ..APP
};

pub(super) static N8N: Client = Client {
    id: "n8n",
    name: "n8n",
    version: "2.41.3",
    source: "https://github.com/n8n-io/n8n",
    traits: Traits {
        opening: Opening {
            login_on: LoginOn::Button,
            challenge: ChallengeReading::Unread,
            first: FirstRequest::Nothing,
            ..Traits::UNKNOWN.opening
        },
        resource: Resource {
            named_failed: NamedFailed::NotRead,
            other_origin: OtherOrigin::Ignores,
            required: Answer::No,
            rule: ResourceRule::NotCompared,
            mismatch: Mismatch::Accepts,
            ..Traits::UNKNOWN.resource
        },
        server: Server {
            choice: ServerChoice::First,
            root: RootMetadata::Asked,
            issuer: IssuerRule::NotCompared,
            members_required: Answer::No,
            pkce: PkceRule::Optional,
            default_endpoints: DefaultEndpoints::Nowhere,
            ..Traits::UNKNOWN.server
        },
        registration: Registering {
            documents: Documents::Unused,
            without: WithoutRegistration::Stops,
            needs_redirect_uris: Answer::No,
            redirect: Redirect::Hosted,
            port: RedirectPort::Registered,
            ..Traits::UNKNOWN.registration
        },
        authorization: Authorizing {
            iss: IssRule::NotChecked,
            looks_first: Answer::No,
            scope: ScopeSource::WithDefault,
            ..Traits::UNKNOWN.authorization
        },
        ..Traits::UNKNOWN
    },
    ..APP
};

pub(super) static LITELLM: Client = Client {
    id: "litellm",
    name: "LiteLLM proxy",
    version: "1.110.2",
    source: "https://github.com/BerriAI/litellm",
    traits: Traits {
        opening: Opening { first: FirstRequest::Get, ..Traits::UNKNOWN.opening },
        resource: Resource {
            rule: ResourceRule::NotCompared,
            mismatch: Mismatch::Accepts,
            ..Traits::UNKNOWN.resource
        },
        server: Server {
            choice: ServerChoice::Each,
            root: RootMetadata::Asked,
            issuer: IssuerRule::NotCompared,
            pkce: PkceRule::Ignored,
            ..Traits::UNKNOWN.server
        },
        registration: Registering {
            given: Answer::Yes,
            documents: Documents::Unused,
            redirect: Redirect::Hosted,
            ..Traits::UNKNOWN.registration
        },
        ..Traits::UNKNOWN
    },
    ..APP
};
