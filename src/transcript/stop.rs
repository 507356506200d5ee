//! Which of the causes found is why a walk stopped where it did, so that the line of the stop and the diagnosis agree.

use super::{DiagnosisEntry, Ending};
use crate::check::{Judged, Verdict};
use crate::flow::{Outcome, RefusalKind};
use crate::specification::Step;

/// Causes that stop a walk wherever they occur.
const ANYWHERE: &[&str] = &["rate-limited", "firewall-page"];

/// What stops a walk in a step, the most particular first. A step that is not here is stopped by the causes of its findings.
const OF_STEP: &[(Step, &[&str])] = &[
    (
        Step::Registration,
        &[
            "endpoint-internal-address",
            "registration-disabled",
            "registration-closed",
            "loopback-redirect-refused",
            "registration-failing",
            "registration-refused",
        ],
    ),
    (
        Step::Authorization,
        &[
            "endpoint-internal-address",
            "endpoint-parameters",
            "connection-not-enabled",
            "resource-unknown",
            "third-party-access-denied",
            "redirect-unregistered",
            "registered-redirect-refused",
            "client-metadata-refused",
            "client-unknown",
            "scope-unknown",
            "consent-denied",
            "callback-parameters-missing",
            "callback-altered",
            "callback-issuer-wrong",
        ],
    ),
    (
        Step::Token,
        &[
            "endpoint-internal-address",
            "endpoint-parameters",
            "resource-unknown",
            "scope-unknown",
            "token-endpoint-not-found",
            "token-endpoint-failing",
            "token-form-not-read",
            "client-authentication-refused",
            "assertion-unfit",
            "code-lost",
            "token-response-malformed",
            "token-request-refused",
        ],
    ),
];

/// Findings without which a session would have opened: no other finding of a token or a session stops a walk there.
const OF_SESSION: &[&str] = &[
    "rs-valid-token-accepted",
    "mcp-initialize",
    "mcp-discover",
    "mcp-initialized-202",
    "rs-insufficient-scope-403",
    "rs-403-challenge",
];

/// Puts the diagnosis of why a walk stopped before the others, and tells whether there is one.
pub fn cause_of_stop_first(diagnoses: &mut [DiagnosisEntry], judged: &[Judged], ending: &Ending) -> bool {
    let cause = match ending {
        Ending::Finished(Outcome::Stuck { awaiting, .. }) => of_stop(diagnoses, judged, *awaiting),
        Ending::Refused(refusal) => of_refusal(diagnoses, judged, refusal.kind),
        Ending::Finished(Outcome::Reached(_)) | Ending::Interrupted(_) => None,
    };
    let id = cause.map(|cause| cause.id.clone());
    match id.and_then(|id| diagnoses.iter().position(|diagnosis| diagnosis.id == id)) {
        Some(at) => {
            diagnoses.get_mut(..=at).into_iter().for_each(|head| head.rotate_right(1));
            true
        }
        None => false,
    }
}

/// The diagnosis of what a conforming client refuses.
fn of_refusal<'d>(
    diagnoses: &'d [DiagnosisEntry],
    judged: &[Judged],
    refusal: RefusalKind,
) -> Option<&'d DiagnosisEntry> {
    let finding = judged.iter().find(|judged| judged.check.id == refusal.check())?;
    let cause = finding.cause?;
    diagnoses.iter().find(|diagnosis| diagnosis.id == cause)
}

/// The diagnosis of why a walk stopped in a step.
fn of_stop<'d>(
    diagnoses: &'d [DiagnosisEntry],
    judged: &[Judged],
    stopped: Step,
) -> Option<&'d DiagnosisEntry> {
    let found = |id: &str| diagnoses.iter().find(|diagnosis| diagnosis.id == id);
    let listed = OF_STEP.iter().find(|(step, _)| *step == stopped).map_or(&[][..], |(_, causes)| *causes);
    if let Some(cause) = ANYWHERE.iter().chain(listed).find_map(|id| found(id)) {
        return Some(cause);
    }
    let of_step = |wanted: Step, counts: &dyn Fn(&Judged) -> bool| {
        let mut there = judged.iter().filter(|judged| judged.check.step == wanted && counts(judged));
        there.find_map(|judged| found(judged.cause?))
    };
    let cause = match stopped {
        Step::Session => of_step(stopped, &|judged| OF_SESSION.contains(&judged.check.id)),
        Step::Token => None,
        // The server refuses a resource that is published and is not the target.
        Step::Authorization if refuses_resource(judged) && found("resource-mismatch").is_some() => {
            found("resource-mismatch")
        }
        // What the step before leaves out is what the next one needs.
        _ => of_step(stopped, &|_| true)
            .or_else(|| stopped.previous().and_then(|previous| of_step(previous, &|_| true))),
    };
    cause.or_else(|| diagnoses.iter().find(|diagnosis| diagnosis.explains.is_empty()))
}

/// Whether the authorization server refused the resource, perhaps rightly.
fn refuses_resource(judged: &[Judged]) -> bool {
    judged.iter().any(|judged| {
        judged.check.id == "as-accepts-resource" && matches!(judged.verdict, Verdict::Inconclusive(_))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;
    use crate::diagnosis::CAUSES;
    use crate::specification::{Level, Party};
    use crate::transcript::PeerText;

    fn diagnosis(id: &'static str, explains: &[&'static str]) -> DiagnosisEntry {
        DiagnosisEntry {
            id: id.into(),
            party: Party::Gateway,
            or: None,
            cause: PeerText::default(),
            remedy: PeerText::default(),
            explains: explains.iter().map(|id| PeerText::from(*id)).collect(),
            product: None,
            url: None,
            caveat: None,
        }
    }

    fn judged(id: &str, verdict: Verdict, cause: Option<&'static str>) -> Judged {
        let check = check::find(id).unwrap();
        let probes = std::collections::BTreeSet::new();
        Judged {
            check,
            protocol_version: crate::specification::ProtocolVersion::DEFAULT,
            level: Level::Should,
            verdict,
            round: 1,
            probes,
            party: check.party,
            cause,
        }
    }

    #[test]
    fn a_stop_is_explained_by_its_step_or_the_one_before() {
        let both = [diagnosis("slash", &["as-issuer-slash"]), diagnosis("login", &[])];
        let judged = [
            judged("as-issuer-slash", Verdict::Pass, Some("slash")),
            judged("dcr-open", Verdict::Pass, None),
        ];
        let of = |stopped| of_stop(&both, &judged, stopped).map(|entry| entry.id.as_str());
        assert_eq!(of(Step::ServerMetadata), Some("slash"));
        assert_eq!(of(Step::Registration), Some("slash"), "it needs the metadata");
        // A warning about the metadata is no reason why a login fails.
        assert_eq!(of(Step::Authorization), Some("login"));
        assert_eq!(of_stop(&both[..1], &judged, Step::Authorization), None);
    }

    #[test]
    fn what_stops_a_step_itself_comes_before_a_finding_of_the_step_before() {
        let both = [diagnosis("issuer-slash", &["as-issuer-slash"]), diagnosis("registration-disabled", &[])];
        let judged = [judged("as-issuer-slash", Verdict::Pass, Some("issuer-slash"))];
        let stop = of_stop(&both, &judged, Step::Registration).map(|entry| entry.id.as_str());
        assert_eq!(stop, Some("registration-disabled"));
    }

    #[test]
    fn a_session_that_does_not_open_is_not_laid_to_an_odd_token_that_was_accepted() {
        let one = [diagnosis("token-issuer-mismatch", &["jwt-iss"])];
        let odd = [judged("jwt-iss", Verdict::Pass, Some("token-issuer-mismatch"))];
        assert_eq!(of_stop(&one, &odd, Step::Session), None);
        let refused = [judged("rs-valid-token-accepted", Verdict::Pass, Some("token-issuer-mismatch"))];
        assert!(of_stop(&one, &refused, Step::Session).is_some());
    }

    #[test]
    fn a_refused_resource_that_is_not_the_target_is_laid_to_who_published_it() {
        let one = [diagnosis("resource-mismatch", &["prm-resource-exact"])];
        let refused = [judged("as-accepts-resource", Verdict::inconclusive("it may be right"), None)];
        let stop = of_stop(&one, &refused, Step::Authorization).map(|entry| entry.id.as_str());
        assert_eq!(stop, Some("resource-mismatch"));
    }

    #[test]
    fn only_causes_that_exist_stop_a_walk() {
        let listed = OF_STEP.iter().flat_map(|(_, causes)| *causes).chain(ANYWHERE);
        for id in listed {
            assert!(CAUSES.iter().any(|cause| cause.id == *id), "{id}");
        }
        for id in OF_SESSION {
            assert!(check::find(id).is_some(), "{id}");
        }
    }
}
