//! Step 3, for the authorization servers that are listed but not used: their metadata, so that all can be judged.

use super::{Context, Settings, State};
use crate::document::identifier::Identifier;
use crate::document::server_metadata::ServerMetadata;
use crate::exchange::{Exchange, Purpose, Request};
use crate::specification::{Party, ServerMetadataLocation, Step};

/// How many are asked: the list is a peer's.
const MAX_SERVERS: usize = 4;

/// Where a server's metadata may be, in the order of the protocol version.
type Locations = Vec<(ServerMetadataLocation, String)>;

/// Awaits the metadata of the others, a location at a time. Whatever comes, the walk goes on as it would without them.
#[derive(Clone, Debug)]
pub(super) struct AwaitOtherServer {
    location: ServerMetadataLocation,
    url: String,
    /// The locations left of the server that is asked.
    locations: Locations,
    /// Those of the servers left.
    left: Vec<Locations>,
    then: State,
}

impl AwaitOtherServer {
    /// Asks the others of the servers that are listed, once, before going on.
    pub(super) fn before(then: State, listed: &[String], used: &str, context: &mut Context<'_>) -> State {
        if std::mem::replace(&mut context.cross_round.others_asked, true) {
            return then;
        }
        let protocol_version = context.settings.scenario.protocol_version;
        let mut others: Vec<&str> = Vec::new();
        for issuer in listed {
            if issuer != used && !others.contains(&issuer.as_str()) {
                others.push(issuer);
            }
        }
        let locations = |issuer: &&str| {
            // What is no issuer publishes nothing (RFC 8414 §2).
            let issuer = Identifier::parse(issuer).filter(|_| !issuer.contains(['?', '#']))?;
            let order = protocol_version.server_metadata_order().iter();
            Some(order.filter_map(|&at| Some((at, issuer.server_metadata(at)?))).collect::<Locations>())
        };
        let left = others.iter().filter_map(locations).take(MAX_SERVERS).collect();
        Self::next(Vec::new(), left, then)
    }

    fn next(mut locations: Locations, mut left: Vec<Locations>, then: State) -> State {
        while locations.is_empty() {
            if left.is_empty() {
                return then;
            }
            locations = left.remove(0);
        }
        let (location, url) = locations.remove(0);
        State::OtherServer(Box::new(Self { location, url, locations, left, then }))
    }

    pub(super) fn request(&self) -> Request {
        let purpose = Purpose::OtherServerMetadata(self.location);
        Settings::get_json(Step::ServerMetadata, purpose, Party::AuthorizationServer, &self.url)
    }

    pub(super) fn exchanged(self, exchange: &Exchange) -> State {
        let found = ServerMetadata::read(exchange).is_ok();
        Self::next(if found { Vec::new() } else { self.locations }, self.left, self.then)
    }
}
