//! Why no scenario can be made of what files and options say.

/// What no scenario can be made of. The words name the option and the key of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// Nowhere to start.
    #[error("there is no target: give the URL of an MCP endpoint, or --sandbox")]
    Target,
    /// Preregistered, but as whom?
    #[error("--registration preregistered needs --client-id (in a file: id)")]
    ClientId,
    /// A document, but where?
    #[error("--registration metadata-document needs --client-metadata-url (in a file: metadata_url)")]
    ClientMetadataUrl,
    /// Registered already, and to be registered.
    #[error("--registration dynamic registers a client of its own: leave --client-id (in a file: id) out")]
    DynamicWithId,
    /// Two ways to prove itself.
    #[error(
        "a client has a secret or a key: give --client-secret-env or --client-key (in a file: secret or key)"
    )]
    SecretAndKey,
    /// Two assertions.
    #[error(
        "--assertion and --id-token exclude each other (in a file: assertion and [client.identity_provider])"
    )]
    TwoAssertions,
    /// An assertion nobody asks for.
    #[error("--assertion is for --grant jwt-bearer (in a file: assertion, grant = \"jwt-bearer\")")]
    AssertionForAnotherGrant,
    /// An identity provider nobody asks.
    #[error(
        "--id-token is for --grant enterprise-managed (in a file: [client.identity_provider], grant = \"enterprise-managed\")"
    )]
    ProviderForAnotherGrant,
    /// No assertion.
    #[error("--grant jwt-bearer needs --assertion (in a file: assertion)")]
    Assertion,
    /// No identity provider.
    #[error(
        "--grant enterprise-managed needs --id-token, --idp-token-endpoint and --idp-client-id (in a file: [client.identity_provider])"
    )]
    Provider,
    /// Credentials, but which?
    #[error(
        "--grant client-credentials needs --client-id with --client-secret-env or --client-key (in a file: id with secret or key)"
    )]
    Credentials,
    /// An assertion for a client nobody knows.
    #[error("an assertion is presented by a client the server knows: give --client-id (in a file: id)")]
    KnownClient,
    /// Values for forms, but no forms.
    #[error("--fill fills forms: it goes with --consent form or webdriver (in a file: driver = \"form\")")]
    FillWithoutForm,
    /// How to drive a browser, and another driver.
    #[error(
        "--webdriver and --browser-no-sandbox go with --consent webdriver (in a file: driver = \"webdriver\")"
    )]
    BrowserWithoutWebDriver,
    /// A program to run, and another driver.
    #[error("--login-command goes with --consent command (in a file: driver = \"command\")")]
    ProgramWithoutCommand,
    /// A program, but which?
    #[error("--consent command needs --login-command (in a file: command)")]
    Program,
    /// A secret that is not where it was said to be.
    #[error("{option}: {why}")]
    Secret {
        /// The option it was given with.
        option: &'static str,
        /// What is wrong.
        why: String,
    },
}
