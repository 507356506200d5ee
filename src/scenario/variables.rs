//! `${NAME}` and `${NAME:-default}` in the strings of a file; `$${` stands for `${` itself.

/// Where values of variables come from: the environment, as `cli` reads it.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Puts values in the place of variables, or tells which part of the text is wrong and why.
pub(super) fn interpolate<'t>(text: &'t str, lookup: Env<'_>) -> Result<String, (&'t str, String)> {
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        if let Some(before) = before.strip_suffix('$') {
            whole.push_str(before);
            whole.push_str("${");
            rest = after;
            continue;
        }
        whole.push_str(before);
        let (_, from_reference) = rest.split_at(before.len());
        let Some((inner, after)) = after.split_once('}') else {
            return Err((from_reference, "the variable has no closing brace".to_owned()));
        };
        let (reference, _) = from_reference.split_at("${".len() + inner.len() + "}".len());
        let (name, default) =
            inner.split_once(":-").map_or((inner, None), |(name, default)| (name, Some(default)));
        if !is_name(name) {
            return Err((reference, format!("{name:?} is no name of a variable")));
        }
        // As in a shell: `:-` also replaces the empty value.
        match (lookup(name), default) {
            (Some(value), None) => whole.push_str(&value),
            (Some(value), Some(_)) if !value.is_empty() => whole.push_str(&value),
            (_, Some(default)) => whole.push_str(default),
            (None, None) => return Err((reference, format!("the variable {name} is not set"))),
        }
        rest = after;
    }
    whole.push_str(rest);
    Ok(whole)
}

/// Whether a text can be the name of a variable.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::interpolate;

    fn lookup(name: &str) -> Option<String> {
        match name {
            "HOST" => Some("gateway.example".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    #[test]
    fn variables_have_values_defaults_and_an_escape() {
        for (text, whole) in [
            ("https://${HOST}/mcp", "https://gateway.example/mcp"),
            ("${HOST}${HOST}", "gateway.examplegateway.example"),
            ("${EMPTY}", ""),
            ("${EMPTY:-x}", "x"),
            ("${NONE:-a:-b}", "a:-b"),
            ("${NONE:-}", ""),
            ("$${HOST} costs $5", "${HOST} costs $5"),
            ("plain", "plain"),
        ] {
            assert_eq!(interpolate(text, &lookup), Ok(whole.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, place, says) in [
            ("a ${NONE} b", "${NONE}", "NONE is not set"),
            ("a ${HOST", "${HOST", "closing brace"),
            ("${}", "${}", "no name"),
            ("${1X}", "${1X}", "no name"),
            ("${A B}", "${A B}", "no name"),
        ] {
            let (found, message) = interpolate(text, &lookup).unwrap_err();
            assert_eq!(found, place);
            assert!(message.contains(says), "{message}");
        }
    }
}
