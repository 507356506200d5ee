//! Whether the metadata belongs to the issuer it was asked for.

use serde_json::Value;

use crate::check::published_url::UnfitUrl;
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display, published_url};
use crate::document::identifier::{Identifier, differ_by_slash};
use crate::specification::cite::{SERVER_METADATA_DISCOVERY, rfc};
use crate::specification::{Level, Party, ProtocolVersion, Step};

/// The member of the resource metadata that lists issuers.
const LIST: &str = "authorization_servers";

/// Clients of today that stop where the list lacks the slash of the issuer, and where it has one too many: read in their
/// sources in 2026.
const STOP_WITHOUT_SLASH: &str =
    "the MCP SDKs for TypeScript (since 2.0), Python and C#, the MCP Inspector and mcp-remote";
const STOP_WITH_SLASH: &str = "the MCP SDKs for Python and C#";

fn at() -> At {
    At::Member(display::pointer("issuer"))
}

pub(in crate::check) static MATCHES: Check = Check {
    id: "as-issuer-matches",
    title: "The metadata's issuer is the one the metadata was asked for",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(8414, "3.3"), SERVER_METADATA_DISCOVERY],
    doc: Doc {
        checks: "The issuer member of the authorization server's metadata is compared with the identifier it was asked for: the string in authorization_servers, the one the user chose, or, where nothing names one, the origin of the target. A difference of one slash at the end is left to as-issuer-slash.",
        matters: "A client must not use metadata whose issuer differs: it could be another tenant's.",
        fix: "Copy the issuer from the authorization server's metadata into the gateway's list of authorization servers. If the server sits behind a custom domain or proxy, configure its public issuer there.",
    },
    judge: matches,
};

fn matches(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, metadata) = evidence.server_metadata()?;
    let expected = evidence.issuer();
    let fail = |message: &str, found: &str| {
        Err(Finding::in_exchange(exchange, at(), message).compare(expected.as_str(), found).fail())
    };
    match metadata.issuer() {
        None => fail("The metadata names no issuer", "no issuer"),
        Some(issuer) if issuer == expected || differ_by_slash(issuer, &expected) => Ok(()),
        Some(issuer) => fail("The issuer is not the one the metadata was asked for", issuer),
    }
}

pub(in crate::check) static SLASH: Check = Check {
    id: "as-issuer-slash",
    title: "The issuer is written with the same slash at the end in both documents",
    step: Step::ServerMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Must),
    cites: &[rfc!(8414, "3.3"), SERVER_METADATA_DISCOVERY],
    doc: Doc {
        checks: "The issuer in the metadata and the string in authorization_servers do not differ by one slash at the end.",
        matters: "Both spellings lead to the same document, so it seems to work, and clients of the time before 2026-07-28 go on. Those that compare code points, as RFC 8414 demands – the MCP Inspector among them –, stop here.",
        fix: "Copy the issuer exactly as the authorization server publishes it – Auth0's ends with a slash – into the gateway's list of authorization servers. Libraries that keep it as a URL add a slash to a bare origin, FastMCP and the MCP SDK for Python among them: publish a plain string there, or give the issuer the slash as well.",
    },
    judge: |evidence| {
        let (_, metadata) = evidence.server_metadata()?;
        let listed = evidence.listed_issuer().ok_or_else(|| {
            Verdict::not_applicable("no other document names the issuer, and both spellings lead to this one")
        })?;
        let issuer = metadata.issuer().ok_or_else(|| Verdict::untestable("the metadata names no issuer"))?;
        if !differ_by_slash(issuer, &listed) {
            return Ok(());
        }
        // What has to be changed is the gateway's list.
        let (exchange, document) = evidence.resource_metadata()?;
        let servers = document.json.members.get(LIST).and_then(Value::as_array);
        let index = servers.and_then(|servers| servers.iter().position(|server| *server == listed.as_str()));
        let at = At::Member(format!("/{LIST}/{}", index.unwrap_or_default()));
        let clients = if issuer.ends_with('/') { STOP_WITHOUT_SLASH } else { STOP_WITH_SLASH };
        let message = format!(
            "The gateway lists the issuer with another ending than the authorization server gives it: {clients} stop here"
        );
        Err(Finding::in_exchange(exchange, at, message).compare(issuer, listed).fail())
    },
};

pub(in crate::check) static FORM: Check = Check {
    id: "as-issuer-form",
    title: "The issuer is an https URL without query and fragment",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(8414, "2")],
    doc: Doc {
        checks: "issuer is an absolute https URL without query, fragment and placeholders. Loopback and http to it are excused where the target is on loopback itself.",
        matters: "Clients compare the issuer as a string and build URLs from it. A template such as {tenantid} never equals a real issuer.",
        fix: "Configure the public issuer at the authorization server. With Entra ID use the metadata of your tenant, not that of common.",
    },
    judge: |evidence| {
        let (exchange, metadata) = evidence.server_metadata()?;
        let issuer = metadata.issuer().ok_or_else(|| Verdict::untestable("the metadata names no issuer"))?;
        let wrong = match Identifier::parse(issuer) {
            _ if issuer.contains(['{', '}']) => "holds a placeholder",
            None => "is not an absolute http(s) URL",
            Some(url) if !url.query.is_empty() => "has a query",
            Some(_) if issuer.contains('#') => "has a fragment",
            Some(_) => match published_url::unfit_of_another_party(issuer, evidence.target()) {
                Some(UnfitUrl::Cleartext) => "is plain http",
                Some(unfit) => unfit.defect(),
                None => return Ok(()),
            },
        };
        let message = format!("The issuer {issuer:?} {wrong}");
        Err(Finding::in_exchange(exchange, at(), message).compare("an https URL", issuer).fail())
    },
};
