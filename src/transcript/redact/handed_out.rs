//! What of a response that may hand out secrets is harmless, and what in it looks like a secret whatever its name.

use super::names::is_secret;

/// Members and parameters that hold no secret: error responses and tokens
/// ([RFC 6749 §5](https://www.rfc-editor.org/rfc/rfc6749#section-5), [RFC 8693 §2.2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.2.1)),
/// client metadata ([RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2), OpenID Connect Dynamic Client Registration 1.0 §2),
/// keys ([RFC 7517 §4](https://www.rfc-editor.org/rfc/rfc7517#section-4)).
const HARMLESS: [&str; 69] = [
    "alg",
    "application_type",
    "authorization_details",
    "backchannel_logout_session_required",
    "backchannel_logout_uri",
    "client_id",
    "client_id_issued_at",
    "client_name",
    "client_secret_expires_at",
    "client_uri",
    "contacts",
    "crv",
    "default_acr_values",
    "default_max_age",
    "dpop_bound_access_tokens",
    "e",
    "error",
    "error_description",
    "error_uri",
    "expires_in",
    "frontchannel_logout_session_required",
    "frontchannel_logout_uri",
    "grant_types",
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "id_token_signed_response_alg",
    "initiate_login_uri",
    "introspection_signed_response_alg",
    "issued_token_type",
    "jwks",
    "jwks_uri",
    "keys",
    "key_ops",
    "kid",
    "kty",
    "locations",
    "logo_uri",
    "n",
    "policy_uri",
    "post_logout_redirect_uris",
    "redirect_uris",
    "refresh_expires_in",
    "refresh_token_expires_in",
    "registration_client_uri",
    "request_object_signing_alg",
    "request_uris",
    "require_auth_time",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "resource",
    "response_modes",
    "response_types",
    "scope",
    "sector_identifier_uri",
    "session_state",
    "software_id",
    "software_version",
    "subject_type",
    "tls_client_auth_subject_dn",
    "tls_client_certificate_bound_access_tokens",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "token_type",
    "tos_uri",
    "use",
    "userinfo_signed_response_alg",
    "x",
    "x5c",
    "y",
];

/// Characters a value needs to be taken for a secret: shorter ones are settings.
const LEAST_OPAQUE: usize = 16;

/// Whether no spec says that a member or parameter of that name is harmless.
pub(super) fn is_unknown(name: &str) -> bool {
    let name = name.split_once('#').map_or(name, |(name, _language)| name);
    !HARMLESS.contains(&name)
}

/// The parameters of a form that may be secrets.
pub(super) fn unknown_parameters(body: &str) -> Vec<String> {
    let names = url::form_urlencoded::parse(body.as_bytes()).map(|(name, _)| name.into_owned());
    names.filter(|name| is_unknown(name)).collect()
}

/// Whether a text that is no data may hold a secret: something looks like one, or is named.
pub(super) fn may_hold_secrets(text: &str) -> bool {
    opaque_words(text).next().is_some() || words(text).any(|(_, word)| is_secret(word))
}

/// The words of a text that look like secrets.
pub(super) fn opaque_words(text: &str) -> impl Iterator<Item = &str> {
    let separates = |c: char| !c.is_ascii_alphanumeric() && !"-_.~+".contains(c);
    text.split(separates).map(|word| word.trim_matches('.')).filter(|word| is_opaque(word))
}

/// The values that a text gives to the names of secrets: `access_token: x`, `"client_secret" = 'y'`.
pub(super) fn named_values(text: &str) -> impl Iterator<Item = (&str, &str)> {
    words(text).filter(|(_, name)| is_secret(name)).filter_map(|(start, name)| {
        let quotes = |c: char| matches!(c, '"' | '\'' | '\\' | ' ' | '\t');
        let rest = text.get(start + name.len()..)?.trim_start_matches(quotes);
        let rest = rest.strip_prefix([':', '='])?.trim_start_matches(quotes);
        let end = rest.find(|c: char| c.is_whitespace() || "\"'\\<>&,;".contains(c)).unwrap_or(rest.len());
        Some((name, rest.get(..end)?))
    })
}

/// The words of a text, as names are written, and where they begin.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let separates = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-');
    let mut from = 0;
    text.split(separates).map(move |word| {
        let start = from;
        // What separates is at least one byte; the next word begins after it.
        from = start
            + word.len()
            + text.get(start + word.len()..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        (start, word)
    })
}

/// Whether a value looks like a secret.
pub fn is_opaque(value: &str) -> bool {
    let mixed = value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic());
    let legible = value.contains("://") || value.contains(' ') || value.starts_with("%2F");
    value.len() >= LEAST_OPAQUE && mixed && !legible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_like_a_secret_is_found_in_text_that_is_no_data() {
        let named = |text| named_values(text).collect::<Vec<_>>();
        assert_eq!(named("ä access_token: abc, x"), [("access_token", "abc")]);
        assert_eq!(named("{\\\"clientSecret\\\" : \\\"y z"), [("clientSecret", "y")]);
        assert_eq!(named("password='p'&token=t<br>"), [("password", "p"), ("token", "t")]);
        assert_eq!(named("the token is gone"), [("", ""); 0]);
    }

    #[test]
    fn words_that_look_like_secrets_are_told_from_others() {
        let text = "<p>Request 7f3a9c10-55d2-4b7e-9a61-0c2b1f for https://as.example/register failed.</p>";
        assert_eq!(opaque_words(text).collect::<Vec<_>>(), ["7f3a9c10-55d2-4b7e-9a61-0c2b1f"]);
        assert!(!may_hold_secrets("<html><h1>502 Bad Gateway</h1><hr>nginx/1.25.3</html>"));
        assert!(may_hold_secrets("client_secret=x"));
        assert!(is_unknown("value") && !is_unknown("client_name#ja-Jpan-JP"));
    }
}
