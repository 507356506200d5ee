//! Every cause recognises itself where it is shown, first of all; the honest sandbox has none; the guide's steps are named.

#![expect(clippy::unwrap_used, reason = "tests, where a panic is the report")]

#[path = "support/side_by_side.rs"]
mod side_by_side;
mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use gatewalk::check::{self, Evidence};
use gatewalk::diagnosis::{CAUSES, Diagnosis, diagnose};
use gatewalk::sandbox::{Fault, PUBLIC_CLIENT_ID, Plan, Preset, Sandbox};
use gatewalk::scenario::{Credential, Policy, ProbeMode, Registration, SessionAction};
use gatewalk::specification::{ProtocolVersion, Step};
use gatewalk::transcript::{PeerText, StepState, Transcript};
use serde_json::Value;
use side_by_side::side_by_side;
use support::scenario;
use tokio::task::JoinSet;

/// Causes that no fault of the sandbox shows, and why: `src/diagnosis/tests.rs` shows them.
#[rustfmt::skip]
const WITHOUT_FAULT: &[&str] = &[
    "published-address-private", // the sandbox is on loopback, where private addresses are fetched
    "unreachable", // the sandbox is there
    "redirect-unregistered", "client-unknown", "client-metadata-refused", // of a client that was brought along
    "consent-denied", // what its user filled in
    "protocol-version-newer", // each version has a sandbox that speaks it
    "assertion-unfit", // the sandbox has no identity provider
];

/// The steps of the set-up guide for Zuplo and Auth0: the file that leaves one out, the cause that names it, a word of the
/// product that the remedy has.
const GUIDE: [(&str, &str, &str); 12] = [
    ("api-missing", "resource-unknown", "Create API"),
    ("api-identifier-other", "audience-mismatch", "Identifier"),
    ("signing-algorithm-hs256", "signing-algorithm", "Signing Algorithm: RS256"),
    ("registration-off", "registration-disabled", "OIDC Dynamic Application Registration"),
    ("registration-forbidden", "registration-closed", "OIDC Dynamic Application Registration"),
    ("connections-off", "connection-not-enabled", "Enable Application Connections"),
    ("default-audience-missing", "resource-ignored", "Default Audience"),
    ("policy-missing", "policy-missing", "Auth0JwtInboundPolicy"),
    ("metadata-option-off", "resource-metadata-parameter-missing", "oAuthResourceMetadataEnabled"),
    ("plugin-missing", "resource-metadata-missing", "OAuthProtectedResourcePlugin"),
    ("issuer-slash-missing", "issuer-slash", "authorizationServers"),
    ("route-wrong", "route-not-found", "MCP Server handler"),
];

/// The diagnoses of a walk against the sandbox.
async fn diagnosed(
    protocol_version: ProtocolVersion,
    faults: &[Fault],
    preset: Option<Preset>,
    known: bool,
    extent: ProbeMode,
) -> Vec<Diagnosis> {
    let sandbox = Sandbox::start(Plan { preset, ..Plan::with_faults(protocol_version, faults.to_vec()) })
        .await
        .unwrap();
    let mut scenario = scenario(protocol_version, sandbox.target());
    if known {
        let client_id = PUBLIC_CLIENT_ID.to_owned();
        scenario.client.registration =
            Registration::Preregistered { client_id, credential: Credential::None };
    }
    if faults.iter().any(|fault| matches!(fault, Fault::Slow | Fault::ResponseBuffered)) {
        scenario.limits.timeout = Duration::from_millis(1500);
    }
    scenario.probes.extent = extent;
    scenario.then.extend(faults.iter().filter_map(|fault| fault.called_tool()).map(SessionAction::call));
    let record = support::walk(scenario, true).await.unwrap();
    let evidence = Evidence::new(&record.scenario, &record.history);
    diagnose(&evidence, &check::judge(&evidence))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_honest_sandbox_has_no_diagnosis() {
    let mut walks = JoinSet::new();
    for protocol_version in ProtocolVersion::ALL {
        for preset in [None, Some(Preset::ZuploAuth0), Some(Preset::AwsAuth0)] {
            for known in [false, true] {
                walks.spawn(async move {
                    (
                        protocol_version,
                        preset,
                        known,
                        diagnosed(protocol_version, &[], preset, known, ProbeMode::Full).await,
                    )
                });
            }
        }
    }
    while let Some(walked) = walks.join_next().await {
        let (protocol_version, preset, known, found) = walked.unwrap();
        assert!(found.is_empty(), "{protocol_version} {preset:?} {known}: {found:#?}");
    }
}

/// The causes a fault is shown to, each alone; none for the many whose finding says all there is to say.
fn shown(fault: Fault) -> Vec<&'static str> {
    let causes = CAUSES.iter().filter(|cause| cause.shown_by.contains(&fault.id()));
    causes.map(|cause| cause.id).collect()
}

/// Only probes see what concerns browsers alone.
fn takes_probes(cause: &str) -> bool {
    cause.starts_with("browser-")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_has_the_one_cause_it_shows_or_none_with_and_without_probes() {
    let mut walks = Vec::new();
    for &fault in Fault::ALL {
        // Where all probes find nothing to explain, fewer do not either.
        let extents: &[_] =
            if shown(fault).is_empty() { &[ProbeMode::Full] } else { &[ProbeMode::Full, ProbeMode::Off] };
        for &extent in extents {
            walks.push(async move {
                let preset = Some(Preset::ZuploAuth0);
                (fault, extent, diagnosed(fault.protocol_version(), &[fault], preset, false, extent).await)
            });
        }
    }
    let mut wrong = Vec::new();
    for (fault, extent, found) in side_by_side(walks).await {
        let mut expected = shown(fault);
        expected.retain(|cause| extent == ProbeMode::Full || !takes_probes(cause));
        if found.iter().map(|found| found.kind.id).collect::<Vec<_>>() != expected {
            let all: Vec<_> = found.iter().map(|found| (found.kind.id, &found.cause)).collect();
            wrong.push(format!("{fault}, probes {extent:?}: should be {expected:?}, is {all:#?}"));
        }
        let explained: BTreeSet<_> = found.iter().flat_map(|found| &found.explains).copied().collect();
        let left: Vec<_> = fault.fails().iter().filter(|id| !explained.contains(*id)).collect();
        if extent == ProbeMode::Full && !expected.is_empty() && !left.is_empty() {
            wrong.push(format!("{fault}: {expected:?} leaves {left:?} unexplained"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a walk with a fault says, as `check` says it.
async fn transcript_of(fault: Fault) -> Transcript {
    let protocol_version = fault.protocol_version();
    let sandbox = Sandbox::start(Plan::with_faults(protocol_version, vec![fault])).await.unwrap();
    let mut scenario = scenario(protocol_version, sandbox.target());
    scenario.limits.timeout = Duration::from_millis(1500);
    scenario.then.extend(fault.called_tool().map(SessionAction::call));
    let record = support::walk(scenario, false).await.unwrap();
    Transcript::new(&record, &Policy::default())
}

/// Whether something is there in a run.
type IsThere = fn(&Transcript) -> bool;

/// What is there already: no remedy may ask for it.
const NOT_THERE: &[(&str, IsThere)] = &[
    ("challenge-missing", |run| challenges(run).any(|value| value.starts_with("Bearer "))),
    ("resource-metadata-parameter-missing", |run| {
        challenges(run).any(|value| value.contains("resource_metadata=\"http"))
    }),
    ("resource-metadata-missing", |run| publishes(run, Step::ResourceMetadata, "/resource")),
    ("authorization-servers-unlisted", |run| {
        publishes(run, Step::ResourceMetadata, "/authorization_servers/0")
    }),
    ("server-metadata-missing", |run| publishes(run, Step::ServerMetadata, "/issuer")),
    ("issuer-missing", |run| publishes(run, Step::ServerMetadata, "/issuer")),
    ("pkce-not-advertised", |run| {
        let methods = |json: Value| json.pointer("/code_challenge_methods_supported")?.as_array().cloned();
        documents(run, Step::ServerMetadata)
            .filter_map(methods)
            .any(|methods| methods.contains(&"S256".into()))
    }),
    ("registration-disabled", |run| {
        let registered = run.exchanges.iter().filter(|exchange| exchange.step == Step::Registration);
        let mut responses = registered.filter_map(|exchange| exchange.response.as_ref());
        publishes(run, Step::ServerMetadata, "/registration_endpoint")
            && !responses.any(|response| response.status == 404)
    }),
];

/// Whether a document of a step has that text.
fn publishes(run: &Transcript, step: Step, pointer: &str) -> bool {
    documents(run, step).any(|json| json.pointer(pointer).is_some_and(Value::is_string))
}

/// The challenges of the first response.
fn challenges(run: &Transcript) -> impl Iterator<Item = &PeerText> {
    let headers = run
        .exchanges
        .first()
        .and_then(|exchange| exchange.response.as_ref())
        .map(|response| &response.headers);
    headers.into_iter().flatten().filter(|(name, _)| *name == "www-authenticate").map(|(_, value)| value)
}

/// The JSON objects that came with 200 in a step.
fn documents(run: &Transcript, step: Step) -> impl Iterator<Item = Value> {
    let of_step = run.exchanges.iter().filter(move |exchange| exchange.step == step);
    let good =
        of_step.filter_map(|exchange| exchange.response.as_ref()).filter(|response| response.status == 200);
    good.filter_map(|response| serde_json::from_str(&response.body).ok()).filter(Value::is_object)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stop_the_diagnoses_and_the_findings_agree_for_every_fault() {
    let walks = Fault::ALL.iter().map(|fault| async move { (*fault, transcript_of(*fault).await) });
    let (mut wrong, mut stopped, mut looked) = (Vec::new(), 0, BTreeSet::new());
    for (fault, run) in side_by_side(walks).await {
        let diagnosed: Vec<_> = run.diagnoses.iter().map(|entry| entry.id.as_str()).collect();
        if let Some(step) = run.steps.iter().find(|step| step.state == StepState::Stopped)
            && let Some(first) = run.diagnoses.first()
        {
            stopped += 1;
            if step.cause.as_ref() != Some(&first.id) || step.remedy.as_ref() != Some(&first.remedy) {
                wrong.push(format!(
                    "{fault} stops for {:?} ({:?}), first of {diagnosed:?}",
                    step.cause, step.because
                ));
            }
        }
        for entry in run.findings() {
            let by: Vec<_> =
                run.diagnoses.iter().filter(|cause| cause.explains.contains(&entry.check)).collect();
            if by.len() > 1 || by.first().map(|cause| &cause.id) != entry.cause.as_ref() {
                wrong.push(format!(
                    "{fault}: {} is explained by {by:?}, not by {:?} alone",
                    entry.check, entry.cause
                ));
            }
        }
        for refusal in run.refusals.iter().filter(|refusal| !refusal.overruled) {
            let finding = run.findings().into_iter().find(|entry| entry.check == refusal.check);
            if finding
                .is_some_and(|entry| entry.cause.as_ref() != run.diagnoses.first().map(|entry| &entry.id))
            {
                wrong.push(format!(
                    "{fault}: the refusal {} is not of the first of {diagnosed:?}",
                    refusal.check
                ));
            }
        }
        for (cause, is_there) in NOT_THERE.iter().filter(|(cause, _)| diagnosed.contains(cause)) {
            looked.insert(*cause);
            if is_there(&run) {
                wrong.push(format!("{fault}: {cause} asks for what is there"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(stopped > 40, "{stopped} walks stop with a diagnosis");
    assert_eq!(looked.len(), NOT_THERE.len(), "{looked:?}");
}

#[test]
fn every_cause_is_shown_and_explains_checks_that_exist() {
    let ids: BTreeSet<_> = CAUSES.iter().map(|cause| cause.id).collect();
    assert_eq!(ids.len(), CAUSES.len());
    for cause in CAUSES {
        assert_eq!(cause.shown_by.is_empty(), WITHOUT_FAULT.contains(&cause.id), "{}", cause.id);
        assert!(!cause.explains.is_empty(), "{}", cause.id);
        for id in cause.explains {
            assert!(check::find(id).is_some(), "{} explains {id}, which is no check", cause.id);
        }
        assert!(cause.advice.last().is_some_and(|advice| advice.product.is_none()), "{}", cause.id);
    }
}

/// How much of what faults break is explained; the rest stays visible as findings.
#[tokio::test(flavor = "multi_thread")]
async fn diagnoses_explain_only_what_failed() {
    let faults = [Fault::IssuerMismatch, Fault::AudienceMismatch, Fault::TokenCacheable];
    let plan = Plan::with_faults(ProtocolVersion::DEFAULT, faults.to_vec());
    let sandbox = Sandbox::start(plan).await.unwrap();
    let record = support::walk(scenario(ProtocolVersion::DEFAULT, sandbox.target()), true).await.unwrap();
    let evidence = Evidence::new(&record.scenario, &record.history);
    let judged = check::judge(&evidence);
    let failed: BTreeSet<_> = judged.iter().filter(|j| j.finding().is_some()).map(|j| j.check.id).collect();
    let found = diagnose(&evidence, &judged);
    let explained: BTreeSet<_> = found.iter().flat_map(|found| found.explains.iter().copied()).collect();
    assert!(explained.is_subset(&failed), "{explained:?} {failed:?}");
    assert!(
        failed.contains("token-no-store") && !explained.contains("token-no-store"),
        "it has no deeper cause"
    );
    let causes: Vec<_> = found.iter().map(|found| found.kind.id).collect();
    assert_eq!(causes, ["issuer-mismatch", "audience-mismatch"]);
}

#[test]
fn each_step_left_out_of_the_guide_is_named() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/sandbox");
    let files: BTreeSet<_> = std::fs::read_dir(&root).unwrap().map(|file| file.unwrap().path()).collect();
    let named: BTreeSet<_> = GUIDE.iter().map(|(name, ..)| root.join(format!("{name}.toml"))).collect();
    assert_eq!(files, named, "each file has its diagnosis, and the other way round");
    let run = |name: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gatewalk"));
        command.args(["check", "--quiet", "--report", "json=-"]).arg(root.join(format!("{name}.toml")));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap()
    };
    let running: Vec<_> = GUIDE.iter().map(|row| (row, run(row.0))).collect();
    for ((name, cause, word), child) in running {
        let output = child.wait_with_output().unwrap();
        let transcript: Value = serde_json::from_slice(&output.stdout).unwrap();
        let first = &transcript["diagnoses"][0];
        assert_eq!(first["id"], *cause, "{name}: {:#}", transcript["diagnoses"]);
        assert!(first["remedy"].as_str().unwrap().contains(word), "{name}: {first:#}");
        assert!(matches!(first["product"].as_str(), Some("Auth0" | "Zuplo")), "{name}: {first:#}");
        assert_ne!(output.status.code(), Some(2), "{name}");
    }
}
