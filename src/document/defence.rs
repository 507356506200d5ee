//! Responses of firewalls, bot protections and rate limits, which stand before a server and answer in its place.
//!
//! One list: what each product is known by. Checks let such a response decide nothing; a diagnosis names the product.

use crate::exchange::Response;

/// A firewall or bot protection, and what its blocking responses are known by.
#[derive(Debug, PartialEq, Eq)]
pub struct Defence {
    /// Its name.
    pub name: &'static str,
    /// A field that only its blocking responses have.
    block_fields: &'static [&'static str],
    /// Fields that all responses passing through it have, with a text that their value contains.
    passing_fields: &'static [(&'static str, &'static str)],
    /// What its pages say, in lower case. With one of the fields above it is that product, alone it is enough in a web page.
    words: &'static [&'static str],
}

#[rustfmt::skip]
const DEFENCES: &[Defence] = &[
    Defence {
        name: "Cloudflare",
        block_fields: &["cf-mitigated"],
        passing_fields: &[("cf-ray", ""), ("server", "cloudflare")],
        words: &["your request was blocked", "attention required!", "just a moment", "challenge-platform", "sorry, you have been blocked", "error code: 10"],
    },
    Defence { name: "AWS WAF", block_fields: &["x-amzn-waf-action"], passing_fields: &[("x-amz-cf-id", ""), ("server", "cloudfront"), ("server", "awselb")], words: &["the request could not be satisfied", "request blocked"] },
    Defence { name: "Akamai", block_fields: &[], passing_fields: &[("server", "akamaighost")], words: &["errors.edgesuite.net", "access denied"] },
    Defence { name: "Imperva", block_fields: &[], passing_fields: &[("x-iinfo", ""), ("x-cdn", "incapsula"), ("x-cdn", "imperva")], words: &["_incapsula_", "incapsula incident", "request unsuccessful"] },
    Defence { name: "F5", block_fields: &[], passing_fields: &[("server", "big-ip")], words: &["the requested url was rejected", "please consult with your administrator"] },
    Defence { name: "DataDome", block_fields: &["x-datadome"], passing_fields: &[], words: &["captcha-delivery.com"] },
    Defence { name: "Sucuri", block_fields: &[], passing_fields: &[("x-sucuri-id", ""), ("server", "sucuri")], words: &["sucuri website firewall"] },
    Defence { name: "Azure Front Door", block_fields: &[], passing_fields: &[("x-azure-ref", "")], words: &["the request is blocked"] },
    Defence { name: "ModSecurity", block_fields: &[], passing_fields: &[("server", "mod_security")], words: &["mod_security", "modsecurity"] },
    Defence { name: "a firewall", block_fields: &[], passing_fields: &[], words: &["web application firewall", "verify you are human", "captcha", "ddos protection", "request blocked"] },
];

/// The defence that responds in place of the server, and what it is known by: a field of its own; its words beside a field
/// that it adds to everything; or its words in a web page. A JSON body or a challenge is the server's own.
pub fn blocked_by(response: &Response) -> Option<(&'static Defence, &'static str)> {
    if !matches!(response.status, 403 | 405 | 406 | 429 | 503) {
        return None;
    }
    let field = |defence: &'static Defence| {
        let own = defence.block_fields.iter().find(|&&name| response.headers.get(name).is_some())?;
        Some((defence, *own))
    };
    if let Some(found) = DEFENCES.iter().find_map(field) {
        return Some(found);
    }
    if response.headers.get("www-authenticate").is_some() && !response.is_html()
        || serde_json::from_slice::<serde::de::IgnoredAny>(&response.body).is_ok()
    {
        return None;
    }
    let text = response.text().to_lowercase();
    let passed = |defence: &Defence| {
        defence.passing_fields.iter().any(|(name, part)| {
            response.headers.all(name).any(|value| value.to_ascii_lowercase().contains(part))
        })
    };
    let says = |defence: &'static Defence| {
        let word = defence.words.iter().find(|&&word| text.contains(word))?;
        Some((defence, *word))
    };
    let known = DEFENCES.iter().filter(|defence| passed(defence)).find_map(says);
    known.or_else(|| DEFENCES.iter().filter(|_| response.is_html()).find_map(says))
}

/// The field by which Google's Identity-Aware Proxy marks what it responds itself, if this is such a response
/// (<https://cloud.google.com/iap/docs/faq>).
pub fn identity_proxy(response: &Response) -> Option<&'static str> {
    const MARK: &str = "x-goog-iap-generated-response";
    response.headers.get(MARK).map(|_| MARK)
}

/// How long a rate limit asks to wait, as sent ([RFC 9110 §10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)),
/// if the response is one ([RFC 6585 §4](https://www.rfc-editor.org/rfc/rfc6585#section-4)).
pub fn rate_limit(response: &Response) -> Option<Option<String>> {
    (response.status == 429).then(|| response.headers.get("retry-after").map(std::borrow::Cow::into_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Headers;

    fn name(status: u16, fields: &[(&str, &str)], body: &str) -> Option<&'static str> {
        let headers: Headers = fields.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let response = Response {
            status,
            reason: String::new(),
            version: "HTTP/1.1".to_owned(),
            headers,
            body: body.as_bytes().into(),
            cut: None,
        };
        blocked_by(&response).map(|(defence, _)| defence.name)
    }

    #[test]
    fn products_are_known_by_fields_and_words() {
        const PLAIN: (&str, &str) = ("content-type", "text/plain; charset=UTF-8");
        const JSON: (&str, &str) = ("content-type", "application/json");
        for (status, fields, body, product) in [
            (
                403,
                &[PLAIN, ("server", "cloudflare"), ("cf-ray", "9c-FRA")][..],
                "Your request was blocked.",
                Some("Cloudflare"),
            ),
            (403, &[("cf-mitigated", "challenge")], "", Some("Cloudflare")),
            (403, &[], "<html><title>Attention Required! | Cloudflare", Some("Cloudflare")),
            (403, &[("server", "CloudFront")], "The request could not be satisfied", Some("AWS WAF")),
            (403, &[("server", "AkamaiGHost")], "<html>Access Denied", Some("Akamai")),
            (403, &[("x-iinfo", "9")], "<html>Request unsuccessful. Incapsula incident", Some("Imperva")),
            (403, &[], "<html>The requested URL was rejected.", Some("F5")),
            (403, &[], "<html>solve the CAPTCHA", Some("a firewall")),
            // The server's own words pass through the same products.
            (403, &[JSON, ("cf-ray", "9c-FRA")], "{\"detail\":\"your request was blocked\"}", None),
            (403, &[("x-sucuri-id", "1")], "Forbidden", None),
            (403, &[PLAIN], "Your request was blocked.", None),
            (403, &[("cf-ray", "1"), ("www-authenticate", "Bearer")], "just a moment", None),
            (401, &[("cf-ray", "1")], "just a moment", None),
        ] {
            assert_eq!(name(status, fields, body), product, "{status} {fields:?} {body}");
        }
    }
}
