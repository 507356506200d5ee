//! The variations the sandbox can be given: each makes the honest set-up unusual in one way, and leaves it right.
//!
//! To add a variation: its line in the table of this file, with the sentence that allows it, and a question for it where
//! the behaviour lives (`sandbox/vary/` for what replies look like, else `sandbox/gateway.rs`,
//! `sandbox/authorization_server/`, `sandbox/mcp/`). `tests/benign_matrix.rs` walks each.

use std::fmt;

use crate::specification::cite::{mcp, oauth21, rfc};
use crate::specification::{Citation, ProtocolVersion};

/// What a variation is about. Two of one aspect are alternatives: a set-up has one of them at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// The coding of bodies.
    Coding,
    /// How bodies and connections end.
    Framing,
    /// Header fields nobody asked for.
    Fields,
    /// How JSON is written.
    Json,
    /// Members that JSON objects have besides.
    Members,
    /// How media types are written.
    MediaType,
    /// What is at paths where nothing is.
    NotFound,
    /// What people see.
    Landing,
    /// How the challenge is written.
    Challenge,
    /// Protected-resource metadata.
    ResourceMetadata,
    /// The issuer, and where its documents are.
    Issuer,
    /// What the authorization server offers.
    Offers,
    /// What the authorization server lacks.
    Lacks,
    /// Its key set.
    Keys,
    /// How clients get to be known.
    Registration,
    /// The pages of the login.
    Login,
    /// The redirect back to the client.
    Callback,
    /// The access token.
    Token,
    /// The response of the token endpoint.
    TokenResponse,
    /// What a token is needed for.
    Access,
    /// The event streams of the MCP server.
    Stream,
    /// The session of the MCP server.
    Session,
    /// What the MCP server says of itself.
    Server,
    /// The address it is served at.
    Address,
    /// How long it takes.
    Time,
}

/// What a walk has to bring along to see a variation through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The public client that is known beforehand.
    PublicClient,
    /// The confidential client that is known beforehand.
    ConfidentialClient,
    /// A call of that tool (`--then call=`).
    Call(&'static str),
}

/// One table, so that a variation is one line and nothing about it can be forgotten.
macro_rules! variations {
    ($($variant:ident $id:literal $aspect:ident $summary:literal $legal:expr
        $(, in [$($protocol_version:ident),+])? $(, needs $need:expr)? $(, draws [$(($check:literal, $why:literal)),+])?;)*) => {
        /// One thing done in a way that is unusual, and legal.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Variation {
            $(#[doc = $summary] $variant,)*
        }

        impl Variation {
            /// All variations.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word for it in files and options.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// What it does, in one sentence.
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$variant => $summary,)* }
            }

            /// What it is about.
            pub const fn aspect(self) -> Aspect {
                match self { $(Self::$variant => Aspect::$aspect,)* }
            }

            /// The sentence that allows it.
            pub const fn legal(self) -> &'static [&'static [Citation]] {
                match self { $(Self::$variant => $legal,)* }
            }

            /// The protocol versions in which it is legal.
            pub const fn protocol_versions(self) -> &'static [ProtocolVersion] {
                match self {
                    $(Self::$variant => {
                        let named: &[ProtocolVersion] = &[$($(ProtocolVersion::$protocol_version),+)?];
                        if named.is_empty() { &ProtocolVersion::ALL } else { named }
                    })*
                }
            }

            /// What a walk has to bring along to see it through.
            pub const fn needs(self) -> &'static [Need] {
                match self { $(Self::$variant => &[$($need)?],)* }
            }

            /// The checks below a MUST that say something of it all the same, each with the reason why that is right.
            pub const fn draws(self) -> &'static [(&'static str, &'static str)] {
                match self { $(Self::$variant => &[$($(($check, $why)),+)?],)* }
            }
        }
    };
}

#[rustfmt::skip]
const SENDING: &[&[Citation]] = &[
    mcp!(["2025-03-26", "2025-06-18", "2025-11-25"], "basic/transports", "Sending Messages to the Server", "sending-messages-to-the-server"),
    mcp!(["2026-07-28"], "basic/transports/streamable-http", "Sending Messages", "sending-messages"),
];
#[rustfmt::skip]
const OPTIONAL: &[&[Citation]] = &[mcp!(["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"], "basic/authorization", "Protocol Requirements", "protocol-requirements")];
#[rustfmt::skip]
const SESSIONS: &[&[Citation]] = &[mcp!(["2025-03-26", "2025-06-18", "2025-11-25"], "basic/transports", "Session Management", "session-management")];
#[rustfmt::skip]
const OPENING: &[&[Citation]] = &[
    mcp!(["2025-03-26", "2025-06-18", "2025-11-25"], "basic/lifecycle", "Initialization", "initialization"),
    mcp!(["2026-07-28"], "server/discover", "DiscoverResult", "discoverresult"),
];
#[rustfmt::skip]
const CAPABILITIES: &[&[Citation]] = &[
    mcp!(["2025-03-26", "2025-06-18", "2025-11-25"], "basic/lifecycle", "Capability Negotiation", "capability-negotiation"),
    mcp!(["2026-07-28"], "server/discover", "DiscoverResult", "discoverresult"),
];
#[rustfmt::skip]
const TOOLS: &[&[Citation]] = &[mcp!(["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"], "server/tools", "Listing Tools", "listing-tools")];

// variant, id, aspect, summary, what allows it; protocol versions if not all, what a walk needs, checks that mention it
#[rustfmt::skip]
variations! {
    // bodies and fields
    Gzip "gzip" Coding "Bodies are coded with gzip where the client takes it." &[rfc!(9110, "8.4.1.3")];
    Deflate "deflate" Coding "Bodies are coded with deflate where the client takes it." &[rfc!(9110, "8.4.1.2")];
    Brotli "brotli" Coding "Bodies are coded with Brotli where the client takes it." &[rfc!(9110, "8.4.1")];
    Zstandard "zstandard" Coding "Bodies are coded with Zstandard where the client takes it." &[rfc!(8878, "7.2")];
    BodiesInPieces "bodies-in-pieces" Framing "Bodies arrive in chunks of a few bytes, without a length." &[rfc!(9112, "7.1")];
    ConnectionsClosed "connections-closed" Framing "Every connection is closed after one response." &[rfc!(9112, "9.6")];
    FieldsOdd "fields-odd" Fields "Responses have fields that are empty, repeated, long, or not ASCII." &[rfc!(9110, "5.5")];
    FieldsOfCaches "fields-of-caches" Fields "Responses have been in a cache, which adds Age, Via and validators to documents." &[rfc!(9111, "5.1")];
    FieldsOfLimits "fields-of-limits" Fields "Responses tell how many requests are left, and for how long." &[rfc!(9110, "16.3.1")];
    FieldsOfSecurity "fields-of-security" Fields "Responses have a content security policy and other fields for browsers." &[rfc!(9110, "16.3.1")];
    Cookies "cookies" Fields "Every response sets cookies, with all kinds of attributes." &[rfc!(6265, "4.1.1")];
    JsonPretty "json-pretty" Json "JSON is indented and ends with an empty line." &[rfc!(8259, "2")];
    JsonEscaped "json-escaped" Json "JSON strings escape what they need not." &[rfc!(8259, "7")];
    JsonReversed "json-reversed" Json "The members of JSON objects come in the reverse order." &[rfc!(8259, "4")];
    MembersUnknown "members-unknown" Members "JSON documents have members that no specification knows." &[rfc!(8414, "2")];
    MediaTypeParameter "media-type-parameter" MediaType "Media types have a charset parameter." &[rfc!(9110, "8.3.1")];
    MediaTypeCase "media-type-case" MediaType "Media types are written with capitals." &[rfc!(9110, "8.3.1")];
    NotFoundPage "not-found-page" NotFound "404 comes with a web page." &[rfc!(9110, "15.5.5")];
    NotFoundEmpty "not-found-empty" NotFound "404 comes without a body." &[rfc!(9110, "15.5.5")];
    CatchAllPage "catch-all-page" NotFound "Paths where nothing is get the page of a web application, with status 200." &[rfc!(9110, "15.3.1")];
    SoftNotFound "soft-not-found" NotFound "Paths where nothing is get a JSON error, with status 200." &[rfc!(9110, "15.3.1")], draws [("prm-absent-404", "clients that take every 200 for a document stop there"), ("as-absent-404", "clients that take every 200 for a document stop there")];
    LandingPage "landing-page" Landing "GET without a token gets a page for people." &[rfc!(9110, "12.5.1")];
    // the challenge
    ChallengeSchemeCase "challenge-scheme-case" Challenge "The scheme of the challenge is written bearer." &[rfc!(9110, "11.1")];
    ChallengeParameterCase "challenge-parameter-case" Challenge "The parameters of the challenge have names with capitals." &[rfc!(9110, "11.2")];
    ChallengeUnquoted "challenge-unquoted" Challenge "Parameters of the challenge that need no quotes have none." &[rfc!(9110, "11.2")];
    ChallengeQuotedPairs "challenge-quoted-pairs" Challenge "The realm of the challenge contains escaped quotes and a comma." &[rfc!(9110, "5.6.4")];
    ChallengeSpaced "challenge-spaced" Challenge "The challenge has spaces around its signs, and empty list elements." &[rfc!(9110, "5.6.1.2")];
    ChallengeExtended "challenge-extended" Challenge "The challenge has a realm, and parameters that no specification knows." &[rfc!(6750, "3")];
    ChallengeAmongOthers "challenge-among-others" Challenge "Challenges of other schemes stand before and after the one for bearer tokens, in one field." &[rfc!(9110, "11.6.1")];
    ChallengeInFields "challenge-in-fields" Challenge "Challenges of other schemes have fields of their own, and that for bearer tokens comes last." &[rfc!(9110, "11.6.1")];
    ChallengeWithoutScope "challenge-without-scope" Challenge "The challenge names no scope." &[rfc!(6750, "3")], in [V2025_06_18];
    // resource metadata
    ResourceMetadataSparse "resource-metadata-sparse" ResourceMetadata "The resource metadata does not say how tokens are presented." &[rfc!(9728, "2")], in [V2025_06_18, V2025_11_25, V2026_07_28];
    ResourceMetadataRich "resource-metadata-rich" ResourceMetadata "The resource metadata has all there is: links, languages, algorithms." &[rfc!(9728, "2")], in [V2025_06_18, V2025_11_25, V2026_07_28];
    ResourceMetadataUrl "resource-metadata-url" ResourceMetadata "The challenge names a copy of the resource metadata at a path of its own." &[rfc!(9728, "5.1")], in [V2025_06_18, V2025_11_25, V2026_07_28];
    AuthorizationServers "authorization-servers" ResourceMetadata "The resource metadata lists a second authorization server, which is as good." &[rfc!(9728, "7.6")], in [V2025_06_18, V2025_11_25, V2026_07_28];
    // server metadata
    IssuerBare "issuer-bare" Issuer "The issuer is an origin, without a slash." &[rfc!(8414, "2")], in [V2025_06_18, V2025_11_25, V2026_07_28];
    IssuerPath "issuer-path" Issuer "The issuer has a path, and each document is where its specification wants it." &[rfc!(8414, "3.1")], in [V2025_06_18, V2025_11_25, V2026_07_28];
    OpenIdDocumentOnly "openid-document-only" Lacks "There is only the OpenID document." &[mcp!(["2025-11-25"], "basic/authorization", "Authorization Server Metadata Discovery", "authorization-server-metadata-discovery"), mcp!(["2026-07-28"], "basic/authorization/authorization-server-discovery", "Authorization Server Metadata Discovery", "authorization-server-metadata-discovery")], in [V2025_11_25, V2026_07_28];
    OAuthDocumentOnly "oauth-document-only" Lacks "There is no OpenID document." &[rfc!(8414, "3")];
    ScopesUnlisted "scopes-unlisted-by-server" Lacks "The server metadata does not list scopes." &[rfc!(8414, "2")];
    RevocationAbsent "revocation-absent" Lacks "There is no revocation endpoint." &[rfc!(8414, "2")];
    RegistrationAbsent "registration-absent" Lacks "Clients are registered by hand: there is no registration endpoint." &[rfc!(8414, "2")], in [V2025_11_25, V2026_07_28], needs Need::PublicClient;
    IssAbsent "iss-absent" Lacks "Authorization responses do not name the issuer, and the metadata does not say that they do." &[rfc!(9207, "3")], in [V2025_03_26, V2025_06_18, V2025_11_25];
    PushedRequestsOffered "pushed-requests-offered" Offers "Authorization requests may be pushed." &[rfc!(9126, "5")];
    RequestObjectsOffered "request-objects-offered" Offers "Authorization requests may be signed JWTs." &[rfc!(9101, "10.5")];
    FormPostOffered "form-post-offered" Offers "Authorization responses may also be posted, or come in a fragment." &[rfc!(8414, "2")];
    GrantsOffered "grants-offered" Offers "Other grants are offered besides: for devices, exchanges, and clients alone." &[rfc!(8414, "2")];
    AuthenticationOffered "authentication-offered" Offers "Clients may also authenticate with signed JWTs and certificates." &[rfc!(8414, "2")];
    CertificatesOffered "certificates-offered" Offers "There are aliases of the endpoints for clients with certificates." &[rfc!(8705, "5")];
    EndpointsOffered "endpoints-offered" Offers "There are endpoints for introspection, devices and user information." &[rfc!(8414, "2")];
    LanguagesOffered "languages-offered" Offers "The server metadata has links for people, in several languages." &[rfc!(8414, "2")];
    ResourcesListed "resources-listed" Offers "The server metadata lists the resources it protects, this one among them." &[rfc!(9728, "4")], in [V2025_06_18, V2025_11_25, V2026_07_28];
    KeysRotated "keys-rotated" Keys "The key set also has the keys before and after." &[rfc!(7517, "4.5")];
    KeysUnknown "keys-unknown" Keys "The key set also has keys of types that nobody knows yet." &[rfc!(7517, "5")];
    // registration
    RegistrationUnmanaged "registration-unmanaged" Registration "Registrations come without a URL and a token to manage them." &[rfc!(7591, "3.2.1")];
    RegistrationConfidential "registration-confidential" Registration "Whatever is asked for, clients are given a secret, whose characters need encoding." &[rfc!(7591, "3.2.1")];
    RegistrationAmended "registration-amended" Registration "Registrations come back with more than was asked for." &[rfc!(7591, "3.2.1")];
    ClientIdOdd "client-id-odd" Registration "Client identifiers have characters that need encoding." &[rfc!(6749, "2.2")];
    // login
    LoginInSteps "login-in-steps" Login "The login asks for the name on one page and for the password on the next." &[rfc!(6749, "3.1")];
    LoginRemembered "login-remembered" Login "The login is remembered: a code comes at once." &[rfc!(6749, "3.1")];
    LoginCookies "login-cookies" Login "The cookies of the login have a prefix and all kinds of attributes." &[rfc!(6265, "4.1.2")];
    RelativeRedirects "relative-redirects" Login "Redirects between the pages are relative." &[rfc!(9110, "10.2.2")];
    CallbackSeeOther "callback-see-other" Callback "The redirect back has status 303." &[rfc!(9700, "4.12")];
    CallbackExtended "callback-extended" Callback "The redirect back has parameters that the client does not know." &[rfc!(6749, "4.1.2")];
    CallbackEncoded "callback-encoded" Callback "The redirect back encodes characters that need no encoding, with small hexadecimal digits." &[rfc!(3986, "2.1")];
    CodeLong "code-long" Callback "The code is long, and has characters that need encoding." &[rfc!(6749, "4.1.2")];
    // tokens
    TokenShared "token-shared" Token "Access tokens are signed with a secret that gateway and authorization server share." &[rfc!(7518, "3.2")], draws [("jwt-typ", "gateways that follow RFC 9068 want at+jwt")];
    TokenOpaque "token-opaque" Token "Access tokens are opaque, and the gateway asks the authorization server about them." &[oauth21!("1.4")];
    TokenEncrypted "token-encrypted-for-gateway" Token "Access tokens are encrypted for the gateway." &[rfc!(9068, "2.1")];
    TokenElliptic "token-elliptic" Token "Access tokens are signed with an elliptic curve." &[rfc!(9068, "2.1")];
    AudienceList "audience-list" Token "The audience of access tokens is a list of one." &[rfc!(7519, "4.1.3")];
    TokenLong "token-long" Token "Access tokens have claims for four kilobytes." &[rfc!(7519, "4.3")];
    TokenTypeCase "token-type-case" TokenResponse "The token type is written bearer." &[rfc!(6749, "5.1")];
    TokenScopeAbsent "token-scope-absent" TokenResponse "The token response does not repeat the scope that was asked for." &[rfc!(6749, "5.1")];
    RefreshAbsent "refresh-absent" TokenResponse "There are no refresh tokens." &[rfc!(6749, "1.5")];
    TokenSlow "token-slow" Time "The token endpoint takes a moment." &[rfc!(9110, "9.2.2")];
    // access
    DiscoveryPublic "discovery-public" Access "Opening and listing need no token: only the tools do." OPTIONAL;
    ToolsPublic "tools-public" Access "Some tools need a token, others do not." OPTIONAL, needs Need::Call("echo");
    StepUp "step-up" Access "Calls of a tool need more scope than the session." &[rfc!(6750, "3.1")], needs Need::Call("echo");
    ClientCredentials "client-credentials" Access "There is nobody to log in: clients get tokens for themselves." &[rfc!(6749, "4.4")], needs Need::ConfidentialClient, draws [("as-dcr-available", "2025-03-26 and 2025-06-18 want registration of every server, also of those without users")];
    // the MCP server
    EventStream "event-stream" Stream "Responses are event streams." SENDING;
    EventStreamCrLf "event-stream-crlf" Stream "Responses are event streams, whose lines end with CR and LF." SENDING;
    EventStreamCr "event-stream-cr" Stream "Responses are event streams, whose lines end with CR." SENDING;
    EventStreamPrimed "event-stream-primed" Stream "Responses are event streams that begin with an id, no data, and a time to retry." SENDING, in [V2025_11_25];
    EventStreamComments "event-stream-comments" Stream "Responses are event streams with comments to keep them alive, and fields nobody knows." SENDING;
    EventStreamSplit "event-stream-split" Stream "Responses are event streams, whose data are spread over lines, without an event name." SENDING;
    EventStreamNotified "event-stream-notified" Stream "Responses are event streams, in which a notification comes first." SENDING;
    SessionIdAbsent "session-id-absent" Session "There are no sessions: initialize gets no session id." SESSIONS, in [V2025_03_26, V2025_06_18, V2025_11_25];
    SessionIdOdd "session-id-odd" Session "Session ids have all signs of ASCII." SESSIONS, in [V2025_03_26, V2025_06_18, V2025_11_25];
    SessionEndRefused "session-end-refused" Session "Clients cannot end their sessions." SESSIONS, in [V2025_03_26, V2025_06_18, V2025_11_25];
    Listening "listening" Session "GET opens an event stream for clients that listen." &[mcp!(["2025-03-26", "2025-06-18", "2025-11-25"], "basic/transports", "Listening for Messages from the Server", "listening-for-messages-from-the-server")], in [V2025_03_26, V2025_06_18, V2025_11_25];
    ListInPages "list-in-pages" Server "The list of tools comes in pages." TOOLS;
    InstructionsLong "instructions-long" Server "The instructions are long, and in all scripts." OPENING;
    CapabilitiesMany "capabilities-many" Server "The server has all capabilities, and some that nobody knows." CAPABILITIES;
    CapabilitiesNone "capabilities-none" Server "The server has no capabilities." CAPABILITIES;
    OlderVersion "older-version" Server "The server speaks 2025-03-26 only, and says so." &[mcp!(["2025-06-18", "2025-11-25"], "basic/lifecycle", "Version Negotiation", "version-negotiation")], in [V2025_06_18, V2025_11_25];
    // the network
    Ipv6 "ipv6" Address "Everything is served at an IPv6 address." &[rfc!(3986, "3.2.2")];
    HostName "host-name" Address "Everything is served at a name instead of an address." &[rfc!(3986, "3.2.2")];
}

impl Variation {
    /// The variation of that id, if there is one.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|variation| variation.id() == id)
    }

    /// The protocol version to walk to see it: the default one, where it is legal in that.
    pub fn protocol_version(self) -> ProtocolVersion {
        let legal = self.protocol_versions();
        let newest = legal.last().copied().unwrap_or(ProtocolVersion::DEFAULT);
        if legal.contains(&ProtocolVersion::DEFAULT) { ProtocolVersion::DEFAULT } else { newest }
    }

    /// Whether one set-up can have both.
    pub fn goes_with(self, other: Self) -> bool {
        let apart = |variation: Self, other: Self| match variation {
            // Without a login nothing of a login shows, and what a tool needs is granted to users.
            Self::ClientCredentials => {
                matches!(
                    other.aspect(),
                    Aspect::Login | Aspect::Callback | Aspect::Registration | Aspect::Lacks
                ) || other == Self::RefreshAbsent
            }
            _ => false,
        };
        self.aspect() != other.aspect() && !apart(self, other) && !apart(other, self)
    }
}

impl fmt::Display for Variation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sandbox::Fault;
    use crate::specification::cite::headings;

    #[test]
    fn ids_are_kebab_case_and_lead_back() {
        for variation in Variation::ALL {
            assert!(
                variation.id().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{variation}"
            );
            assert_eq!(Variation::from_id(variation.id()), Some(*variation));
            assert_eq!(Fault::from_id(variation.id()), None, "{variation} is a fault too");
        }
        let ids: BTreeSet<_> = Variation::ALL.iter().map(|variation| variation.id()).collect();
        assert_eq!(ids.len(), Variation::ALL.len());
    }

    #[test]
    fn summaries_are_sentences() {
        for variation in Variation::ALL {
            assert!(variation.summary().ends_with('.') && variation.summary().len() < 110, "{variation}");
        }
    }

    #[test]
    fn each_variation_is_allowed_by_a_sentence_in_each_of_its_protocol_versions() {
        let headings = headings();
        for variation in Variation::ALL {
            assert!(
                !variation.protocol_versions().is_empty() && !variation.goes_with(*variation),
                "{variation}"
            );
            let cites: Vec<_> = variation.legal().iter().copied().flatten().collect();
            for protocol_version in variation.protocol_versions() {
                let of_version = |cite: &&&Citation| {
                    cite.protocol_version().is_none_or(|version| version == *protocol_version)
                };
                assert!(cites.iter().any(|cite| of_version(&cite)), "{variation} in {protocol_version}");
            }
            for cite in cites.iter().filter(|cite| cite.document.starts_with("MCP")) {
                let named = (cite.document.to_owned(), cite.section, cite.url.to_owned());
                assert!(headings.contains(&named), "{variation}: {cite} {}", cite.url);
            }
        }
    }
}
