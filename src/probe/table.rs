//! The list of probes, in the order of their names: what each sends, does and presupposes.

use super::{
    Control, Effect, Probe, authorize as a, bearer as b, metadata as m, open as o, session as s, token as t,
};
use crate::exchange::ProbeId;
use crate::specification::Step;

/// One table, so that a probe is one line.
macro_rules! table {
    ($($id:ident $step:ident $effect:ident $control:ident $build:path, $sends:literal;)*) => {
        /// All probes, in the order they are sent.
        pub static PROBES: &[&Probe] = &[$(find(ProbeId::$id)),*];

        /// The probe of that name.
        pub const fn find(id: ProbeId) -> &'static Probe {
            match id {
                $(ProbeId::$id => {
                    static PROBE: Probe = Probe {
                        id: ProbeId::$id,
                        step: Step::$step,
                        effect: Effect::$effect,
                        control: Control::$control,
                        sends: $sends,
                        build: $build,
                    };
                    &PROBE
                })*
            }
        }
    };
}

// name, step, effect, control, builder, what is sent
#[rustfmt::skip]
table! {
    ChallengeAgain Challenge Reads Nothing o::again, "The opening request without a token once more.";
    GetWithoutToken Challenge Reads Opening o::get, "GET to the target without a token.";
    DeleteWithoutToken Challenge Harmless Opening o::delete, "DELETE to the target without a token and without a session.";
    ListWithoutToken Session Harmless Opening s::list_without_token, "tools/list in the open session, without the token.";
    PathSlash Challenge Harmless Opening o::path_slash, "The opening without a token, with a slash more or less at the end of the path.";
    PathCase Challenge Harmless Opening o::path_case, "The opening without a token, with the path in capitals.";
    PathDoubleSlash Challenge Harmless Opening o::path_double_slash, "The opening without a token, with two slashes before the path.";
    PathEncoded Challenge Harmless Opening o::path_encoded, "The opening without a token, with a letter of the path percent-encoded.";
    PathParameter Challenge Harmless Opening o::path_parameter, "The opening without a token, with a parameter after the last path segment.";
    PathEncodedSlash Challenge Harmless Opening o::path_encoded_slash, "The opening without a token, with the first slash of the path percent-encoded after another.";
    PathTraversal Challenge Harmless Opening o::path_traversal, "The opening without a token, with a step back and forth in the path that only some servers take for one.";
    IdentityHeaders Challenge Harmless Opening o::identity_headers, "The opening without a token, with headers by which proxies name a user.";
    ForwardedHost Challenge Harmless Nothing o::forwarded_host, "The opening without a token, with headers by which proxies name another host.";
    PreflightTarget Challenge Reads Nothing o::preflight_target, "What a browser asks the target before a script may send to it.";
    ChallengeFromScript Challenge Reads Nothing o::from_script, "The opening without a token, as a script in a browser sends it.";
    ResourceMetadataAtPath ResourceMetadata Reads Nothing m::at_path, "The resource metadata at the well-known path of the target.";
    ResourceMetadataAtRoot ResourceMetadata Reads Nothing m::at_root, "The resource metadata at the well-known root of the target's origin.";
    ResourceMetadataElsewhere ResourceMetadata Reads Nothing m::elsewhere, "The resource metadata of a path that does not exist.";
    ResourceMetadataFromScript ResourceMetadata Reads Nothing m::resource_from_script, "The resource metadata, as a script in a browser asks for it.";
    ResourceMetadataForwardedHost ResourceMetadata Harmless Nothing m::forwarded_host, "The resource metadata under a query of our own, with headers by which proxies name another host.";
    ServerMetadataOAuth ServerMetadata Reads Nothing m::server_oauth, "The server metadata at the place of RFC 8414, if the walk did not look there.";
    ServerMetadataOpenId ServerMetadata Reads Nothing m::server_openid, "The OpenID document, if the walk did not look there.";
    ServerMetadataAppended ServerMetadata Reads Nothing m::server_appended, "The server metadata with the well-known part behind the issuer's path.";
    ServerMetadataForwardedHost ServerMetadata Harmless Nothing m::server_forwarded_host, "The server metadata under a query of our own, with headers by which proxies name another host.";
    ServerMetadataFromScript ServerMetadata Reads Nothing m::server_from_script, "The server metadata, as a script in a browser asks for it.";
    ManagementWithoutToken Registration Harmless Registration m::management_without_token, "The registration of our client, asked for without its token.";
    ManagementWrongToken Registration Harmless Registration m::management_wrong_token, "The registration of our client, asked for with a wrong token.";
    OpeningAgain Session Reads Opening b::again, "The opening with the good token once more, with the refreshed one if there is one.";
    SchemeLowerCase Session Harmless Opening b::scheme_lower_case, "The opening with the good token, the scheme written bearer.";
    SchemeBasic Session Harmless Opening b::scheme_basic, "The opening with Basic credentials of nobody.";
    TokenUnknown Session Harmless Opening b::unknown, "The opening with a token that nobody issued.";
    TokenEmpty Session Harmless Opening b::empty, "The opening with the word Bearer and no token.";
    TokenOdd Session Harmless Opening b::odd, "The opening with characters that no token has.";
    TokenLong Session Harmless Opening b::long, "The opening with a token of 6000 letters.";
    TokenSignatureChanged Session Harmless Opening b::signature_changed, "The opening with the good token, one character in the middle of its signature changed.";
    TokenClaimChanged Session Harmless Opening b::claim_changed, "The opening with the good token, a claim added and the signature kept.";
    TokenUnsigned Session Harmless Opening b::unsigned, "The opening with the claims of the good token, unsigned: alg none.";
    TokenUnsignedMixedCase Session Harmless Opening b::unsigned_mixed_case, "The opening with the claims of the good token, unsigned: alg nOnE.";
    TokenForeignKey Session Harmless Opening b::foreign_key, "The opening with the claims of the good token, not signed by the server, under a key name it does not know.";
    TokenForeignKeyKnownName Session Harmless Opening b::foreign_key_known_name, "The opening with the claims of the good token, not signed by the server, under its own key name.";
    OriginForeign Session Harmless Opening b::origin_foreign, "The opening with the good token, from a page of another site.";
    OriginNull Session Harmless Opening b::origin_null, "The opening with the good token, from a page without an origin.";
    HostForeign Session Harmless Opening b::host_foreign, "The opening with the good token, under another host name.";
    List Session Reads Nothing s::list, "tools/list with the token.";
    SessionMissing Session Harmless List s::session_missing, "tools/list with the token and without the session id.";
    VersionHeaderUnknown Session Harmless List s::version_header_unknown, "tools/list with a protocol version that does not exist.";
    SessionStream Session Reads List s::stream, "GET to the target with the token, as a client that listens.";
    InitializeUnknownVersion Session Harmless Opening s::initialize_unknown_version, "initialize with a protocol version that does not exist.";
    SessionEnd Session Harmless Opening s::end, "DELETE of the session that the request before has opened.";
    SessionEnded Session Harmless List s::ended, "tools/list in the session that was ended.";
    VersionUnsupported Session Harmless Opening s::version_unsupported, "server/discover in a protocol version that does not exist.";
    MetaMissing Session Harmless Opening s::meta_missing, "server/discover without the client's capabilities.";
    HeaderMismatch Session Harmless Opening s::header_mismatch, "A call of a tool that does not exist, under the header of server/discover.";
    HeaderMissing Session Harmless Opening s::header_missing, "server/discover without the header Mcp-Method.";
    MethodUnknown Session Harmless Opening s::method_unknown, "A method that does not exist.";
    SessionIdUninvited Session Harmless Opening s::session_id_uninvited, "server/discover with the session id of a legacy client.";
    InitializeLegacy Session Harmless Opening s::initialize_legacy, "initialize, as a legacy client opens.";
    AuthorizeAgain Authorization Harmless Nothing a::again, "The first hop of the authorization request once more.";
    AuthorizeUnknownClient Authorization Harmless Authorization a::unknown_client, "The authorization request with a client_id that nobody has.";
    AuthorizeRedirectForeign Authorization Harmless Authorization a::redirect_foreign, "The authorization request with the redirect URI of a stranger.";
    AuthorizeRedirectForeignError Authorization Harmless Authorization a::redirect_foreign_error, "The same with an unknown response type, which a server may be eager to report.";
    AuthorizeRedirectPath Authorization Harmless Authorization a::redirect_path, "The authorization request with more path behind the redirect URI, and an unknown response type.";
    AuthorizeRedirectQuery Authorization Harmless Authorization a::redirect_query, "The authorization request with a query behind the redirect URI, and an unknown response type.";
    AuthorizeRedirectCase Authorization Harmless Authorization a::redirect_case, "The authorization request with the path of the redirect URI in capitals, and an unknown response type.";
    AuthorizeRedirectPathAlone Authorization Harmless Authorization a::redirect_path_alone, "The authorization request with more path behind the redirect URI.";
    AuthorizeRedirectQueryAlone Authorization Harmless Authorization a::redirect_query_alone, "The authorization request with a query behind the redirect URI.";
    AuthorizeRedirectCaseAlone Authorization Harmless Authorization a::redirect_case_alone, "The authorization request with the path of the redirect URI in capitals.";
    AuthorizeRedirectHostSuffix Authorization Harmless Authorization a::redirect_host_suffix, "The authorization request with the host of the redirect URI lengthened to that of a stranger.";
    AuthorizeRedirectUserinfo Authorization Harmless Authorization a::redirect_userinfo, "The authorization request with the host of the redirect URI as the user name at a stranger's.";
    AuthorizeRedirectDots Authorization Harmless Authorization a::redirect_dots, "The authorization request with dot segments before the path of the redirect URI.";
    AuthorizeRedirectFragment Authorization Harmless Authorization a::redirect_fragment, "The authorization request with a fragment behind the redirect URI.";
    AuthorizeResponseTypeUnknown Authorization Harmless Authorization a::response_type_unknown, "The authorization request with an unknown response type.";
    AuthorizeRedirectPort Authorization Harmless Authorization a::redirect_port, "The authorization request with another port of the loopback redirect URI.";
    AuthorizeChallengeMissing Authorization Harmless Authorization a::challenge_missing, "The authorization request without code_challenge.";
    AuthorizeChallengeMethod Authorization Harmless Authorization a::challenge_method, "The authorization request with a code_challenge_method that does not exist.";
    AuthorizeImplicit Authorization Harmless Authorization a::implicit, "The authorization request with the response type token.";
    AuthorizeUnknownParameter Authorization Harmless Authorization a::unknown_parameter, "The authorization request with a parameter that nobody knows.";
    AuthorizeRepeatedParameter Authorization Harmless Authorization a::repeated_parameter, "The authorization request with state given twice.";
    AuthorizeUnknownScope Authorization Harmless Authorization a::unknown_scope, "The authorization request with a scope that nobody knows.";
    AuthorizeScopeMissing Authorization Harmless Authorization a::scope_missing, "The authorization request without scope.";
    AuthorizeResourceCase Authorization Harmless Authorization a::resource_case, "The authorization request with scheme and host of the resource in capitals.";
    AuthorizeResourceMalformed Authorization Harmless Authorization a::resource_malformed, "The authorization request with a resource that is no URI.";
    AuthorizeFromScript Authorization Reads Nothing a::from_script, "The authorization request, as a script in a browser would send it.";
    TokenGrantUnknown Token Harmless Token t::grant_unknown, "A token request with a grant type that does not exist.";
    TokenCodeUnknown Token Harmless Token t::code_unknown, "A token request with a code that was never issued.";
    TokenParameterUnknown Token Harmless Token t::parameter_unknown, "The same with a parameter that nobody knows.";
    TokenClientUnknown Token Harmless Token t::client_unknown, "A token request with Basic credentials of a client that does not exist.";
    PreflightToken Token Reads Nothing t::preflight_token, "What a browser asks the token endpoint before a script may send to it.";
    TokenInQuery Session Alarms Opening b::in_query, "The opening with the good token in the query instead of the header.";
}
