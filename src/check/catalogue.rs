//! The one list of all checks, in the order of the flow.

use super::{
    Check, authorization as a, browser as b, challenge as c, registration as d, resource_metadata as r,
    server_metadata as s, session as m, token as t,
};

/// All checks.
#[rustfmt::skip]
pub static CATALOGUE: &[&Check] = &[
    // challenge
    &c::status::HTTPS,
    &c::status::UNAUTH_401,
    &c::every::IMPLEMENTED,
    &c::header::WWW_AUTHENTICATE,
    &c::header::SYNTAX,
    &c::header::NO_ERROR,
    &c::header::SEVERAL,
    &c::every::CHALLENGE,
    &c::every::ALLOW,
    &c::parameter::RESOURCE_METADATA,
    &c::parameter::SCOPE,
    &c::parameter::NO_OFFLINE_ACCESS,
    &c::open::STEADY,
    &c::open::EVERY_METHOD,
    &c::open::SPELLED,
    &c::open::REDIRECT,
    &c::open::IDENTITY,
    &c::open::FORWARDED,
    &b::PREFLIGHT,
    &b::FIELDS,
    &b::CHALLENGE,
    // resource metadata
    &r::discovery::PRESENT,
    &r::discovery::DISCOVERABLE,
    &r::discovery::PATH_INSERTION,
    &r::discovery::JSON_200,
    &r::resource::VALID,
    &r::resource::MATCHES,
    &r::resource::EXACT,
    &r::scopes::NO_QUERY,
    &r::authorization_servers::LISTED,
    &r::authorization_servers::ISSUER_FORMAT,
    &r::authorization_servers::PUBLISHED,
    &r::form::NO_EMPTY_VALUES,
    &r::form::NO_DUPLICATES,
    &r::members::BEARER_METHODS,
    &r::members::RECOMMENDED,
    &r::scopes::MINIMAL,
    &r::security::PLAIN_BEARER,
    &r::security::KEYS_HTTPS,
    &r::security::ALGORITHM_NONE,
    &r::security::SIGNED,
    &r::security::SIGNED_ONCE,
    &r::elsewhere::AGREE,
    &r::elsewhere::PER_PATH,
    &r::elsewhere::ABSENT,
    &b::RESOURCE,
    // server metadata
    &s::discovery::PRESENT,
    &s::discovery::JSON_200,
    &s::issuer::MATCHES,
    &s::issuer::SLASH,
    &s::issuer::FORM,
    &s::endpoint::PRESENT,
    &s::endpoint::HTTPS,
    &s::endpoint::NO_PARAMETERS,
    &s::default_endpoints::DEFAULTS,
    &s::capability::RESPONSE_TYPES,
    &s::capability::GRANT_TYPES,
    &s::capability::PKCE,
    &s::capability::TOKEN_AUTH_METHODS,
    &s::authentication::ALGORITHMS,
    &s::authentication::ALGORITHM_NONE,
    &s::authentication::DPOP,
    &s::authentication::NO_IMPLICIT,
    &s::authentication::SCOPES,
    &r::scopes::CROSS_CHECK,
    &s::openid::FIELDS,
    &s::registration::DYNAMIC,
    &s::registration::METADATA_DOCUMENTS,
    &s::form::NO_EMPTY_ARRAYS,
    &s::form::NO_DUPLICATES,
    &s::forwarded::IGNORED,
    &s::elsewhere::AGREE,
    &s::elsewhere::INSERTION,
    &s::elsewhere::ABSENT,
    &b::SERVER,
    // registration
    &d::access::OPEN,
    &d::access::ERROR_FORMAT,
    &d::access::APPLICATION_TYPE,
    &d::access::REDIRECT_URIS,
    &d::response::CREATED,
    &d::response::NO_STORE,
    &d::client::CLIENT_ID,
    &d::client::SECRET_EXPIRES_AT,
    &d::client::ECHO,
    &d::client::KEPT,
    &d::client::PUBLIC,
    &d::client::MANAGEMENT,
    &d::consistency::GRANTS,
    &d::consistency::IDENTIFIER,
    &d::management::PROTECTED,
    &d::management::DELETED,
    // authorization
    &a::endpoint::GET,
    &a::response::ERROR,
    &a::response::STATE,
    &a::response::DUPLICATES,
    &a::response::CHALLENGE_LEAKED,
    &a::issuer::PRESENT,
    &a::issuer::ADVERTISED,
    &a::issuer::IDENTICAL,
    &a::browser::FRAMES,
    &a::browser::NO_307,
    &a::resource::ACCEPTED,
    &a::target::CASE,
    &a::target::MALFORMED,
    &a::redirect::UNKNOWN_CLIENT,
    &a::redirect::FOREIGN,
    &a::redirect::EXACT,
    &a::redirect::PORT,
    &a::request::PKCE_REQUIRED,
    &a::request::PKCE_METHOD,
    &a::request::NO_IMPLICIT,
    &a::request::REPEATED,
    &a::request::UNKNOWN,
    &a::request::SCOPE_OMITTED,
    &a::request::ERROR_STATE,
    &a::request::ERROR_ISSUER,
    &a::request::NO_CORS,
    // token
    &t::response::JSON_200,
    &t::client::BASIC,
    &t::response::NO_STORE,
    &t::response::ERROR_FORMAT,
    &t::members::BEARER,
    &t::members::EXPIRES_IN,
    &t::members::SHORT_LIVED,
    &t::members::SCOPE,
    &t::jwt::TYPE,
    &t::jwt::CLAIMS,
    &t::jwt::ISSUER,
    &t::jwt::AUDIENCE,
    &t::jwt::SINGLE_AUDIENCE,
    &t::jwt::SCOPE_CLAIM,
    &t::clock::TIMES,
    &t::keys::KEY_SET,
    &t::keys::USE,
    &t::keys::ALGORITHM,
    &t::keys::SIGNATURE,
    &t::refusal::CODE,
    &t::refusal::GRANT,
    &t::refusal::CLIENT,
    &t::refusal::UNKNOWN,
    &b::TOKEN,
    &t::refresh::ACCEPTED,
    &t::refresh::JSON_200,
    &t::refresh::NO_STORE,
    &t::refresh::ROTATED,
    &t::refresh::SCOPE,
    &t::refresh::AUDIENCE,
    &t::revocation::OK_200,
    // session
    &m::access::ACCEPTED,
    &m::scope::STATUS,
    &m::scope::CHALLENGE,
    &m::bearer::INVALID,
    &m::bearer::ERROR,
    &m::bearer::MALFORMED,
    &m::bearer::ODD,
    &m::bearer::BASIC,
    &m::bearer::CASE,
    &m::bearer::SIGNATURE,
    &m::bearer::NONE,
    &m::bearer::FOREIGN,
    &m::bearer::EVERY,
    &m::bearer::QUERY,
    &m::origin::LOCAL,
    &m::origin::REMOTE,
    &m::origin::HOST,
    &m::initialize::ANSWERED,
    &m::initialize::VERSION,
    &m::transport::INITIALIZED_202,
    &m::transport::SESSION_ID,
    &m::legacy::RANDOM,
    &m::legacy::MISSING,
    &m::legacy::ENDED,
    &m::legacy::VERSION_HEADER,
    &m::legacy::NEGOTIATED,
    &m::legacy::STREAM,
    &m::transport::CONTENT_TYPE,
    &m::transport::BUFFERING,
    &m::discover::DISCOVERED,
    &m::discover::RESULT_TYPE,
    &m::discover::CACHE_HINTS,
    &m::modern::LIST_SCOPE,
    &m::modern::VERSION,
    &m::modern::META,
    &m::modern::MISMATCH,
    &m::modern::HEADER,
    &m::modern::METHOD,
    &m::modern::SESSION_ID,
    &m::modern::VERBS,
    &m::modern::HINT,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::NOT_COVERED;
    use super::*;
    use crate::flow::RefusalKind;
    use crate::specification::cite::headings;
    use crate::specification::{ProtocolVersion, Step};

    #[test]
    fn ids_are_unique_and_kebab_case() {
        let ids: BTreeSet<_> = CATALOGUE.iter().map(|check| check.id).collect();
        assert_eq!(ids.len(), CATALOGUE.len());
        for id in ids {
            let parts = id.split('-');
            let kebab = |part: &str| {
                !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            };
            assert!(parts.clone().count() > 1 && parts.clone().all(kebab), "{id}");
        }
    }

    #[test]
    fn every_step_has_checks_and_they_come_in_flow_order() {
        assert!(CATALOGUE.is_sorted_by_key(|check| check.step));
        for step in Step::ALL {
            assert!(CATALOGUE.iter().any(|check| check.step == step), "{step}");
        }
    }

    #[test]
    fn every_check_explains_itself() {
        for check in CATALOGUE {
            assert!(!check.title.is_empty() && !check.title.ends_with('.'), "{}", check.id);
            for text in [check.doc.checks, check.doc.matters, check.doc.fix] {
                assert!(text.len() > 20 && text.ends_with('.'), "{}: {text}", check.id);
            }
        }
    }

    #[test]
    fn every_check_rests_on_a_citation_and_exists_in_an_protocol_version() {
        for check in CATALOGUE {
            assert!(check.all_cites().all(|cite| cite.url.starts_with("https://")), "{}", check.id);
            let exists = |protocol_version: &ProtocolVersion| check.levels.of(*protocol_version).is_some();
            let versions: Vec<_> = ProtocolVersion::ALL.into_iter().filter(exists).collect();
            assert!(!versions.is_empty(), "{}", check.id);
            for protocol_version in versions {
                let cited = check.cites_in(protocol_version).next().is_some();
                assert!(cited, "{} has no sentence in {protocol_version}", check.id);
            }
        }
    }

    #[test]
    fn every_heading_of_mcp_that_is_cited_exists_in_its_protocol_version() {
        let headings = headings();
        let of_checks = CATALOGUE.iter().flat_map(|check| check.all_cites().map(|cite| (check.id, cite)));
        let others = NOT_COVERED
            .iter()
            .flat_map(|entry| entry.cites.iter().copied().flatten().map(|cite| (entry.rule, cite)));
        let mut cited = 0;
        for (who, cite) in of_checks.chain(others).filter(|(_, cite)| cite.document.starts_with("MCP")) {
            let known = headings.contains(&(cite.document.to_owned(), cite.section, cite.url.to_owned()));
            assert!(known, "{who}: {cite} {}", cite.url);
            assert!(cite.protocol_version().is_some(), "{who}: {cite}");
            cited += 1;
        }
        assert!(cited > 100);
    }

    #[test]
    fn a_level_that_is_lowered_on_purpose_says_what_the_text_says() {
        let lowered: Vec<_> = CATALOGUE
            .iter()
            .filter_map(|check| Some((check, check.levels.why_lowered(ProtocolVersion::DEFAULT)?)))
            .collect();
        for (check, why) in &lowered {
            assert!(why.contains(" says must") || why.contains(" says should"), "{}: {why}", check.id);
            assert!(why.contains("; ") && !why.ends_with('.'), "{}: {why}", check.id);
        }
        assert!(lowered.len() > 3);
    }

    #[test]
    fn every_refusal_has_its_check() {
        for kind in RefusalKind::ALL {
            assert!(super::super::find(kind.check()).is_some(), "{kind:?}");
        }
    }
}
