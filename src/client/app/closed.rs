//! Programs without public sources: what their vendors document, and what their users report.

use super::APP;
use crate::client::traits::{
    Answer, Authorizing, Documents, IssRule, IssuerRule, LoginOn, MetadataRedirect, Opening, PkceRule, Reach,
    Redirect, RedirectPort, Registering, Resource, ResourceSent, Server, ServerChoice, SseFallback, Traits,
};
use crate::client::{Client, Grade};

/// What most of them have in common.
const CLOSED: Client = Client { grade: Grade::Documentation, ..APP };

pub(in crate::client) static CLAUDE_AI: Client = Client {
    id: "claude-ai",
    name: "Claude.ai and Claude Desktop connectors",
    source: "https://support.claude.com/en/articles/11503834",
    traits: Traits {
        opening: Opening { reach: Reach::Vendor, ..Traits::UNKNOWN.opening },
        server: Server { issuer: IssuerRule::Exact, pkce: PkceRule::S256, ..Traits::UNKNOWN.server },
        registration: Registering {
            given: Answer::Yes,
            documents: Documents::Own,
            redirect: Redirect::Hosted,
            port: RedirectPort::Registered,
            ..Traits::UNKNOWN.registration
        },
        authorization: Authorizing {
            looks_first: Answer::No,
            resource: ResourceSent::Always,
            ..Traits::UNKNOWN.authorization
        },
        ..Traits::UNKNOWN
    },
    ..CLOSED
};

pub(in crate::client) static CLAUDE_CODE: Client = Client {
    id: "claude-code",
    name: "Claude Code",
    grade: Grade::Reports,
    source: "https://github.com/anthropics/claude-code",
    traits: Traits {
        opening: Opening { login_on: LoginOn::Forbidden, reach: Reach::Anywhere, ..Traits::UNKNOWN.opening },
        registration: Registering {
            given: Answer::Yes,
            documents: Documents::Own,
            redirect: Redirect::Loopback,
            port: RedirectPort::Random,
            ..Traits::UNKNOWN.registration
        },
        authorization: Authorizing {
            iss: IssRule::IfPresentOrAdvertised,
            looks_first: Answer::No,
            ..Traits::UNKNOWN.authorization
        },
        ..Traits::UNKNOWN
    },
    ..CLOSED
};

pub(in crate::client) static CHATGPT: Client = Client {
    id: "chatgpt",
    name: "ChatGPT connectors",
    source: "https://developers.openai.com/apps-sdk/build/auth",
    traits: Traits {
        opening: Opening { reach: Reach::Vendor, ..Traits::UNKNOWN.opening },
        server: Server { choice: ServerChoice::Each, ..Traits::UNKNOWN.server },
        registration: Registering {
            given: Answer::Yes,
            documents: Documents::Own,
            redirect: Redirect::Hosted,
            port: RedirectPort::Registered,
            ..Traits::UNKNOWN.registration
        },
        authorization: Authorizing { resource: ResourceSent::Metadata, ..Traits::UNKNOWN.authorization },
        ..Traits::UNKNOWN
    },
    ..CLOSED
};

pub(in crate::client) static CURSOR: Client = Client {
    id: "cursor",
    name: "Cursor",
    source: "https://cursor.com/docs/mcp",
    traits: Traits {
        registration: Registering {
            given: Answer::Yes,
            documents: Documents::Unused,
            redirect: Redirect::Both,
            port: RedirectPort::Registered,
            ..Traits::UNKNOWN.registration
        },
        ..Traits::UNKNOWN
    },
    ..CLOSED
};

pub(in crate::client) static COPILOT_CLI: Client = Client {
    id: "copilot-cli",
    name: "Copilot CLI",
    grade: Grade::Reports,
    source: "https://github.com/github/copilot-cli",
    traits: Traits {
        resource: Resource { redirect: MetadataRedirect::Stops, ..Traits::UNKNOWN.resource },
        server: Server { issuer: IssuerRule::Exact, ..Traits::UNKNOWN.server },
        registration: Registering {
            documents: Documents::Own,
            redirect: Redirect::Loopback,
            port: RedirectPort::Random,
            ..Traits::UNKNOWN.registration
        },
        ..Traits::UNKNOWN
    },
    ..CLOSED
};

pub(in crate::client) static COPILOT_STUDIO: Client = Client {
    id: "copilot-studio",
    name: "Copilot Studio",
    source: "https://learn.microsoft.com/en-us/microsoft-copilot-studio/mcp-add-existing-server-to-agent",
    traits: Traits {
        opening: Opening { sse: SseFallback::Never, reach: Reach::Vendor, ..Traits::UNKNOWN.opening },
        registration: Registering { given: Answer::Yes, ..Traits::UNKNOWN.registration },
        ..Traits::UNKNOWN
    },
    ..CLOSED
};

pub(in crate::client) static JETBRAINS: Client = Client {
    id: "jetbrains",
    name: "JetBrains (Copilot plugin)",
    grade: Grade::Reports,
    source: "https://github.com/github/github-mcp-server",
    traits: Traits::UNKNOWN,
    ..CLOSED
};
