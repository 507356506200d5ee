//! The rules a client could judge and gatewalk does not yet, each with the reason.

use crate::specification::cite::{SERVER_VALIDATION, cimd, mcp, mcp_guide, oauth21, oidc, rfc};
use crate::specification::{Citation, Party};

/// A rule without a check.
#[derive(Debug)]
pub struct NotCovered {
    /// What is demanded, in one sentence.
    pub rule: &'static str,
    /// Who has to keep it.
    pub party: Party,
    /// The sentences it rests on.
    pub cites: &'static [&'static [Citation]],
    /// Why there is no check.
    pub because: &'static str,
}

const SECOND_GRANT: &str = "It takes a second login and leaves a grant behind.";
const USES_CODE: &str = "It uses up a code, and so takes a login of its own.";
const USES_REFRESH: &str = "It uses up the refresh token of the run, or makes the server revoke the grant.";
const SECOND_CLIENT: &str = "It takes a second registration, which may stay behind.";
const OWN_HOST: &str = "It takes an https host of the user's own, from which different documents are served.";
const PERSON: &str = "A person has to look at the page.";

/// One table, so that a rule is one line.
macro_rules! table {
    ($($party:ident $rule:literal [$($cite:expr),+] $because:expr;)*) => {
        /// All of them, by party and in flow order.
        pub static NOT_COVERED: &[NotCovered] = &[$(NotCovered {
            rule: $rule,
            party: Party::$party,
            cites: &[$($cite),+],
            because: $because,
        }),*];
    };
}

#[rustfmt::skip]
table! {
    Gateway "A token that was issued for another resource is refused" [mcp!(["2025-11-25"], "basic/authorization", "Token Handling", "token-handling"), mcp!(["2025-11-25"], "basic/authorization", "Access Token Privilege Restriction", "access-token-privilege-restriction")] SECOND_GRANT;
    Gateway "A token of another authorization server is refused" [mcp!(["2025-11-25"], "basic/authorization", "Token Handling", "token-handling")] "It takes a token of another server, which the user would have to give. A token that nobody's key has signed is tried instead.";
    Gateway "The client's token is not passed on to other services" [mcp!(["2025-11-25"], "basic/authorization", "Access Token Privilege Restriction", "access-token-privilege-restriction")] "What the gateway sends on cannot be seen from outside.";
    Gateway "An expired token is refused" [rfc!(9068, "4"), oauth21!("5.2")] "It takes as long as the token lives.";
    Gateway "An ID token is not accepted as an access token" [rfc!(9068, "4"), rfc!(9068, "5")] "It takes a scope that makes the server issue one, which the walk does not ask for.";
    Gateway "A token signed with the public key as an HMAC secret is refused" [rfc!(8725, "2.1"), rfc!(8725, "3.1")] "It is an attack that may alarm a server in production.";
    Gateway "A request with a token in header and query at once is refused" [rfc!(6750, "2"), rfc!(6750, "3.1")] "OAuth 2.1 has the query ignored instead: the documents disagree.";
    Gateway "Keys are not fetched from a URL in the token, nor taken from the token itself" [rfc!(8725, "3.10")] "It may make the gateway connect to other hosts.";
    Gateway "A session of one user is not served to another" [mcp_guide!(["2025-11-25"], "security_best_practices", "Session Hijacking", "session-hijacking")] "It takes two users.";
    Gateway "After the scope was stepped up the same call is not challenged again" [mcp!(["2026-07-28"], "basic/authorization", "Scope Challenge Handling", "scope-challenge-handling")] "It takes a call that needs more scope than the login asked for. The walk steps up once and reports what comes.";
    Gateway "A scope that implies another is accepted for it" [mcp!(["2026-07-28"], "basic/authorization", "Step-Up Authorization Flow", "step-up-authorization-flow")] "Which scope implies which is only known to those who run the server.";
    Gateway "There is nothing at port 80 but a redirect" [oauth21!("1.5")] "The sandbox cannot listen there, so that the check could not be shown to fail.";
    Gateway "Old versions of TLS are refused" [rfc!(9728, "7.1")] "The TLS library speaks 1.2 and 1.3 only.";
    Gateway "Signed metadata says the same as the plain members, under a signature that can be verified" [rfc!(9728, "2.2")] "MCP clients do not read it; the form is checked.";
    Gateway "Header fields of tool parameters reach the server" [mcp!(["2026-07-28"], "basic/transports/streamable-http", "Server Behavior for Custom Headers", "server-behavior-for-custom-headers")] "It takes a call of one of the server's own tools.";
    Gateway "Header fields of the modern protocol version are not trusted in requests of earlier ones" [SERVER_VALIDATION] "What the gateway decides by them cannot be seen from outside.";
    Gateway "The tokens of every authorization server that the resource lists are accepted" [rfc!(9728, "7.6")] "The metadata of all is judged; a token of another takes a login there.";
    Gateway "A token that is bound to a key is refused without proof, and with the proof of another request" [rfc!(9449, "4.3"), rfc!(9449, "7.1")] "Probes are sent as bearer requests so far.";
    AuthorizationServer "A registration with a plain http or script redirect URI is refused" [rfc!(7591, "5"), rfc!(9700, "2.6"), mcp!(["2025-11-25"], "basic/authorization", "Communication Security", "communication-security")] SECOND_CLIENT;
    AuthorizationServer "Unknown members of a registration are ignored" [rfc!(7591, "2")] SECOND_CLIENT;
    AuthorizationServer "A native client may register 127.0.0.1 and localhost" [oidc!("registration", "2", "ClientMetadata")] SECOND_CLIENT;
    AuthorizationServer "The query of a registered redirect URI is kept" [rfc!(6749, "3.1.2"), oauth21!("2.3")] SECOND_CLIENT;
    AuthorizationServer "A registration can be read with its token" [rfc!(7592, "2.1")] "Reading it may replace the token that the clean-up needs.";
    AuthorizationServer "A deleted client is gone, and its tokens with it" [rfc!(7592, "2.3")] "It takes requests after the clean-up, with credentials that are no good any more.";
    AuthorizationServer "The document of a client is fetched, and must name itself and its redirect URIs" [cimd!("00", "4"), mcp!(["2025-11-25"], "basic/authorization", "Client ID Metadata Documents", "client-id-metadata-documents")] OWN_HOST;
    AuthorizationServer "A document of a client that cannot be fetched, is redirected or is not JSON ends the authorization request, and is not kept" [cimd!("00", "4.3"), cimd!("00", "4.4")] OWN_HOST;
    AuthorizationServer "The document of a client has no shared secret, is small, is cached as its headers say, and is fetched from public addresses only" [cimd!("00", "4.1"), cimd!("00", "4.4"), cimd!("00", "6.5"), cimd!("00", "6.6")] OWN_HOST;
    AuthorizationServer "A client identifier that is a URL has https, a path, no fragment and no dot segments" [cimd!("00", "3")] OWN_HOST;
    AuthorizationServer "The consent page shows the host of the redirect URI, and warns of localhost" [mcp!(["2025-11-25"], "basic/authorization", "Localhost Redirect URI Risks", "localhost-redirect-uri-risks"), cimd!("00", "6.4")] PERSON;
    AuthorizationServer "A client that is not trusted is not redirected without the user" [oauth21!("7.12.2"), rfc!(9700, "4.11.2")] SECOND_CLIENT;
    AuthorizationServer "A proxy asks for consent per client before it forwards to another server" [mcp_guide!(["2025-11-25"], "security_best_practices", "Confused Deputy Problem", "confused-deputy-problem")] SECOND_CLIENT;
    AuthorizationServer "The consent of a proxy is protected by cookies and a state that is used once" [mcp_guide!(["2025-11-25"], "security_best_practices", "Confused Deputy Problem", "confused-deputy-problem")] "It takes a proxy to tell from a server of its own, and a login that is repeated.";
    AuthorizationServer "PKCE with S256 works" [rfc!(7636, "4.2"), oauth21!("4.1.1")] "Every walk uses it: where it does not work the login or the token request fails, which is judged.";
    AuthorizationServer "An MCP client can get an identifier in one of the ways of its protocol version" [mcp!(["2025-11-25"], "basic/authorization", "Client Registration Approaches", "client-registration-approaches")] "Each way is judged by itself; where none is open the walk ends at the registration and says so.";
    AuthorizationServer "A code is refused without verifier, with a wrong one, and with one where none was announced" [oauth21!("4.1.3"), rfc!(7636, "4.6"), rfc!(9700, "4.8.2")] USES_CODE;
    AuthorizationServer "A code is refused the second time, and the tokens of the first are revoked" [rfc!(6749, "4.1.2"), oauth21!("4.1.3")] USES_CODE;
    AuthorizationServer "A code is refused to another client" [rfc!(6749, "4.1.3"), oauth21!("4.1.3")] USES_CODE;
    AuthorizationServer "A code is refused with another redirect_uri than it was asked for with" [rfc!(6749, "4.1.3"), oauth21!("10.2")] USES_CODE;
    AuthorizationServer "A code is worthless after ten minutes" [rfc!(6749, "4.1.2")] USES_CODE;
    AuthorizationServer "A token request for a resource that was not authorized is refused" [rfc!(8707, "2.2")] USES_CODE;
    AuthorizationServer "A token request with two codes is refused" [rfc!(6749, "3.2")] USES_CODE;
    AuthorizationServer "A token request with the proof of another key, or with an old proof, is refused; a nonce is demanded with use_dpop_nonce" [rfc!(9449, "5"), rfc!(9449, "8")] USES_CODE;
    AuthorizationServer "A token of the type DPoP names the key it is bound to" [rfc!(9449, "6.1")] "The sandbox binds no tokens, so that the check could not be shown to fail.";
    AuthorizationServer "A request without resource gets a default audience or invalid_target" [rfc!(8707, "2.1"), rfc!(9068, "3")] SECOND_GRANT;
    AuthorizationServer "A client may send its secret in the body" [oauth21!("2.4.1")] "The walk authenticates in the one way that was registered; servers may limit a client to it.";
    AuthorizationServer "An old refresh token ends the grant" [oauth21!("4.3.1"), rfc!(9700, "4.14.2")] USES_REFRESH;
    AuthorizationServer "A revoked token is refused from then on" [rfc!(7009, "2.1"), rfc!(7009, "2.2")] "Gateways that verify tokens themselves learn of it late or never, which is legal.";
    AuthorizationServer "A refresh is refused to another client, with more scope, or for another resource" [rfc!(6749, "6"), oauth21!("4.3"), rfc!(8707, "2.2")] USES_REFRESH;
    AuthorizationServer "A refresh token keeps its whole scope after a narrower refresh" [rfc!(6749, "6"), oauth21!("4.3.3")] USES_REFRESH;
    McpServer "What was accepted on a connection counts for no other request on it" [mcp!(["2026-07-28"], "basic", "Statelessness", "statelessness")] "gatewalk opens a connection for each request.";
}

#[cfg(test)]
mod tests {
    use super::NOT_COVERED;

    #[test]
    fn every_rule_has_a_source_and_a_reason() {
        for entry in NOT_COVERED {
            assert!(!entry.cites.is_empty() && !entry.rule.ends_with('.'), "{}", entry.rule);
            assert!(entry.because.len() > 15 && entry.because.ends_with('.'), "{}", entry.rule);
        }
        assert!(NOT_COVERED.is_sorted_by_key(|entry| entry.party));
    }
}
