//! Clients that were registered and kept (`--keep-client`), in the platform's state directory, readable by their owner only.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use url::Url;

use super::{Failure, atomic_file, input};
use crate::exchange::Secret;
use crate::scenario::{KnownClient, Scenario};

/// A client as the file holds it.
#[derive(Deserialize, Serialize)]
struct Entry {
    issuer: String,
    client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_endpoint_auth_method: Option<String>,
    redirect_uri: String,
}

/// Lets a scenario that keeps its clients use those of earlier runs, on the port they come back to.
pub(super) fn load(scenario: &mut Scenario) -> Result<(), Failure> {
    if !scenario.client.keep {
        return Ok(());
    }
    let file = file()?;
    let known = read(&file).map_err(Failure::io(format!("cannot read {}", file.display())))?;
    if scenario.consent.redirect_port == 0 {
        let port = |known: &KnownClient| Url::parse(&known.redirect_uri).ok()?.port();
        scenario.consent.redirect_port = known.iter().find_map(port).unwrap_or(0);
    }
    scenario.client.known = known;
    Ok(())
}

/// Keeps clients for later runs.
pub(super) fn keep(client_store: &[KnownClient]) -> Result<(), Failure> {
    if client_store.is_empty() {
        return Ok(());
    }
    let file = file()?;
    write(&file, client_store).map_err(Failure::io(format!("cannot write {}", file.display())))
}

fn file() -> Result<PathBuf, Failure> {
    atomic_file::state("clients.json").map_err(|error| Failure::Usage(format!("--keep-client: {error}")))
}

fn read(file: &Path) -> io::Result<Vec<KnownClient>> {
    let text = match input::text(file, input::Purpose::Settings) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let entries: Vec<Entry> = serde_json::from_str(&text)?;
    let known = entries.into_iter().map(|entry| KnownClient {
        issuer: entry.issuer,
        client_id: entry.client_id,
        client_secret: entry.client_secret.map(Secret::new),
        auth_method: entry.token_endpoint_auth_method,
        redirect_uri: entry.redirect_uri,
    });
    Ok(known.collect())
}

/// Those of other issuers and other redirect URIs stay.
fn write(file: &Path, client_store: &[KnownClient]) -> io::Result<()> {
    let same = |one: &KnownClient, other: &KnownClient| {
        one.issuer == other.issuer && one.redirect_uri == other.redirect_uri
    };
    let mut all = read(file)?;
    all.retain(|known| !client_store.iter().any(|client_store| same(known, client_store)));
    all.extend(client_store.iter().cloned());
    let entries: Vec<_> = all
        .into_iter()
        .map(|known| Entry {
            issuer: known.issuer,
            client_id: known.client_id,
            client_secret: known.client_secret.map(|secret| secret.expose().to_owned()),
            token_endpoint_auth_method: known.auth_method,
            redirect_uri: known.redirect_uri,
        })
        .collect();
    let mut json = serde_json::to_vec_pretty(&entries)?;
    json.push(b'\n');
    atomic_file::keep(file, &json)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(issuer: &str, id: &str) -> KnownClient {
        KnownClient {
            issuer: issuer.to_owned(),
            client_id: id.to_owned(),
            client_secret: Some(Secret::new("s")),
            auth_method: Some("client_secret_basic".to_owned()),
            redirect_uri: "http://127.0.0.1:4711/callback".to_owned(),
        }
    }

    #[test]
    fn clients_are_kept_by_issuer_for_their_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("gatewalk").join("clients.json");
        assert_eq!(read(&file).unwrap(), []);
        write(&file, &[known("https://a", "1"), known("https://b", "2")]).unwrap();
        write(&file, &[known("https://a", "3")]).unwrap();
        assert_eq!(read(&file).unwrap(), [known("https://b", "2"), known("https://a", "3")]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0);
        }
        std::fs::write(&file, "no json").unwrap();
        assert!(read(&file).is_err(), "what cannot be read is not thrown away");
        assert!(write(&file, &[known("https://a", "1")]).is_err());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "no json");
    }
}
