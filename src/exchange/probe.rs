//! The names of the requests beyond the happy path. What they are and do is in the room `probe`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One table, so that a name is one line.
macro_rules! probes {
    ($($variant:ident $id:literal)*) => {
        /// The name of a request beyond the happy path.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum ProbeId {
            $(#[doc = concat!("`", $id, "`")] #[serde(rename = $id)] $variant,)*
        }

        impl ProbeId {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word for it in files and options.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }
        }
    };
}

probes! {
    // the target without a token
    ChallengeAgain "challenge-again"
    GetWithoutToken "get-without-token"
    DeleteWithoutToken "delete-without-token"
    ListWithoutToken "list-without-token"
    PathSlash "path-slash"
    PathCase "path-case"
    PathDoubleSlash "path-double-slash"
    PathEncoded "path-encoded"
    PathParameter "path-parameter"
    PathEncodedSlash "path-encoded-slash"
    PathTraversal "path-traversal"
    IdentityHeaders "identity-headers"
    ForwardedHost "forwarded-host"
    PreflightTarget "preflight-target"
    ChallengeFromScript "challenge-from-script"
    // metadata
    ResourceMetadataAtPath "resource-metadata-at-path"
    ResourceMetadataAtRoot "resource-metadata-at-root"
    ResourceMetadataElsewhere "resource-metadata-elsewhere"
    ResourceMetadataFromScript "resource-metadata-from-script"
    ResourceMetadataForwardedHost "resource-metadata-forwarded-host"
    ServerMetadataOAuth "server-metadata-oauth"
    ServerMetadataOpenId "server-metadata-openid"
    ServerMetadataAppended "server-metadata-appended"
    ServerMetadataForwardedHost "server-metadata-forwarded-host"
    ServerMetadataFromScript "server-metadata-from-script"
    // registration
    ManagementWithoutToken "management-without-token"
    ManagementWrongToken "management-wrong-token"
    // the target with tokens of all kinds
    OpeningAgain "opening-again"
    SchemeLowerCase "scheme-lower-case"
    SchemeBasic "scheme-basic"
    TokenUnknown "token-unknown"
    TokenEmpty "token-empty"
    TokenOdd "token-odd"
    TokenLong "token-long"
    TokenSignatureChanged "token-signature-changed"
    TokenClaimChanged "token-claim-changed"
    TokenUnsigned "token-unsigned"
    TokenUnsignedMixedCase "token-unsigned-mixed-case"
    TokenForeignKey "token-foreign-key"
    TokenForeignKeyKnownName "token-foreign-key-known-name"
    OriginForeign "origin-foreign"
    OriginNull "origin-null"
    HostForeign "host-foreign"
    // the session
    List "list"
    SessionMissing "session-missing"
    VersionHeaderUnknown "version-header-unknown"
    SessionStream "session-stream"
    InitializeUnknownVersion "initialize-unknown-version"
    SessionEnd "session-end"
    SessionEnded "session-ended"
    VersionUnsupported "version-unsupported"
    MetaMissing "meta-missing"
    HeaderMismatch "header-mismatch"
    HeaderMissing "header-missing"
    MethodUnknown "method-unknown"
    SessionIdUninvited "session-id-uninvited"
    InitializeLegacy "initialize-legacy"
    // the authorization endpoint
    AuthorizeAgain "authorize-again"
    AuthorizeUnknownClient "authorize-unknown-client"
    AuthorizeRedirectForeign "authorize-redirect-foreign"
    AuthorizeRedirectForeignError "authorize-redirect-foreign-error"
    AuthorizeRedirectPath "authorize-redirect-path"
    AuthorizeRedirectQuery "authorize-redirect-query"
    AuthorizeRedirectCase "authorize-redirect-case"
    AuthorizeRedirectPathAlone "authorize-redirect-path-alone"
    AuthorizeRedirectQueryAlone "authorize-redirect-query-alone"
    AuthorizeRedirectCaseAlone "authorize-redirect-case-alone"
    AuthorizeRedirectHostSuffix "authorize-redirect-host-suffix"
    AuthorizeRedirectUserinfo "authorize-redirect-userinfo"
    AuthorizeRedirectDots "authorize-redirect-dots"
    AuthorizeRedirectFragment "authorize-redirect-fragment"
    AuthorizeResponseTypeUnknown "authorize-response-type-unknown"
    AuthorizeRedirectPort "authorize-redirect-port"
    AuthorizeChallengeMissing "authorize-challenge-missing"
    AuthorizeChallengeMethod "authorize-challenge-method"
    AuthorizeImplicit "authorize-implicit"
    AuthorizeUnknownParameter "authorize-unknown-parameter"
    AuthorizeRepeatedParameter "authorize-repeated-parameter"
    AuthorizeUnknownScope "authorize-unknown-scope"
    AuthorizeScopeMissing "authorize-scope-missing"
    AuthorizeResourceCase "authorize-resource-case"
    AuthorizeResourceMalformed "authorize-resource-malformed"
    AuthorizeFromScript "authorize-from-script"
    // the token endpoint
    TokenGrantUnknown "token-grant-unknown"
    TokenCodeUnknown "token-code-unknown"
    TokenParameterUnknown "token-parameter-unknown"
    TokenClientUnknown "token-client-unknown"
    PreflightToken "preflight-token"
    // last, as it shows the token to whoever reads logs
    TokenInQuery "token-in-query"
}

impl ProbeId {
    /// Whether a server that is broken enough responds with a token or a client.
    pub const fn could_hand_out_secrets(self) -> bool {
        matches!(
            self,
            Self::ManagementWithoutToken
                | Self::ManagementWrongToken
                | Self::TokenGrantUnknown
                | Self::TokenCodeUnknown
                | Self::TokenParameterUnknown
                | Self::TokenClientUnknown
        )
    }

    /// The probe of that name, if there is one.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|probe| probe.id() == id)
    }
}

impl fmt::Display for ProbeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
