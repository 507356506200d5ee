//! What options say over a file, and the scenario that is made of both.

use super::{FULL, defaults, given, read, scenario};
use crate::exchange::Secret;
use crate::scenario::{
    Client, Credential, Driver, DriverKind, FailOn, Grant, IdentityProvider, PartialClient, PartialConsent,
    PartialScenario, Place, Registration, RegistrationKind, ScenarioError, SecretSource,
};
use crate::specification::{ProtocolVersion, Step};

#[test]
fn options_override_the_file() {
    let options = PartialScenario {
        headers: vec![("x-api-key".into(), given("other")), ("X-More".into(), given("1"))],
        protocol_version: Some(ProtocolVersion::V2025_06_18),
        client: PartialClient {
            id: Some("other".into()),
            parameters: vec![("prompt".into(), "none".into())],
            ..PartialClient::default()
        },
        consent: PartialConsent { driver: Some(DriverKind::Browser), ..PartialConsent::default() },
        until: Some(Step::Session),
        fail_on: Some(FailOn::Never),
        ..PartialScenario::default()
    };
    let draft = read(FULL).unwrap().merge(options);
    assert_eq!(draft.policy().fail_on, FailOn::Never);
    let walked = scenario(draft);
    let headers: Vec<_> =
        walked.target.headers.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    assert_eq!(headers, [("x-api-key", "other"), ("X-More", "1")]);
    assert_eq!((walked.protocol_version, walked.until), (ProtocolVersion::V2025_06_18, Step::Session));
    // The secret of the file is another client's.
    let known = Registration::Preregistered { client_id: "other".into(), credential: Credential::None };
    assert_eq!(walked.client.registration, known);
    let parameters: Vec<_> = walked.client.parameters.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(parameters, [("audience", "x"), ("prompt", "none")]);
    assert!(matches!(walked.consent.driver, Driver::Browser), "what the file fills is left out");
    assert_eq!(walked.consent.redirect_port, 8765, "what options do not say stays");
}

#[test]
fn another_way_to_register_overrides_the_client_of_the_file() {
    let kind = |registration| PartialScenario {
        client: PartialClient { registration: Some(registration), ..PartialClient::default() },
        ..PartialScenario::default()
    };
    let full = || read(FULL).unwrap();
    let walked = scenario(full().merge(kind(RegistrationKind::Dynamic)));
    assert_eq!(walked.client.registration, Registration::Dynamic);
    let lacks =
        full().merge(kind(RegistrationKind::MetadataDocument)).scenario(defaults(), &SecretSource::given);
    assert_eq!(lacks.unwrap_err(), ScenarioError::ClientMetadataUrl);
}

#[test]
fn fields_to_fill_mean_the_driver_that_fills() {
    let fill = vec![("a".to_owned(), given("b"))];
    let options = PartialScenario {
        consent: PartialConsent { fill, ..PartialConsent::default() },
        ..PartialScenario::default()
    };
    let base = read("schema = 1\ntarget = \"https://x.example/mcp\"\n[consent]\ndriver = \"paste\"").unwrap();
    let walked = scenario(base.merge(options));
    assert!(matches!(walked.consent.driver, Driver::Form(script) if script.fill.len() == 1));
}

#[test]
fn a_program_means_the_driver_that_runs_it() {
    let base = "schema = 1\ntarget = \"https://x.example/mcp\"\n[consent]\n";
    let walked = scenario(read(&format!("{base}command = \"login --as 'a b'\"")).unwrap());
    let Driver::Command(program) = walked.consent.driver else { panic!("{:?}", walked.consent.driver) };
    assert_eq!(
        (program.name.as_str(), &program.arguments[..]),
        ("login", &["--as".into(), "a b".into()][..])
    );
    let lacks =
        read(&format!("{base}driver = \"command\"")).unwrap().scenario(defaults(), &SecretSource::given);
    assert_eq!(lacks.unwrap_err(), ScenarioError::Program);
    let both = read(&format!("{base}driver = \"paste\"\ncommand = \"login\"")).unwrap_err();
    assert!(both.contains("--consent command"), "{both}");
}

#[test]
fn the_sandbox_of_a_file_has_its_faults_and_variations() {
    let draft =
        read("schema = 1\n[sandbox]\npreset = \"zuplo-auth0\"\nfaults = [\"issuer-mismatch\"]\nvariations = [\"gzip\"]\n")
            .unwrap();
    assert_eq!(
        draft.place,
        Some(Place::Sandbox {
            preset: Some("zuplo-auth0".into()),
            faults: vec!["issuer-mismatch".into()],
            variations: vec!["gzip".into()],
            tls: None
        })
    );
    assert_eq!(
        draft.scenario(defaults(), &SecretSource::given).unwrap_err(),
        ScenarioError::Target,
        "until it runs"
    );
}

/// A client of that kind at a target, and why there is none.
fn client(keys: &str) -> Result<Client, String> {
    let text = format!("schema = 1\ntarget = \"https://gw.example/mcp\"\n[client]\n{keys}");
    read(&text)?
        .scenario(defaults(), &SecretSource::given)
        .map(|scenario| scenario.client)
        .map_err(|lacks| lacks.to_string())
}

#[test]
fn a_grant_is_what_is_named_or_what_something_is_given_for() {
    let grant = |keys: &str| client(keys).unwrap().grant;
    let assertion = || Secret::new("a.b.c");
    assert_eq!(grant("id = \"c\""), Grant::Auto);
    assert_eq!(grant("id = \"c\"\nsecret = \"s\"\ngrant = \"client-credentials\""), Grant::ClientCredentials);
    assert_eq!(grant("id = \"c\"\nassertion = \"a.b.c\""), Grant::JwtBearer { assertion: assertion() });
    let provider = "[client.identity_provider]\ntoken_endpoint = \"https://idp.example/token\"\nclient_id = \"i\"\nid_token = \"a.b.c\"";
    let expected = IdentityProvider {
        token_endpoint: "https://idp.example/token".to_owned(),
        client_id: "i".to_owned(),
        client_secret: None,
        id_token: assertion(),
    };
    assert_eq!(grant(&format!("id = \"c\"\n{provider}")), Grant::EnterpriseManaged(expected));
    for (keys, lacks) in [
        ("grant = \"client-credentials\"", "--client-id with"),
        ("id = \"c\"\ngrant = \"client-credentials\"", "--client-id with"),
        ("id = \"c\"\ngrant = \"jwt-bearer\"", "needs --assertion"),
        ("id = \"c\"\ngrant = \"enterprise-managed\"", "needs --id-token"),
        ("id = \"c\"\ngrant = \"client-credentials\"\nassertion = \"a\"", "--assertion is for"),
        ("assertion = \"a.b.c\"", "give --client-id"),
        ("id = \"c\"\nkey = \"-----BEGIN NONSENSE-----\"", "PKCS#8 PEM"),
    ] {
        let told = client(keys).unwrap_err();
        assert!(told.contains(lacks), "{keys}: {told}");
    }
}
