//! Which clients a run is looked at with: words in options and files, and the groups among them.

use super::{CLIENTS, Client, ClientKind, Grade};

/// A word for several clients.
#[derive(Debug)]
pub struct Group {
    /// The word.
    pub id: &'static str,
    /// Whom it means.
    pub title: &'static str,
    holds: fn(&Client) -> bool,
}

/// Whether more is known of a client than what its users report.
fn is_read(client: &Client) -> bool {
    client.grade < Grade::Reports
}

/// The groups.
pub static GROUPS: &[Group] = &[
    Group { id: "all", title: "all clients but those known by reports only", holds: is_read },
    Group {
        id: "sdk",
        title: "the libraries among them",
        holds: |client| is_read(client) && client.kind == ClientKind::Sdk,
    },
    Group {
        id: "apps",
        title: "the programs among them",
        holds: |client| is_read(client) && client.kind == ClientKind::App,
    },
];

/// A word that is neither a client nor a group.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no client {word:?}; {}", advice(.alike))]
pub struct UnknownClient {
    /// The word.
    pub word: String,
    /// The nearest that there are.
    pub alike: Vec<&'static str>,
}

fn advice(alike: &[&str]) -> String {
    if alike.is_empty() {
        return "`gatewalk explain --clients` names them".to_owned();
    }
    format!("did you mean {}?", alike.join(" or "))
}

/// The clients of those words, each once, in the order of the table.
pub fn chosen<'w>(words: impl IntoIterator<Item = &'w str>) -> Result<Vec<&'static Client>, UnknownClient> {
    let mut ids = Vec::new();
    for word in words {
        let group = GROUPS.iter().find(|group| group.id == word);
        let of_word: Vec<_> = CLIENTS
            .iter()
            .filter(|client| group.map_or(client.id == word, |group| (group.holds)(client)))
            .map(|client| client.id)
            .collect();
        if of_word.is_empty() {
            return Err(UnknownClient { word: word.to_owned(), alike: alike(word) });
        }
        ids.extend(of_word);
    }
    Ok(CLIENTS.iter().copied().filter(|client| ids.contains(&client.id)).collect())
}

/// The clients and groups that a word resembles, the most alike first.
fn alike(word: &str) -> Vec<&'static str> {
    /// Characters of which a word that is part of a name has at least so many.
    const PART: usize = 3;
    let lower = word.to_lowercase();
    let known = || CLIENTS.iter().map(|client| (client.id, client.name));
    let named = known().filter(|(id, name)| {
        lower.len() >= PART && (id.contains(&lower) || name.to_lowercase().contains(&lower))
    });
    let named: Vec<_> = named.map(|(id, _)| id).collect();
    if !named.is_empty() {
        return named;
    }
    let words = known().map(|(id, _)| id).chain(GROUPS.iter().map(|group| group.id));
    crate::scenario::closest(&lower, words).into_iter().collect()
}

/// All words: the groups, then the clients.
pub fn words() -> impl Iterator<Item = &'static str> + Clone {
    GROUPS.iter().map(|group| group.id).chain(CLIENTS.iter().map(|client| client.id))
}
