//! Whether the members of the client information fit each other.

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, Verdict, display};
use crate::specification::cite::{cimd, oauth21, rfc};
use crate::specification::{Level, Party, ProtocolVersion, Step};

pub(in crate::check) static GRANTS: Check = Check {
    id: "dcr-consistency",
    title: "Grant types and response types of the registered client fit each other",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(7591, "2.1"), oauth21!("2.1")],
    doc: Doc {
        checks: "If the client information has both lists, response_types contains code exactly if grant_types contains authorization_code.",
        matters: "A client that may ask for a code but not redeem it is stuck after the login, when the user has already consented.",
        fix: "Let the server keep the two lists together, or refuse a registration that does not.",
    },
    judge: grants,
};

fn grants(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, client) = evidence.client()?;
    let list = |name: &str| client.json.strings(name);
    let (Some(grants), Some(responses)) = (list("grant_types"), list("response_types")) else {
        return Err(Verdict::not_applicable("the client information does not have both lists"));
    };
    let (redeems, asks) = (grants.contains(&"authorization_code"), responses.contains(&"code"));
    if redeems == asks {
        return Ok(());
    }
    let (member, message) = if asks {
        ("grant_types", "The client may ask for a code, but not redeem it")
    } else {
        ("response_types", "The client may redeem a code, but not ask for one")
    };
    let found = display::shown(client.json.members.get(member));
    let finding = Finding::in_exchange(exchange, At::Member(display::pointer(member)), message);
    Err(finding.compare("authorization_code with code", found).fail())
}

pub(in crate::check) static IDENTIFIER: Check = Check {
    id: "dcr-client-id-form",
    title: "The identifier of a registered client does not look like a metadata URL",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    levels: Levels::since(ProtocolVersion::V2025_11_25, Level::May),
    cites: &[cimd!("01", "6.9")],
    doc: Doc {
        checks: "client_id in the client information does not begin with https://.",
        matters: "Such an identifier means a client-ID metadata document. A server that has both kinds could take one client for another.",
        fix: "Issue random identifiers, or prefix them with something else than a URL.",
    },
    judge: |evidence| {
        let (exchange, client) = evidence.client()?;
        let id = client.client_id().ok_or_else(|| Verdict::untestable("no client_id was issued"))?;
        if !id.starts_with("https://") {
            return Ok(());
        }
        let at = At::Member(display::pointer("client_id"));
        let finding = Finding::in_exchange(exchange, at, format!("The client_id {id} is a URL"));
        Err(finding.compare("no https://", display::shorten(id)).fail())
    },
};
