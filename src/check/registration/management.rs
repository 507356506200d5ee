//! Who may read a registration, and how it ends.

use crate::check::refusal::{all, defence, otherwise};
use crate::check::{Check, Doc, Evidence, Judgement, Levels, Verdict, response};
use crate::exchange::{ProbeId, Purpose};
use crate::specification::cite::rfc;
use crate::specification::{Level, Party, Step};

fn refused(evidence: &Evidence<'_>, id: ProbeId, what: &str) -> Judgement {
    let (exchange, response) = evidence.controlled(id)?;
    if response.is_success() {
        let message = format!("The registration of our client can be read {what}");
        return Err(response::unexpected_status(exchange, response, "401", message));
    }
    if matches!(response.status, 401 | 403) { Ok(()) } else { Err(otherwise(response, "401")) }
}

pub(in crate::check) static PROTECTED: Check = Check {
    id: "dcr-management-protected",
    title: "A registration cannot be read without its token",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(7592, "2.1"), rfc!(7592, "2")],
    doc: Doc {
        checks: "The management URL of the client gatewalk registered is asked without a token and with a wrong one. Both are refused with 401 or 403.",
        matters: "Whoever can read a registration can often change it too: other redirect URIs, and the codes go elsewhere.",
        fix: "Demand the registration access token for every request to the management URL.",
    },
    judge: |evidence| {
        let asked = [
            (ProbeId::ManagementWithoutToken, "without a token"),
            (ProbeId::ManagementWrongToken, "with a wrong token"),
        ];
        all(asked.map(|(id, what)| refused(evidence, id, what)))
    },
};

pub(in crate::check) static DELETED: Check = Check {
    id: "dcr-deleted-204",
    title: "A client that is deleted is confirmed with status 204",
    step: Step::Registration,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(7592, "2.3")],
    doc: Doc {
        checks: "The clean-up deletes the client of this run at its management URL, with its registration access token. The response is 204; 403 and 405 say that deleting is not offered, which is legal.",
        matters: "Test clients and removed installations pile up where deleting fails, or nobody can tell whether it worked.",
        fix: "Respond to a successful DELETE with 204 and no body.",
    },
    judge: deleted,
};

fn deleted(evidence: &Evidence<'_>) -> Judgement {
    let (_, client) = evidence.client()?;
    if client.management().is_none() {
        return Err(Verdict::not_applicable("the server offers no management of clients"));
    }
    if evidence.scenario.client.keep {
        return Err(Verdict::not_applicable("the client is kept for later runs"));
    }
    let (exchange, response) = evidence
        .last(|purpose| purpose == Purpose::CleanUp, "the client was not deleted yet: that is done last")?;
    match response.status {
        204 => Ok(()),
        403 | 405 => Err(Verdict::not_applicable("the server does not let clients delete themselves")),
        // The client is gone, or its token is: a server may end a registration at any time.
        401 => Err(Verdict::inconclusive("the server does not know the client any more")),
        status => {
            if let Some(open) = defence(response) {
                return Err(open);
            }
            let message = format!("The deletion of the client gets {status}");
            Err(response::unexpected_status(exchange, response, "204", message))
        }
    }
}
