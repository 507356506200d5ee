//! The table of transitions in the docs is what the machine does.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashSet};
use std::hash::{Hash, Hasher};

use serde_json::{Value, json};

use super::peers::{
    ISSUER, REGISTER, RESOURCE, Reply, TARGET, exchanged, flow, metadata, redirected, scenario,
};
use crate::exchange::{LoginFailure, Purpose, Request, Secret};
use crate::flow::{Flow, Input, Output};
use crate::scenario::{Credential, Dpop, Grant, IdentityProvider, Registration, SessionAction};
use crate::specification::{ProtocolVersion, Step};

type Row = (String, String, String);

/// The rows of the table, one for each state that may follow.
fn documented() -> BTreeSet<Row> {
    let mut rows = BTreeSet::new();
    for line in include_str!("../../flow.rs").lines() {
        let Some(row) = line.strip_prefix("//! | ") else { continue };
        let cells: Vec<_> = row.trim_end_matches(" |").split(" | ").collect();
        if let [state, input, next] = cells[..]
            && state != "state"
        {
            rows.extend(next.split(", ").map(|next| (state.to_owned(), input.to_owned(), next.to_owned())));
        }
    }
    rows
}

/// What a peer might respond, good and bad, by what is asked for.
fn replies(request: &Request) -> Vec<Option<Reply>> {
    let ok = |json| Some(Reply::new(200, json));
    let mut replies = vec![None, Some(Reply::new(404, Value::Null))];
    replies.extend(match request.purpose {
        Purpose::Probe(_) => unreachable!("the machine sends no probes"),
        Purpose::Challenge(_) => vec![
            Some(Reply::challenge(&format!("resource_metadata=\"{RESOURCE}\""))),
            Some(Reply::new(401, Value::Null)),
            Some(Reply::result(json!({}))),
        ],
        Purpose::ResourceMetadata(_) => vec![
            ok(json!({ "resource": TARGET, "authorization_servers": [ISSUER] })),
            ok(json!({ "resource": "https://evil.example/mcp", "authorization_servers": [ISSUER] })),
            ok(json!({ "resource": "https://evil.example/mcp", "authorization_servers": ["as"] })),
            ok(json!({ "resource": TARGET, "authorization_servers": [ISSUER, "https://as2.example"] })),
            ok(json!({ "resource": TARGET })),
            ok(json!("no object")),
        ],
        Purpose::OtherServerMetadata(_) => vec![ok(metadata("https://as2.example"))],
        Purpose::ServerMetadata(_) => {
            let good = metadata(ISSUER);
            let with = |name: &str, value: Value| {
                let mut document = good.clone();
                document[name] = value;
                ok(document)
            };
            let flag = "authorization_response_iss_parameter_supported";
            vec![
                with("issuer", json!(ISSUER)),
                with("jwks_uri", Value::Null),
                with("registration_endpoint", Value::Null),
                with("token_endpoint", json!("/token")),
                with(flag, json!(true)),
                with("client_id_metadata_document_supported", json!(true)),
                ok(json!({ "issuer": "https://evil.example", "token_endpoint": 1 })),
                ok(json!({ "authorization_endpoint": REGISTER, "token_endpoint": REGISTER, "registration_endpoint": REGISTER })),
            ]
        }
        Purpose::Registration => vec![
            ok(json!({ "client_id": "c1" })),
            ok(json!({ "client_id": "c1", "client_secret": "s" })),
            ok(json!({})),
            Some(Reply::new(400, json!({ "error": "invalid_client_metadata" }))),
        ],
        Purpose::Token | Purpose::Refresh => vec![
            ok(json!({ "access_token": "t" })),
            ok(json!({ "access_token": "t", "refresh_token": "r" })),
            ok(json!({ "access_token": "t", "token_type": "DPoP" })),
            ok(json!({})),
            Some(Reply::new(400, json!({ "error": "invalid_grant" }))),
            Some(Reply::new(400, json!({ "error": "use_dpop_nonce" })).header("dpop-nonce", "n")),
        ],
        Purpose::Initialize | Purpose::Discover => vec![
            Some(Reply::result(json!({ "protocolVersion": "2025-06-18" }))),
            Some(Reply::new(400, Value::Null)),
            Some(Reply::new(403, Value::Null)),
            Some(Reply::challenge("error=\"invalid_token\"")),
            Some(Reply::error(400, -32020, Value::Null)),
            Some(Reply::error(400, -32022, json!({ "supported": ["2025-11-25"] }))),
        ],
        Purpose::TokenExchange => vec![
            ok(json!({ "access_token": "jag", "token_type": "N_A" })),
            ok(json!({})),
            Some(Reply::new(400, json!({ "error": "invalid_grant" }))),
        ],
        Purpose::ListTools | Purpose::CallTool => vec![
            ok(json!({})),
            Some(Reply::challenge(&format!("resource_metadata=\"{RESOURCE}\""))),
            Some(Reply::new(403, Value::Null).header("www-authenticate", r#"Bearer error="insufficient_scope", scope="more""#)),
        ],
        Purpose::Keys | Purpose::Initialized => vec![ok(json!({}))],
        Purpose::Login | Purpose::Revocation | Purpose::CleanUp => {
            panic!("not the machine's: {request:?}")
        }
    });
    replies
}

/// Every input worth trying, awaited or not, by its name.
fn inputs(output: &Output) -> Vec<(&'static str, Input)> {
    match output {
        Output::Send(request) => {
            replies(request).into_iter().map(|reply| ("Exchanged", exchanged(request, reply))).collect()
        }
        Output::Authorize(request) => {
            let iss = ["", "&iss=https://as.example", "&iss=https://evil.example"];
            let rest =
                ["code=c&state={state}", "code=c&state=x", "code=c", "state={state}", "error=no&state=x"];
            rest.into_iter()
                .flat_map(|rest| iss.map(|iss| ("Redirected", redirected(request, &format!("{rest}{iss}")))))
                .chain([(
                    "NotRedirected",
                    Input::NotRedirected(LoginFailure {
                        detail: "closed".to_owned(),
                        remedy: "Open it.".to_owned(),
                    }),
                )])
                .collect()
        }
        Output::Refuse(_) => vec![("Overruled", Input::Overruled)],
        Output::Done(_) => Vec::new(),
    }
}

/// A machine by all it holds but secrets.
fn fingerprint(flow: &Flow) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{flow:?}").hash(&mut hasher);
    hasher.finish()
}

/// Walks everywhere from one start and collects the transitions.
fn explore(start: Flow, observed: &mut BTreeSet<Row>) {
    explore_with(start, observed, inputs);
}

/// The responses that lead on, and every response to what is done in the open session.
fn leading_on(output: &Output) -> Vec<(&'static str, Input)> {
    let mut inputs = inputs(output);
    match output {
        Output::Send(Request { purpose: Purpose::ListTools, .. }) => inputs,
        // The first two are no response and 404.
        Output::Send(Request { purpose: Purpose::Token | Purpose::Refresh, .. }) => inputs.split_off(2),
        Output::Send(_) => inputs.drain(2..3).collect(),
        _ => inputs.into_iter().take(1).collect(),
    }
}

/// The same with the inputs worth trying.
fn explore_with(
    start: Flow,
    observed: &mut BTreeSet<Row>,
    inputs: impl Fn(&Output) -> Vec<(&'static str, Input)>,
) {
    let mut seen = HashSet::from([fingerprint(&start)]);
    let mut left = vec![start];
    while let Some(flow) = left.pop() {
        for (name, input) in inputs(&flow.poll()) {
            let mut next = flow.clone();
            next.feed(input);
            let row = (flow.state_name().to_owned(), name.to_owned(), next.state_name().to_owned());
            observed.insert(row);
            if seen.insert(fingerprint(&next)) {
                left.push(next);
            }
        }
        assert!(seen.len() < 20_000, "the palette is too rich");
    }
}

#[test]
fn the_table_in_the_docs_is_what_the_machine_does() {
    let preregistered = |credential| Registration::Preregistered { client_id: "c0".to_owned(), credential };
    let secret = || Secret::new("s");
    let provider = IdentityProvider {
        token_endpoint: "https://idp.example/token".to_owned(),
        client_id: "i0".to_owned(),
        client_secret: None,
        id_token: secret(),
    };
    let clients = [
        (Registration::Dynamic, Grant::Auto),
        (preregistered(Credential::None), Grant::Auto),
        (preregistered(Credential::Secret(secret())), Grant::ClientCredentials),
        (preregistered(Credential::None), Grant::JwtBearer { assertion: secret() }),
        (preregistered(Credential::None), Grant::EnterpriseManaged(provider)),
        (
            Registration::MetadataDocument {
                url: "https://app.example/client.json".to_owned(),
                or_dynamic: false,
            },
            Grant::AuthorizationCode,
        ),
    ];
    let mut observed = BTreeSet::new();
    for protocol_version in ProtocolVersion::ALL {
        for (registration, grant) in &clients {
            // Where the walk ends does not depend on the client.
            let ends = if *registration == Registration::Dynamic { &Step::ALL[..] } else { &[Step::Session] };
            for &until in ends {
                let mut scenario = scenario(protocol_version);
                scenario.client.registration = registration.clone();
                scenario.client.grant = grant.clone();
                scenario.until = until;
                explore(flow(scenario), &mut observed);
            }
            // What is done in an open session may begin another round of authorization.
            let mut scenario = scenario(protocol_version);
            scenario.client.registration = registration.clone();
            scenario.client.grant = grant.clone();
            scenario.client.dpop = Dpop::Always;
            scenario.then = vec![SessionAction::ListTools];
            explore_with(flow(scenario), &mut observed, leading_on);
        }
    }
    let documented = documented();
    assert!(documented.len() > 20, "the table was not found: {documented:?}");
    let undocumented: Vec<_> = observed.difference(&documented).collect();
    let unobserved: Vec<_> = documented.difference(&observed).collect();
    assert!(undocumented.is_empty() && unobserved.is_empty(), "{undocumented:#?} {unobserved:#?}");
}
