//! Step 2: protected-resource metadata, looked for in the order of the protocol version.

use super::discovered::Resource;
use super::server_metadata::AwaitServerMetadata;
use super::{Context, Refusal, RefusalKind, Settings, State, StuckReason};
use crate::document::challenge::Challenge;
use crate::document::identifier::{Identifier, Relation, relation};
use crate::document::resource_metadata::ResourceMetadata;
use crate::exchange::{Exchange, Purpose, Request};
use crate::specification::{Party, ResourceMetadataLocation, Step};

/// Awaits the document from the first of the locations left.
#[derive(Clone, Debug)]
pub(super) struct AwaitResourceMetadata {
    challenge: Option<Challenge>,
    challenged: bool,
    location: ResourceMetadataLocation,
    url: String,
    left: Vec<(ResourceMetadataLocation, String)>,
}

impl AwaitResourceMetadata {
    /// The first location; `challenged` tells whether the target responded with 401.
    pub(super) fn first(challenge: Option<Challenge>, challenged: bool, context: &mut Context<'_>) -> State {
        let scenario = &context.settings.scenario;
        let named =
            challenge.as_ref().and_then(|challenge| challenge.get("resource_metadata")).map(str::to_owned);
        let target = Identifier::parse(&scenario.target.url);
        let mut left: Vec<(ResourceMetadataLocation, String)> = Vec::new();
        for &location in scenario.protocol_version.resource_metadata_order() {
            let url = match location {
                ResourceMetadataLocation::Challenge => {
                    named.clone().filter(|url| Identifier::parse(url).is_some())
                }
                _ => target.and_then(|target| target.resource_metadata(location)),
            };
            if let Some(url) = url.filter(|url| left.iter().all(|(_, known)| known != url)) {
                left.push((location, url));
            }
        }
        Self::next(challenge, challenged, left, context)
    }

    fn next(
        challenge: Option<Challenge>,
        challenged: bool,
        mut left: Vec<(ResourceMetadataLocation, String)>,
        context: &mut Context<'_>,
    ) -> State {
        if left.is_empty() {
            // Without resource metadata a client may still treat the origin as its authorization server, as in 2025-03-26.
            return if challenged {
                AwaitServerMetadata::at_origin(challenge, context)
            } else {
                State::stuck(Step::ResourceMetadata, StuckReason::NothingProtected)
            };
        }
        let (location, url) = left.remove(0);
        State::ResourceMetadata(Self { challenge, challenged, location, url, left })
    }

    pub(super) fn request(&self, settings: &Settings) -> Request {
        let purpose = Purpose::ResourceMetadata(self.location);
        settings.get_metadata(Step::ResourceMetadata, purpose, Party::Gateway, &self.url)
    }

    pub(super) fn exchanged(self, exchange: &Exchange, context: &mut Context<'_>) -> State {
        let Ok(metadata) = ResourceMetadata::read(exchange) else {
            return Self::next(self.challenge, self.challenged, self.left, context);
        };
        let target = &context.settings.scenario.target.url;
        let mismatch = metadata
            .resource()
            .filter(|resource| relation(resource, target) == Relation::Other)
            .map(|resource| Refusal {
                kind: RefusalKind::ResourceMismatch,
                expected: target.clone(),
                found: resource.to_owned(),
            });
        let issuer = chosen(&metadata, context.settings.scenario.client.issuer.as_deref());
        let resource = Resource { challenge: self.challenge, metadata: Some(metadata) };
        let next = match issuer {
            Some(issuer) => AwaitServerMetadata::first(resource, issuer, context),
            None => AwaitServerMetadata::at_origin_of(resource, context),
        };
        next.guarded_by(mismatch.into_iter())
    }
}

/// The authorization server to use: the user's choice, else the first that is named
/// ([RFC 9728 §7.6](https://www.rfc-editor.org/rfc/rfc9728#section-7.6) leaves it to the client).
fn chosen(metadata: &ResourceMetadata, wanted: Option<&str>) -> Option<String> {
    let named = metadata.authorization_servers().first().map(|&issuer| issuer.to_owned());
    wanted.map(str::to_owned).or(named)
}
