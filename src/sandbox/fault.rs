//! The faults the sandbox can be given: each changes exactly one behaviour, where that behaviour lives.
//!
//! To add a fault: its line in the table of this file, with the checks that fail by it and no others, and a question for
//! it where the behaviour lives (`sandbox/gateway.rs`, `sandbox/authorization_server/`, `sandbox/mcp/`).
//! `tests/kill_matrix.rs` walks each.

use std::fmt;

use crate::specification::{ProtocolVersion, Step};

/// One table, so that a fault is one line and nothing about it can be forgotten.
macro_rules! faults {
    ($($variant:ident $id:literal $step:ident $summary:literal [$($fails:literal),*] $(in $protocol_version:ident)?;)*) => {
        /// One thing done wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Fault {
            $(#[doc = $summary] $variant,)*
        }

        impl Fault {
            /// All faults, in flow order of the parties they belong to, hostile peers last.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word for it in files and options.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// What it breaks, in one sentence.
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$variant => $summary,)* }
            }

            /// Where in the flow it first shows.
            pub const fn step(self) -> Step {
                match self { $(Self::$variant => Step::$step,)* }
            }

            /// The protocol version to walk to see it.
            pub const fn protocol_version(self) -> ProtocolVersion {
                match self {
                    $(Self::$variant => {
                        let [walked, ..] = [$(ProtocolVersion::$protocol_version,)? ProtocolVersion::DEFAULT];
                        walked
                    })*
                }
            }

            /// The checks that must fail with it, and no others.
            pub const fn fails(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($fails),*],)* }
            }
        }
    };
}

// variant, id, step, summary, checks that fail, protocol version if it is not the default one
#[rustfmt::skip]
faults! {
    // challenge
    PolicyMissing "policy-missing" Challenge "The MCP route is served without any token: the gateway's OAuth policy is not on it." ["rs-unauth-401"];
    ChallengeMissing "challenge-missing" Challenge "The 401 comes without a WWW-Authenticate header." ["rs-401-www-authenticate"];
    ChallengeRenamed "challenge-renamed" Challenge "The challenge arrives as x-amzn-remapped-www-authenticate, renamed on the way." ["rs-401-www-authenticate"];
    ResourceMetadataParameterMissing "resource-metadata-parameter-missing" Challenge "The challenge has no resource_metadata parameter: publishing it is not switched on." ["rs-401-resource-metadata"] in V2025_06_18;
    ScopeParameterMissing "scope-parameter-missing" Challenge "The challenge has no scope parameter." ["rs-401-scope"];
    LoginRedirect "login-redirect" Challenge "A request without a token is sent to an HTML login page instead of getting a 401." ["rs-unauth-401"];
    RouteNotFound "route-not-found" Challenge "There is no route at the MCP path: 404 with a web page." ["rs-unauth-401", "mcp-initialize"];
    ChallengeStatus403 "challenge-status-403" Challenge "A request without a token gets 403 instead of 401." ["rs-unauth-401"];
    ChallengeErrorWithoutToken "challenge-error-without-token" Challenge "The challenge says invalid_token although no token was sent." ["rs-no-error-without-creds"];
    AuthMissing "auth-missing" Challenge "There is no authorization at all: no 401, no resource metadata." ["mcp-auth-implemented"];
    ChallengeScopeUnsteady "challenge-scope-unsteady" Challenge "The challenge asks for another scope every time." ["rs-scope-sets-consistent"];
    GetOpen "get-open" Challenge "GET opens an event stream without a token." ["rs-auth-every-method"];
    PathSpellingOpen "path-spelling-open" Challenge "With a slash at the end the path leads past the policy." ["rs-path-variants"];
    PathRedirectInside "path-redirect-inside" Challenge "With a slash at the end the path is redirected to a host inside the network." ["rs-redirect-safe"];
    IdentityHeaderTrusted "identity-header-trusted" Challenge "Who names a user in X-Forwarded-User needs no token." ["rs-identity-headers-ignored"];
    ForwardedHostPublished "forwarded-host-published" Challenge "The challenge is built from X-Forwarded-Host, whoever sends it." ["rs-forwarded-host-ignored"];
    ResourceMetadataForwardedHost "resource-metadata-forwarded-host" Challenge "The resource metadata is built from X-Forwarded-Host, whoever sends it." ["rs-forwarded-host-ignored"];
    PreflightRefused "preflight-refused" Challenge "Browsers that ask what a script may send are asked for a token." ["cors-preflight"];
    PreflightFieldsMissing "preflight-fields-missing" Challenge "Scripts in a browser may send any header field by a wildcard, which leaves Authorization out." ["cors-headers"];
    ChallengeNotExposed "challenge-not-exposed" Challenge "Scripts in a browser can read the 401, but not its challenge." ["cors-challenge"];
    ChallengeBare "challenge-bare" Challenge "The challenge is the word Bearer alone." ["rs-challenge-syntax", "rs-401-scope"];
    ChallengeTwice "challenge-twice" Challenge "A second handler adds a bare Bearer challenge to the gateway's." ["rs-one-bearer-challenge"];
    // Fails nothing: what stands in front of the gateway says nothing of the gateway.
    FirewallPage "firewall-page" Challenge "A firewall answers programs with 403 and a page for people." [];
    PathRedirect "path-redirect" Challenge "The MCP path redirects to itself with a slash." ["rs-unauth-401", "mcp-initialize"];
    IdentityAwareProxy "identity-aware-proxy" Challenge "A proxy with a login of its own answers on the MCP route, whatever the token." ["rs-401-www-authenticate", "rs-valid-token-accepted"];
    // resource-metadata
    ResourceMetadataMissing "resource-metadata-missing" ResourceMetadata "The protected-resource metadata is not served: the well-known path is 404." ["prm-present"];
    ResourceMetadataHtml "resource-metadata-html" ResourceMetadata "The well-known path responds with 200 with the web page of an app." ["prm-present"];
    ResourceMetadataBehindAuth "resource-metadata-behind-auth" ResourceMetadata "The well-known path demands a token itself." ["prm-present"];
    ResourceMetadataTextPlain "resource-metadata-text-plain" ResourceMetadata "The protected-resource metadata is sent as text/plain." ["prm-200-json"];
    // Fails nothing: the challenge may name any location.
    PrefixRouting "prefix-routing" ResourceMetadata "The metadata is served below the MCP path, where the challenge points, and not at the well-known path." ["prm-path-insertion"];
    ResourceMismatch "resource-mismatch" ResourceMetadata "The metadata names a resource on another host." ["prm-resource-matches"];
    ResourceTrailingSlash "resource-trailing-slash" ResourceMetadata "The metadata's resource has a trailing slash the MCP URL does not have." ["prm-resource-exact"];
    ResourceMissing "resource-missing" ResourceMetadata "The metadata names no resource." ["prm-resource-valid"];
    ResourceMetadataSoftNotFound "resource-metadata-soft-not-found" ResourceMetadata "Where the gateway has no document it says so with status 200." ["prm-absent-404"];
    AuthorizationServersEmpty "authorization-servers-empty" ResourceMetadata "The list of authorization servers is empty." ["prm-authorization-servers"];
    AuthorizationServersString "authorization-servers-string" ResourceMetadata "The authorization server is published as a string, not as a list." ["prm-authorization-servers"];
    ResourceMetadataInternalHost "resource-metadata-internal-host" ResourceMetadata "The challenge points to a host name that exists only inside the gateway's network." ["rs-401-resource-metadata", "prm-discoverable"];
    ScopesOfflineAccess "scopes-offline-access" ResourceMetadata "The challenge and the metadata ask for offline_access, which is no scope of a resource." ["rs-scope-no-offline-access"] in V2026_07_28;
    ResourceMetadataEmptyArray "resource-metadata-empty-array" ResourceMetadata "scopes_supported is an empty array, which must be left out instead." ["prm-no-empty-values"];
    ResourceMetadataDuplicateMember "resource-metadata-duplicate-member" ResourceMetadata "The metadata names resource twice." ["prm-no-duplicate-members"];
    AuthorizationServerUnpublished "authorization-server-unpublished" ResourceMetadata "The list of authorization servers also has one that publishes no metadata." ["prm-authorization-servers-published"];
    AuthorizationServerWithQuery "authorization-server-with-query" ResourceMetadata "The list of authorization servers also has a URL with a query." ["prm-issuer-format"];
    BearerMethodsQuery "bearer-methods-query" ResourceMetadata "The metadata offers to take tokens from the query." ["prm-bearer-methods"];
    ResourceNameMissing "resource-name-missing" ResourceMetadata "The metadata does not name the resource for people." ["prm-recommended-fields"];
    ResourceWithQuery "resource-with-query" ResourceMetadata "The resource identifier ends with a query." ["prm-resource-no-query", "prm-resource-matches"];
    ScopesSweeping "scopes-sweeping" ResourceMetadata "The metadata lists a scope that stands for everything." ["prm-scopes-minimal", "as-scopes-cover-prm"];
    BoundTokensRequired "bound-tokens-required" ResourceMetadata "The metadata demands tokens that are bound by DPoP." ["prm-plain-bearer"];
    ResourceKeysPlainHttp "resource-keys-plain-http" ResourceMetadata "The resource publishes its own key set without TLS." ["prm-jwks-https"];
    ResourceAlgorithmNone "resource-algorithm-none" ResourceMetadata "The resource offers answers signed with none." ["prm-alg-none"];
    SignedMetadataUnsigned "signed-metadata-unsigned" ResourceMetadata "The signed metadata has no signature." ["prm-signed-metadata"];
    SignedMetadataNested "signed-metadata-nested" ResourceMetadata "The signed metadata contains signed metadata." ["prm-signed-metadata-once"];
    RootMetadataDiffers "root-metadata-differs" ResourceMetadata "The root of the origin has metadata too, with another authorization server." ["prm-sources-agree"];
    ResourceMetadataWildcard "resource-metadata-wildcard" ResourceMetadata "Every path has metadata, also those that do not exist." ["prm-per-path"];
    ResourceMetadataWithoutCors "resource-metadata-without-cors" ResourceMetadata "Scripts in a browser cannot read the resource metadata." ["cors-resource-metadata"];
    ResourceMetadataAtRoot "resource-metadata-at-root" ResourceMetadata "The metadata is served on the origin only, and the challenge does not say where it is." ["prm-path-insertion"];
    // server-metadata
    IssuerSlashMissing "issuer-slash-missing" ServerMetadata "The gateway lists the authorization server without the trailing slash of its issuer." ["as-issuer-slash"];
    IssuerMismatch "issuer-mismatch" ServerMetadata "The authorization server's metadata names another issuer." ["as-issuer-matches", "authz-iss-identical", "jwt-iss"];
    IssuerMissing "issuer-missing" ServerMetadata "The authorization server's metadata names no issuer." ["as-issuer-matches"];
    IssuerTemplate "issuer-template" ServerMetadata "The metadata names a template instead of an issuer, as one document for all tenants does." ["as-issuer-matches", "as-issuer-form", "authz-iss-identical", "jwt-iss"];
    ServerMetadataAppended "server-metadata-appended" ServerMetadata "The issuer has a path, and its metadata is served behind that path only." ["as-well-known-insertion", "as-metadata-present"] in V2025_06_18;
    DpopAlgorithmNone "dpop-algorithm-none" ServerMetadata "Proofs of possession may be unsigned." ["as-dpop-alg-values"];
    ServerMetadataSoftNotFound "server-metadata-soft-not-found" ServerMetadata "Where the authorization server has no document it says so with status 200." ["as-absent-404"];
    EndpointWithNonce "endpoint-with-nonce" ServerMetadata "The authorization endpoint is published with a nonce in its query." ["as-endpoint-no-parameters"];
    ServerMetadataForwardedHost "server-metadata-forwarded-host" ServerMetadata "The authorization server's metadata is built from X-Forwarded-Host, whoever sends it." ["as-forwarded-host-ignored"];
    EndpointInternalHost "endpoint-internal-host" ServerMetadata "The token endpoint is published at a host name that exists only inside the network." ["as-https-endpoints"];
    EndpointWithResource "endpoint-with-resource" ServerMetadata "The authorization endpoint is published with a resource of its own in its query." ["as-endpoint-no-parameters"];
    MetadataFacadeFailing "metadata-facade-failing" ServerMetadata "The gateway stands in for the authorization server, and fails where its metadata should be." ["as-metadata-present"];
    ServerMetadataMissing "server-metadata-missing" ServerMetadata "The authorization server publishes no metadata: both well-known paths are 404." ["as-metadata-present"];
    ServerMetadataHtml "server-metadata-html" ServerMetadata "Both well-known paths of the authorization server respond with 200 and a web page." ["as-metadata-present"];
    ServerMetadataFailing "server-metadata-failing" ServerMetadata "Both well-known paths of the authorization server fail with 500." ["as-metadata-present"];
    OpenIdOnly "openid-only" ServerMetadata "Only the OpenID document exists; the RFC 8414 path is 404." ["as-metadata-present"] in V2025_06_18;
    PkceNotAdvertised "pkce-not-advertised" ServerMetadata "The metadata does not say that PKCE is supported." ["as-pkce-advertised"];
    PkcePlainOnly "pkce-plain-only" ServerMetadata "The metadata advertises only the PKCE method plain." ["as-pkce-advertised"];
    ResponseTypesMissing "response-types-missing" ServerMetadata "The metadata lacks response_types_supported." ["as-response-types"];
    TokenEndpointMissing "token-endpoint-missing" ServerMetadata "The metadata lacks token_endpoint." ["as-endpoints-present"];
    JwksMissing "jwks-missing" ServerMetadata "The key set the metadata points to is 404." ["as-jwks"];
    JwksPrivate "jwks-private" ServerMetadata "The published key set contains a private member." ["as-jwks"];
    DocumentsDisagree "documents-disagree" ServerMetadata "The OpenID document names another key set than the RFC 8414 one." ["as-documents-agree"];
    IssNotAdvertised "iss-not-advertised" ServerMetadata "The callback carries iss, but the metadata does not say so." ["as-iss-advertised"] in V2026_07_28;
    ServerMetadataTextPlain "server-metadata-text-plain" ServerMetadata "The authorization server's metadata is sent as text/plain." ["as-metadata-200-json"];
    ServerMetadataDuplicateMember "server-metadata-duplicate-member" ServerMetadata "The authorization server's metadata names issuer twice." ["as-no-duplicate-members"];
    ServerMetadataEmptyArray "server-metadata-empty-array" ServerMetadata "The server's scopes_supported is an empty array, which must be left out instead." ["as-no-empty-arrays"];
    GrantTypesPassword "grant-types-password" ServerMetadata "The metadata offers the password grant." ["as-grant-types"];
    PublicClientsNotAdvertised "public-clients-not-advertised" ServerMetadata "The metadata does not offer the authentication method none." ["as-token-auth-methods"];
    EndpointPlainHttp "endpoint-plain-http" ServerMetadata "The revocation endpoint is published without TLS." ["as-https-endpoints"];
    CimdNotAdvertised "cimd-not-advertised" ServerMetadata "The metadata does not say that client-ID metadata documents are supported." ["as-cimd-supported"] in V2026_07_28;
    JwksStale "jwks-stale" ServerMetadata "The published key is not the one that tokens are signed with." ["jwt-signature"];
    DefaultEndpointsMissing "default-endpoints-missing" ServerMetadata "There is no metadata, and nothing at the default paths either." ["as-metadata-present", "as-default-endpoints"] in V2025_03_26;
    AuthAlgorithmsMissing "auth-algorithms-missing" ServerMetadata "Clients may sign their authentication, but it is not said with what." ["as-auth-alg-values"];
    AuthAlgorithmNone "auth-algorithm-none" ServerMetadata "Clients may authenticate with an unsigned JWT." ["as-auth-alg-none"];
    ImplicitOffered "implicit-offered" ServerMetadata "The metadata offers the implicit grant." ["as-no-implicit"];
    ScopesUnlisted "scopes-unlisted" ServerMetadata "The server's scopes_supported lacks the scope of the resource." ["as-scopes-cover-prm"];
    ProtectedResourcesOther "protected-resources-other" ServerMetadata "The server lists the resources it protects, and this one is not among them." ["prm-as-cross-check"];
    OpenIdIncomplete "openid-incomplete" ServerMetadata "Only the OpenID document exists, and it lacks what OpenID requires." ["as-oidc-fields"];
    ServerMetadataWithoutCors "server-metadata-without-cors" ServerMetadata "Scripts in a browser cannot read the server metadata." ["cors-server-metadata"];
    // registration
    RegistrationDisabled "registration-disabled" Registration "Dynamic registration is switched off: no registration_endpoint." ["as-dcr-available"] in V2025_06_18;
    RegistrationForbidden "registration-forbidden" Registration "The registration endpoint responds with 403." ["dcr-open"];
    RegistrationRouteMissing "registration-route-missing" Registration "The metadata names a registration endpoint where there is none: 404 with a web page." ["dcr-error-format"];
    RegistrationStatus200 "registration-status-200" Registration "Registration succeeds with 200 instead of 201." ["dcr-201-json"];
    RegistrationHtml "registration-html" Registration "Registration fails with 500 and a web page." ["dcr-error-format"];
    RegistrationClientIdMissing "registration-client-id-missing" Registration "The registration response has no client_id." ["dcr-client-id"];
    RegistrationMethodUnsaid "registration-method-unsaid" Registration "A secret is issued without saying how it is sent, and taken in the body only." ["dcr-echo-metadata", "dcr-public-honoured"];
    RegistrationRedirectDropped "registration-redirect-dropped" Registration "The registration response does not repeat redirect_uris." ["dcr-echo-metadata"];
    RegistrationScopeNarrowed "registration-scope-narrowed" Registration "Clients are registered with the scopes of a login alone, whatever they ask for." ["dcr-metadata-kept"];
    RegistrationSecretWithoutExpiry "registration-secret-without-expiry" Registration "A client secret is issued without client_secret_expires_at." ["dcr-secret-expires-at"];
    RegistrationCacheable "registration-cacheable" Registration "The registration response may be stored by caches." ["dcr-no-store"];
    ApplicationTypeRefused "application-type-refused" Registration "Registration is refused because of application_type." ["as-application-type-ok"] in V2026_07_28;
    LoopbackRedirectRefused "loopback-redirect-refused" Registration "Registration refuses redirect URIs on loopback." ["dcr-redirect-uris"];
    RegistrationPublicIgnored "registration-public-ignored" Registration "A public client gets a secret without being told how to use it." ["dcr-public-honoured"];
    RegistrationManagementUrlMissing "registration-management-url-missing" Registration "The registration response has a management token, but not the URL it is for." ["dcr-management"];
    RegistrationGrantsDropped "registration-grants-dropped" Registration "The client is registered for code, but without a grant type to redeem it." ["dcr-consistency"];
    RegistrationClientIdUrl "registration-client-id-url" Registration "The client_id of a registered client is an https URL." ["dcr-client-id-form"];
    DeletionStatus200 "deletion-status-200" Registration "The deletion of a client gets 200." ["dcr-deleted-204"];
    RegistrationReadable "registration-readable" Registration "A registration can be read without its token." ["dcr-management-protected"];
    // authorization
    AuthorizeGetRefused "authorize-get-refused" Authorization "The authorization endpoint responds with GET with 405." ["authz-get"];
    // Fails nothing: the login ends on a page with 4xx, which is right for an unknown client: inconclusive, and the walk says that nobody came back.
    ConnectionNotEnabled "connection-not-enabled" Authorization "No login connection is enabled for the registered client: the login page is an error page." [];
    // Fails nothing: a page made by scripts is a login as good as any; what it takes is another driver.
    LoginNeedsScript "login-needs-script" Authorization "The login page is made by scripts: without them it is empty." [];
    ServiceNotFound "service-not-found" Authorization "The authorization server knows no API with the resource's identifier." ["as-accepts-resource"];
    StateDropped "state-dropped" Authorization "The callback has no state." ["authz-state-echo", "authz-error-state"];
    StateChanged "state-changed" Authorization "The callback has another state than the request." ["authz-state-echo", "authz-error-state"];
    StateDecodedTwice "state-decoded-twice" Authorization "The callback has the state with its + turned into a space." ["authz-state-echo", "authz-error-state"];
    CallbackEmpty "callback-empty" Authorization "The browser is sent to the redirect URI with nothing appended." ["authz-error-response", "authz-state-echo"];
    CallbackInFragment "callback-in-fragment" Authorization "Code and state come in the fragment of the redirect URI." ["authz-error-response", "authz-state-echo"];
    // Fails nothing: an unknown redirect URI ends on a page; that the client has registered it the diagnosis says.
    RegisteredRedirectRefused "registered-redirect-refused" Authorization "The redirect URI that the client has registered is refused." [];
    // Fails nothing: the server may refuse a scope; who published it the diagnosis says.
    ScopeUnknown "scope-unknown" Authorization "The authorization server knows no scope of those it publishes." [];
    IssWrong "iss-wrong" Authorization "The callback names another issuer." ["authz-iss-identical", "authz-iss-errors"] in V2026_07_28;
    IssUnknown "iss-unknown" Authorization "The server neither sends iss nor says that it would." ["as-iss-param"] in V2026_07_28;
    IssMissing "iss-missing" Authorization "The callback has no iss although the metadata promises it." ["as-iss-advertised", "authz-iss-errors"] in V2026_07_28;
    CallbackDuplicateParameter "callback-duplicate-parameter" Authorization "The callback carries code twice." ["authz-no-duplicate-response-params"];
    CallbackCodeChallenge "callback-code-challenge" Authorization "The callback leaks the code_challenge." ["authz-challenge-not-leaked"];
    // Fails nothing: a server may deny access, and says so.
    ThirdPartyAccessDenied "third-party-access-denied" Authorization "Clients that register themselves are not authorized for the API." [];
    LoginFrameable "login-frameable" Authorization "The login pages may be framed by any site." ["authz-frame-protection"];
    LoginRedirect307 "login-redirect-307" Authorization "After the login a 307 makes the browser send the password on." ["authz-no-307"];
    AuthorizationErrorUnlisted "authorization-error-unlisted" Authorization "The callback carries an error code of nobody's list." ["authz-error-response"];
    UnknownClientRedirected "unknown-client-redirected" Authorization "A client that is not known is redirected with an error." ["authz-unknown-client"];
    RedirectUriUnchecked "redirect-uri-unchecked" Authorization "Errors are redirected to any URI of any host." ["authz-no-redirect-on-bad-uri", "authz-redirect-exact"];
    RedirectUriPrefix "redirect-uri-prefix" Authorization "Redirect URIs are compared up to the length of the registered one." ["authz-redirect-exact"];
    RedirectPortFixed "redirect-port-fixed" Authorization "A loopback redirect URI must come with the port it was registered with." ["authz-loopback-port"];
    PkceOptional "pkce-optional" Authorization "Without code_challenge a code is issued all the same; the login is remembered." ["authz-pkce-required"];
    PkceMethodIgnored "pkce-method-ignored" Authorization "A challenge method that does not exist is ignored; the login is remembered." ["authz-pkce-method-unsupported"];
    ImplicitGranted "implicit-granted" Authorization "response_type=token puts a token into the URL; the login is remembered." ["authz-no-implicit"];
    RepeatedParameterTaken "repeated-parameter-taken" Authorization "A request with two states gets a code; the login is remembered." ["authz-duplicate-request-params"];
    UnknownParameterRefused "unknown-parameter-refused" Authorization "The authorization endpoint refuses parameters it does not know." ["authz-unknown-params"];
    ScopeRequired "scope-required" Authorization "An authorization request without scope ends with 500." ["authz-scope-omitted"];
    ErrorStateDropped "error-state-dropped" Authorization "Errors at the redirect URI have no state." ["authz-error-state"];
    ErrorIssMissing "error-iss-missing" Authorization "Errors at the redirect URI have no iss although the metadata promises it." ["authz-iss-errors"] in V2026_07_28;
    AuthorizeReadable "authorize-readable" Authorization "Scripts of other sites may read the authorization endpoint." ["authz-no-cors"];
    ResourceCaseSensitive "resource-case-sensitive" Authorization "A resource is not recognised with its scheme in capitals." ["as-resource-uppercase"];
    ResourceMalformedTaken "resource-malformed-taken" Authorization "A resource that is no URI gets a code; the login is remembered." ["as-invalid-target"];
    // token
    // Fails nothing: the error is a listed one, and says why.
    TokenRequestRefused "token-request-refused" Token "The token endpoint refuses every request for a rule of its own." [];
    TokenEndpointNotFound "token-endpoint-not-found" Token "There is nothing at the address of the token endpoint." ["token-error-format"];
    TokenEndpointFailing "token-endpoint-failing" Token "The token endpoint fails with 500 and a web page." ["token-error-format"];
    TokenFormNotRead "token-form-not-read" Token "The token endpoint reads JSON, and refuses forms with 422." ["token-error-format"];
    // Fails nothing: a rate limit violates no rule, and a code may be refused.
    RateLimited "rate-limited" Token "The token endpoint responds with 429 and Retry-After." [];
    CodeLost "code-lost" Token "A code that was issued a moment ago is not known." [];
    DefaultAudienceMissing "default-audience-missing" Token "The resource parameter is ignored and there is no default audience: the token is opaque." ["rs-valid-token-accepted"];
    SigningAlgorithmHs256 "signing-algorithm-hs256" Token "Tokens are signed with HS256, for which no key is published." ["jwt-alg", "rs-valid-token-accepted"];
    AudienceMismatch "audience-mismatch" Token "The token is for another audience than the MCP URL." ["token-aud-restricted", "rs-valid-token-accepted"];
    TokenCacheable "token-cacheable" Token "The token response may be stored by caches." ["token-no-store", "refresh-no-store"];
    TokenFormEncoded "token-form-encoded" Token "The token response is form-encoded instead of JSON." ["token-200-json", "refresh-200-json"];
    TokenExpiresInString "token-expires-in-string" Token "expires_in is a string." ["token-expires-in"];
    TokenTypeMissing "token-type-missing" Token "The token response has no token_type." ["token-type-bearer", "refresh-200-json"];
    TokenError200 "token-error-200" Token "The token endpoint reports an error with status 200." ["token-error-format"];
    TokenScopeNarrowed "token-scope-narrowed" Token "The token has less scope than requested, and the response does not say so." ["token-scope", "rs-valid-token-accepted"];
    TokenIssuerMismatch "token-issuer-mismatch" Token "The token names another issuer than the metadata." ["jwt-iss", "rs-valid-token-accepted"];
    TokenEncrypted "token-encrypted" Token "The token is encrypted, in five parts, and the gateway cannot read it." ["rs-valid-token-accepted"];
    TokenStatus201 "token-status-201" Token "The token response has status 201." ["token-200-json", "refresh-200-json"];
    TokenLongLived "token-long-lived" Token "The token lives for a month." ["as-short-lived-tokens"];
    TokenTypJwt "token-typ-jwt" Token "The token says JWT instead of at+jwt, which the gateway demands." ["jwt-typ", "rs-valid-token-accepted"];
    TokenIatMissing "token-iat-missing" Token "The token does not say when it was issued." ["jwt-claims"];
    TokenAudienceExtra "token-audience-extra" Token "The token is also for another resource." ["token-aud-single"];
    TokenScopeClaimMissing "token-scope-claim-missing" Token "The token carries no scope, by which the gateway decides." ["jwt-scope-claim", "rs-valid-token-accepted"];
    TokenFromFuture "token-from-future" Token "The clock of the server that signs is an hour fast." ["jwt-clock"];
    JwksUseMissing "jwks-use-missing" Token "The key set mixes keys for signing and encryption without saying which is which." ["as-jwks-use"];
    UnknownCodeMisnamed "unknown-code-misnamed" Token "A code that was never issued is refused with invalid_request." ["token-invalid-grant"];
    UnknownGrantMisnamed "unknown-grant-misnamed" Token "A grant type that does not exist is refused with invalid_request." ["token-unsupported-grant"];
    BasicNeedsClientId "basic-needs-client-id" Token "Clients have a secret, and have to name themselves in the body beside their Basic credentials." ["as-token-auth-methods", "token-basic-alone"];
    ClientRefusedWith400 "client-refused-with-400" Token "Wrong Basic credentials get 400." ["token-invalid-client-401"];
    UnknownTokenParameterRefused "unknown-token-parameter-refused" Token "The token endpoint refuses parameters it does not know." ["token-unknown-params"];
    RefreshResourceRefused "refresh-resource-refused" Token "A refresh with the resource parameter is refused." ["refresh-accepted"];
    RefreshStatus201 "refresh-status-201" Token "The response to a refresh has status 201." ["refresh-200-json"];
    RefreshCacheable "refresh-cacheable" Token "The response to a refresh may be stored by caches." ["refresh-no-store"];
    RefreshTokenKept "refresh-token-kept" Token "Refresh tokens of public clients can be used again and again." ["refresh-token-rotated"];
    RefreshScopeWidened "refresh-scope-widened" Token "A refreshed token has scope that nobody consented to." ["refresh-scope"];
    RefreshAudienceChanged "refresh-audience-changed" Token "A refreshed token is for another resource." ["refresh-audience"];
    RevocationStatus204 "revocation-status-204" Token "Revocation gets 204." ["revocation-200"];
    TokenEndpointWithoutCors "token-endpoint-without-cors" Token "Scripts in a browser may not send to the token endpoint." ["cors-token"];
    // session
    AuthorizationDropped "authorization-dropped" Session "The gateway drops the Authorization header, and the server behind it responds with 401." ["rs-valid-token-accepted", "rs-401-any-challenge"];
    TokensRefused "tokens-refused" Session "Every token is refused with invalid_token, and nothing says why." ["rs-valid-token-accepted"];
    InsufficientScope401 "insufficient-scope-401" Session "Too little scope gets 401." ["rs-insufficient-scope-403", "rs-valid-token-accepted"];
    InsufficientScopeBare "insufficient-scope-bare" Session "Too little scope gets 403 and no challenge." ["rs-403-challenge", "rs-valid-token-accepted"];
    InitializedRefused "initialized-refused" Session "notifications/initialized gets 400, without a body and a content-type." ["mcp-initialized-202"];
    InvalidToken403 "invalid-token-403" Session "A token that is no good gets 403." ["rs-invalid-token-401"];
    InvalidTokenSilent "invalid-token-silent" Session "The challenge to a token that is no good names no error." ["rs-error-invalid-token"];
    EmptyToken500 "empty-token-500" Session "The word Bearer without a token ends with 500." ["rs-malformed-auth-400"];
    OddToken500 "odd-token-500" Session "A token that cannot be parsed ends with 500." ["rs-odd-token-refused"];
    BasicAccepted "basic-accepted" Session "Basic credentials of anybody are let through." ["rs-foreign-scheme-refused"];
    SchemeCaseSensitive "scheme-case-sensitive" Session "Only the scheme Bearer is known, not bearer." ["rs-scheme-case"];
    SignatureUnchecked "signature-unchecked" Session "The signature of tokens is not verified." ["rs-jwt-signature", "rs-foreign-token-rejected"];
    AlgorithmNoneAccepted "algorithm-none-accepted" Session "Tokens that say they need no signature are let through." ["rs-jwt-alg-none"];
    UnknownKeyAccepted "unknown-key-accepted" Session "Tokens under a key name that is not known are not verified." ["rs-foreign-token-rejected"];
    QueryTokenAccepted "query-token-accepted" Session "A token in the query is as good as one in the header." ["rs-query-token-ignored"];
    SessionIsIdentity "session-is-identity" Session "In an open session no token is needed." ["rs-auth-every-request"];
    OriginUnchecked "origin-unchecked" Session "Pages of every site may send requests." ["mcp-origin-rejected"];
    HostUnchecked "host-unchecked" Session "The server answers to every host name." ["mcp-host-rejected"];
    AllowMissing "allow-missing" Session "405 does not say which methods there are." ["rs-405-allow"];
    SessionOptional "session-optional" Session "Requests without a session id are served." ["mcp-session-missing-400"];
    EndedSessionLives "ended-session-lives" Session "A session that was ended is served all the same." ["mcp-session-ended-404"];
    VersionHeaderIgnored "version-header-ignored" Session "A protocol version that does not exist is ignored in the header." ["mcp-bad-version-400"];
    GetHtml "get-html" Session "GET gets a web page." ["mcp-get-sse-or-405"];
    VersionParroted "version-parroted" Session "The server agrees to whatever version it is asked for." ["mcp-version-unknown"];
    SessionIdCounted "session-id-counted" Session "Session ids are numbers that count up." ["mcp-session-id-random"];
    UnsupportedVersionServed "unsupported-version-served" Session "A version that does not exist is served." ["mcp-unsupported-version"] in V2026_07_28;
    MetaUnchecked "meta-unchecked" Session "Requests without the client's capabilities are served." ["mcp-missing-meta"] in V2026_07_28;
    HeaderMismatchServed "header-mismatch-served" Session "The body counts, whatever the header Mcp-Method says." ["mcp-header-mismatch"] in V2026_07_28;
    HeaderOptional "header-optional" Session "Requests without the header Mcp-Method are served." ["mcp-header-missing"] in V2026_07_28;
    UnknownMethod200 "unknown-method-200" Session "A method that does not exist gets status 200." ["mcp-unknown-method-404"] in V2026_07_28;
    SessionIdRefused "session-id-refused" Session "A session id that nobody issued is refused, although there are no sessions." ["mcp-ignores-session-id"] in V2026_07_28;
    ListPublic "list-public" Session "Every cache may keep the list of tools." ["mcp-list-cache-scope"] in V2026_07_28;
    ModernOnlyVague "modern-only-vague" Session "The server speaks 2026-07-28 only, and does not say so to legacy clients." ["mcp-legacy-verbs-405", "mcp-initialize-hint"] in V2026_07_28;
    // Fails nothing: there is no response to judge: the walk is stuck.
    ResponseBuffered "response-buffered" Session "Answers to requests with a token are held back for good." [];
    UpstreamHtml "upstream-html" Session "The server behind the gateway is down: 502 with a web page." ["mcp-initialize"];
    Initialized200 "initialized-200" Session "The initialized notification gets 200 and a body." ["mcp-initialized-202"];
    SessionTextPlain "session-text-plain" Session "JSON-RPC answers are sent as text/plain." ["mcp-response-content-type"];
    ServerInfoMissing "server-info-missing" Session "The opening result does not name the server." ["mcp-initialize"];
    VersionEchoedUnknown "version-echoed-unknown" Session "The server negotiates a protocol version that does not exist." ["mcp-version-negotiation", "mcp-version-unknown"];
    DiscoverIncomplete "discover-incomplete" Session "The discover result has no supportedVersions." ["mcp-discover"] in V2026_07_28;
    DiscoverUnknown "discover-unknown" Session "The server knows no server/discover: it speaks legacy protocol versions only." ["mcp-discover"] in V2026_07_28;
    ResultTypeMissing "result-type-missing" Session "Results have no resultType." ["mcp-result-type"] in V2026_07_28;
    CacheHintsMissing "cache-hints-missing" Session "Results have no ttlMs and no cacheScope." ["mcp-cache-hints"] in V2026_07_28;
    SessionIdNotAscii "session-id-not-ascii" Session "The session id contains a space." ["mcp-session-id-format"];
    // Fails nothing: legal: the response arrives, and the stream SHOULD, not must, end after it.
    SessionEventStreamOpen "session-event-stream-open" Session "The initialize response is an event stream that stays open." [];
    EventStreamBufferable "event-stream-bufferable" Session "Answers are event streams that proxies may hold back." ["mcp-x-accel-buffering"] in V2026_07_28;
    // hostile peers
    BodyEndless "body-endless" ResourceMetadata "The protected-resource metadata never ends." ["prm-present"];
    BodyHuge "body-huge" ResourceMetadata "The protected-resource metadata has three mebibytes." ["prm-present"];
    BodyTruncated "body-truncated" ResourceMetadata "The protected-resource metadata breaks off before its announced length." ["prm-present"];
    // Fails nothing: there is no response to judge: the walk is stuck at the target.
    HeadGarbage "head-garbage" Challenge "The opening request gets bytes that are not HTTP." [];
    RedirectLoop "redirect-loop" ResourceMetadata "The protected-resource metadata redirects to itself." ["prm-present"];
    // Fails nothing: texts may hold anything; it is on gatewalk to show them harmlessly.
    EscapeSequences "escape-sequences" Challenge "Published texts contain terminal escape sequences." [];
    // Fails nothing: there is no response to judge: the walk is stuck at the target.
    Slow "slow" Challenge "The opening request is never answered." [];
}

/// Checks that no fault of the sandbox fails, and why. Recorded histories show that they can fail.
pub const CHECKS_WITHOUT_FAULT: &[(&str, &str)] = &[
    ("rs-https", "the sandbox is on loopback, where plain http is allowed"),
    ("mcp-origin-checked", "the sandbox is on loopback, where mcp-origin-rejected judges instead"),
];

impl Fault {
    /// The tool that has to be called to see it (`--then call=`): where the rest is public, only a tool that exists shows
    /// whether the tools are.
    pub const fn called_tool(self) -> Option<&'static str> {
        match self {
            Self::PolicyMissing => Some("echo"),
            _ => None,
        }
    }

    /// The fault of that id, if there is one.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.id() == id)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_kebab_case_and_lead_back() {
        for fault in Fault::ALL {
            assert!(
                fault.id().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{fault}"
            );
            assert_eq!(Fault::from_id(fault.id()), Some(*fault));
        }
        assert_eq!(Fault::from_id("no-such-fault"), None);
    }

    #[test]
    fn summaries_are_sentences() {
        for fault in Fault::ALL {
            assert!(fault.summary().ends_with('.') && fault.summary().len() < 110, "{fault}");
        }
    }
}
