//! The scopes of the resource, and what the authorization server says of it in turn.

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display};
use crate::document::identifier::{Relation, relation};
use crate::specification::cite::{mcp, mcp_guide, rfc};
use crate::specification::{Level, Party, ProtocolVersion, Step};

/// Scopes that ask for everything at once.
const SWEEPING: [&str; 8] = ["*", "all", "admin", "full", "full_access", "full-access", "root", "superuser"];

pub(in crate::check) static MINIMAL: Check = Check {
    id: "prm-scopes-minimal",
    title: "The resource asks for scopes of its functions, not for everything",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_11_25, Level::May),
    cites: &[
        mcp!(
            ["2025-11-25", "2026-07-28"],
            "basic/authorization",
            "Scope Selection Strategy",
            "scope-selection-strategy"
        ),
        mcp_guide!(
            ["2025-11-25", "2026-07-28"],
            "security_best_practices",
            "Scope Minimization",
            "scope-minimization"
        ),
    ],
    doc: Doc {
        checks: "scopes_supported has no wildcard and none of the words for everything: *, all, admin, full, root.",
        matters: "Clients ask for all of scopes_supported when the challenge names none. A token that may do everything is worth stealing, and a consent page that asks for everything is refused.",
        fix: "List the few scopes a first session needs, and ask for more by a 403 with insufficient_scope when they are needed.",
    },
    judge: |evidence| {
        const MEMBER: &str = "scopes_supported";
        let (exchange, metadata) = evidence.resource_metadata()?;
        let scopes = metadata.scopes_supported();
        let scopes = scopes.ok_or_else(|| Verdict::not_applicable("the document lists no scopes"))?;
        let sweeping = |scope: &&&str| {
            scope.ends_with('*') || SWEEPING.iter().any(|word| scope.eq_ignore_ascii_case(word))
        };
        let Some(scope) = scopes.iter().find(sweeping) else { return Ok(()) };
        let message = format!("The resource lists the scope {scope:?}, which stands for everything");
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(MEMBER)), message);
        Err(finding.compare("scopes of single functions", display::shorten(scope)).fail())
    },
};

pub(in crate::check) static CROSS_CHECK: Check = Check {
    id: "prm-as-cross-check",
    title: "A server that lists its protected resources lists this one",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Should),
    cites: &[rfc!(9728, "4"), rfc!(9728, "7.6")],
    doc: Doc {
        checks: "If the server metadata has protected_resources, the resource of the resource metadata is in it.",
        matters: "The list lets clients see that server and resource know of each other. A client that reads it refuses a resource that is not there.",
        fix: "Add the resource's identifier to the authorization server's list, written as in the resource metadata, or do not publish the list.",
    },
    judge: cross_check,
};

fn cross_check(evidence: &Evidence<'_>) -> Judgement {
    const MEMBER: &str = "protected_resources";
    let (exchange, metadata) = evidence.server_metadata()?;
    let Some(listed) = metadata.json.strings(MEMBER) else {
        return Err(Verdict::not_applicable("the authorization server does not list its resources"));
    };
    let (_, document) = evidence.resource_metadata()?;
    let resource = document.resource().ok_or_else(|| Verdict::untestable("the resource has no name"))?;
    if listed.iter().any(|known| relation(known, resource) != Relation::Other) {
        return Ok(());
    }
    let message = format!("The authorization server does not list the resource {resource}");
    let finding = Finding::in_exchange(exchange, At::Member(display::pointer(MEMBER)), message);
    Err(finding.compare(resource, display::shorten(&listed.join(", "))).fail())
}

pub(in crate::check) static NO_QUERY: Check = Check {
    id: "prm-resource-no-query",
    title: "The resource identifier has no query",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Should),
    cites: &[rfc!(9728, "1.2")],
    doc: Doc {
        checks: "The member resource contains no question mark.",
        matters: "The well-known URL, the resource parameter and the audience all repeat the identifier. A query is lost or reordered on one of these ways.",
        fix: "Tell resources apart by path, and name the path without a query.",
    },
    judge: |evidence| {
        let (exchange, metadata) = evidence.resource_metadata()?;
        let resource =
            metadata.resource().ok_or_else(|| Verdict::untestable("the document names no resource"))?;
        if !resource.contains('?') {
            return Ok(());
        }
        let message = format!("The resource {resource} has a query");
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer("resource")), message);
        Err(finding.compare("a URL without a query", display::shorten(resource)).fail())
    },
};
