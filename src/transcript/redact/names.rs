//! Names that tell what is a secret, in the messages of OAuth, OpenID, SAML and WS-Federation and of the products around them.

/// Parameters, form fields and JSON members, without `_`, `-` and case: `access_token`, `accessToken`.
const FIELDS: [&str; 37] = [
    "accesskey",
    "accesstoken",
    "actortoken",
    "apikey",
    "assertion",
    "authreqid",
    "clientassertion",
    "clientsecret",
    "codeverifier",
    "csrftoken",
    "devicecode",
    "idtoken",
    "idtokenhint",
    "initialaccesstoken",
    "jwt",
    "logouttoken",
    "otp",
    "passcode",
    "passwd",
    "password",
    "privatekey",
    "pwd",
    "refreshtoken",
    "registrationaccesstoken",
    "requestverificationtoken",
    "samlart",
    "samlresponse",
    "secret",
    "sessionid",
    "sessiontoken",
    "subjecttoken",
    "subscriptionkey",
    "token",
    "totp",
    "usercode",
    "verificationcode",
    "wresult",
];

/// Names that mean a secret as a parameter or form field, and something harmless as a JSON member.
const PARAMETERS: [&str; 2] = ["code", "xapikey"];

/// Parameters that may hold a secret, and a word as well: what JARM wraps a code in, keys in the URLs of gateways and storage.
const COMMON: [&str; 5] = ["key", "response", "sig", "signature", "ticket"];

/// Header fields whose whole value is a secret.
const HEADERS: [&str; 5] = ["cookie", "dpop", "mcp-session-id", "x-amzn-oidc-data", "x-amz-security-token"];

/// What the names of further ones end in: `x-csrf-token`, `x-forwarded-access-token`, `cf-access-jwt-assertion`.
const HEADER_ENDS: [&str; 10] = [
    "-accesstoken",
    "-api-key",
    "-apikey",
    "-assertion",
    "-credential",
    "-jwt",
    "-password",
    "-secret",
    "-subscription-key",
    "-token",
];

/// Claims that tell who somebody is, or whose value identifies the token.
const PERSONAL_CLAIMS: [&str; 21] = [
    "address",
    "birthdate",
    "email",
    "family_name",
    "given_name",
    "ipaddr",
    "jti",
    "middle_name",
    "name",
    "nickname",
    "nonce",
    "oid",
    "phone_number",
    "picture",
    "preferred_username",
    "sid",
    "sub",
    "unique_name",
    "upn",
    "username",
    "zoneinfo",
];

/// Whether a member, parameter or form field of that name holds a secret.
pub(super) fn is_secret(name: &str) -> bool {
    is_one_of(&FIELDS, name)
}

/// Whether a parameter or form field of that name does.
pub(super) fn is_secret_parameter(name: &str) -> bool {
    is_secret(name) || is_one_of(&PARAMETERS, name) || is_common(name)
}

/// Whether a parameter of that name may also hold a word, which is not to be looked for elsewhere.
pub(super) fn is_common(name: &str) -> bool {
    is_one_of(&COMMON, name)
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    let plain: String = name.chars().filter(|c| !matches!(c, '_' | '-')).collect();
    names.iter().any(|known| known.eq_ignore_ascii_case(&plain))
}

/// Whether the value of a header field of that lower-case name is a secret.
pub(super) fn is_secret_header(lower: &str) -> bool {
    HEADERS.contains(&lower) || HEADER_ENDS.iter().any(|end| lower.ends_with(end))
}

/// Whether a claim of that name is about a person, or a secret.
pub(super) fn is_personal(claim: &str) -> bool {
    PERSONAL_CLAIMS.contains(&claim) || is_secret(claim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_however_they_are_written() {
        for name in
            ["access_token", "accessToken", "refresh-token", "X_Api_Key", "__RequestVerificationToken"]
        {
            assert!(is_secret_parameter(name), "{name}");
        }
        for name in
            ["token_type", "access_tokens_issued", "code_challenge", "keys", "token_endpoint", "jwks_uri"]
        {
            assert!(!is_secret_parameter(name), "{name}");
        }
        assert!(is_secret_parameter("code") && !is_secret("code"));
        for header in [
            "x-csrf-token",
            "cf-access-jwt-assertion",
            "x-ms-token-aad-access-token",
            "ocp-apim-subscription-key",
        ] {
            assert!(is_secret_header(header), "{header}");
        }
        for header in ["www-authenticate", "access-control-allow-headers", "dpop-nonce", "token-type"] {
            assert!(!is_secret_header(header), "{header}");
        }
    }
}
