//! Scopes ([RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)).

use std::collections::BTreeSet;

/// The tokens of a scope: unordered and case-sensitive.
pub fn tokens(scope: &str) -> BTreeSet<&str> {
    scope.split(' ').filter(|token| !token.is_empty()).collect()
}
