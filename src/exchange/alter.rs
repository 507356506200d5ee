//! Changes to the header fields of a request that is made of another.

use super::Headers;

impl Headers {
    /// Takes all fields of a name out.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    }

    /// Replaces all fields of a name by one at the end.
    pub fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.push(name, value);
    }
}
