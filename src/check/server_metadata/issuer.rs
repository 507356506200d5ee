//! Whether the metadata belongs to the issuer it was asked for.

use crate::check::cite::{mcp, rfc};
use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, look};
use crate::document::identifier::{Identifier, differ_by_slash};
use crate::specification::{Level, Party, ProtocolVersion, Step};

fn at() -> At {
    At::Member(look::pointer("issuer"))
}

pub(in crate::check) static MATCHES: Check = Check {
    id: "as-issuer-matches",
    title: "The metadata's issuer is the one the metadata was asked for",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[
        rfc!(8414, "3.3"),
        mcp!(
            "2026-07-28",
            "basic/authorization/authorization-server-discovery",
            "Authorization Server Metadata Discovery",
            "authorization-server-metadata-discovery"
        ),
    ],
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
    levels: Levels::all(Level::Should).then(ProtocolVersion::V2026_07_28, Level::Must),
    cites: &[
        rfc!(8414, "3.3"),
        mcp!(
            "2026-07-28",
            "basic/authorization/authorization-server-discovery",
            "Authorization Server Metadata Discovery",
            "authorization-server-metadata-discovery"
        ),
    ],
    doc: Doc {
        checks: "The issuer in the metadata and the string in authorization_servers do not differ by one slash at the end.",
        matters: "Both spellings lead to the same document, so it seems to work; clients that compare code points, as 2026-07-28 demands, stop here.",
        fix: "Copy the issuer exactly as the authorization server publishes it – Auth0's ends with a slash – into the gateway's list of authorization servers.",
    },
    judge: |evidence| {
        let (exchange, metadata) = evidence.server_metadata()?;
        let expected = evidence.listed_issuer().ok_or_else(|| {
            Verdict::not_applicable("no other document names the issuer, and both spellings lead to this one")
        })?;
        let issuer = metadata.issuer().ok_or_else(|| Verdict::untestable("the metadata names no issuer"))?;
        if !differ_by_slash(issuer, &expected) {
            return Ok(());
        }
        let message = "The issuer differs by the slash at the end from what the gateway publishes";
        Err(Finding::in_exchange(exchange, at(), message).compare(issuer, expected).fail())
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
        checks: "issuer is an absolute https URL without query, fragment and placeholders. http is excused on loopback.",
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
            Some(_) if look::is_exposed(issuer) => "is plain http",
            Some(_) => return Ok(()),
        };
        let message = format!("The issuer {issuer:?} {wrong}");
        Err(Finding::in_exchange(exchange, at(), message).compare("an https URL", issuer).fail())
    },
};
