//! A client and the authorization server that knows it.

use super::client_authentication::Client;
use super::discovered::Server;

/// A client and the authorization server that knows it.
#[derive(Clone, Debug)]
pub(super) struct Registered {
    pub(super) server: Server,
    pub(super) client: Client,
}
