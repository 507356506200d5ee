//! How the challenge is written ([RFC 9110 §11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1)).

use crate::sandbox::{Site, Variation};

/// The challenge for bearer tokens with these parameters.
pub(in crate::sandbox) fn bearer(site: &Site, mut parameters: Vec<(&'static str, String)>) -> String {
    let varies = |variation| site.varies(variation);
    let has = |parameters: &[(&str, String)], name| parameters.iter().any(|(known, _)| *known == name);
    if varies(Variation::ChallengeQuotedPairs) {
        parameters.retain(|(name, _)| *name != "realm");
        parameters.insert(0, ("realm", "the \"sandbox\", and more".to_owned()));
    }
    let realm = varies(Variation::ChallengeExtended) || varies(Variation::ChallengeUnquoted);
    if realm && !has(&parameters, "realm") {
        parameters.insert(0, ("realm", "sandbox".to_owned()));
    }
    if varies(Variation::ChallengeExtended) {
        parameters.push(("x-request-id", "7f3a, Basic".to_owned()));
    }
    // Who needs more scope is told which: nobody can go on without that.
    if varies(Variation::ChallengeWithoutScope)
        && !parameters.iter().any(|(_, value)| value == "insufficient_scope")
    {
        parameters.retain(|(name, _)| *name != "scope");
        if parameters.is_empty() {
            parameters.push(("realm", "sandbox".to_owned()));
        }
    }
    let (equals, comma) = if varies(Variation::ChallengeSpaced) { (" = ", " , ,  ") } else { ("=", ", ") };
    let written = parameters.iter().map(|(name, value)| {
        let bare = varies(Variation::ChallengeUnquoted)
            && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        let value = if bare { value.clone() } else { format!("\"{quoted}\"") };
        format!(
            "{}{equals}{value}",
            if varies(Variation::ChallengeParameterCase) { capital(name) } else { (*name).to_owned() }
        )
    });
    let scheme = if varies(Variation::ChallengeSchemeCase) { "bearer" } else { "Bearer" };
    format!("{scheme} {}", written.collect::<Vec<_>>().join(comma))
}

/// `Resource_Metadata`.
fn capital(name: &str) -> String {
    let mut start = true;
    let capital = |c: char| {
        let written = if start { c.to_ascii_uppercase() } else { c };
        start = !c.is_ascii_alphanumeric();
        written
    };
    name.chars().map(capital).collect()
}

/// The values of the `WWW-Authenticate` fields.
pub(in crate::sandbox) fn fields(site: &Site, bearer: String) -> Vec<String> {
    const BASIC: &str = "Basic realm=\"for people, not for programs\", charset=\"UTF-8\"";
    if site.varies(Variation::ChallengeAmongOthers) {
        vec![format!("{BASIC}, {bearer}, Negotiate")]
    } else if site.varies(Variation::ChallengeInFields) {
        vec!["Negotiate".to_owned(), BASIC.to_owned(), bearer]
    } else if site.varies(Variation::ChallengeSpaced) {
        vec![format!(" , {bearer} ,")]
    } else {
        vec![bearer]
    }
}

#[cfg(test)]
mod tests {
    use super::capital;

    #[test]
    fn parameters_get_capitals() {
        assert_eq!(capital("resource_metadata"), "Resource_Metadata");
    }
}
