//! Scopes as sets of tokens ([RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)).

/// The scope tokens of both, each once, in order; none for none.
pub(super) fn union(one: Option<&str>, other: Option<&str>) -> Option<String> {
    let mut union: Vec<&str> = Vec::new();
    for token in [one, other].into_iter().flatten().flat_map(tokens) {
        if !union.contains(&token) {
            union.push(token);
        }
    }
    Some(union.join(" ")).filter(|scope| !scope.is_empty())
}

/// The tokens of a scope, in order.
pub(super) fn tokens(scope: &str) -> impl Iterator<Item = &str> {
    scope.split(' ').filter(|token| !token.is_empty())
}
