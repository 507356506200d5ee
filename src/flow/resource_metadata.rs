//! Step 2: protected-resource metadata, looked for in the order of the protocol version.

use super::discovered::Resource;
use super::redirect::{redirected, resolve};
use super::server_metadata::AwaitServerMetadata;
use super::{Context, Refusal, RefusalKind, Settings, State, StuckReason};
use crate::document::challenge::Challenge;
use crate::document::identifier::{Identifier, relation};
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
    /// Redirects that were followed.
    followed: usize,
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
        // A path alone is no URL: it is looked at last, to say where the document is.
        let relative = named.filter(|url| Identifier::parse(url).is_none());
        let resolved = relative.and_then(|path| resolve(&scenario.target.url, &path));
        if let Some(url) = resolved.filter(|url| left.iter().all(|(_, known)| known != url)) {
            left.push((ResourceMetadataLocation::Challenge, url));
        }
        Self::next(challenge, challenged, left, 0, context)
    }

    fn next(
        challenge: Option<Challenge>,
        challenged: bool,
        mut left: Vec<(ResourceMetadataLocation, String)>,
        followed: usize,
        context: &mut Context<'_>,
    ) -> State {
        if left.is_empty() {
            // Without resource metadata a client may still look for its authorization server, as in 2025-03-26.
            return if challenged {
                AwaitServerMetadata::first(Resource { challenge, metadata: None }, context)
            } else {
                State::stuck(Step::ResourceMetadata, StuckReason::NothingProtected)
            };
        }
        let (location, url) = left.remove(0);
        State::ResourceMetadata(Self { challenge, challenged, location, url, left, followed })
    }

    pub(super) fn request(&self, settings: &Settings) -> Request {
        let purpose = Purpose::ResourceMetadata(self.location);
        settings.get_metadata(Step::ResourceMetadata, purpose, Party::Gateway, &self.url)
    }

    pub(super) fn exchanged(self, exchange: &Exchange, context: &mut Context<'_>) -> State {
        let metadata = match ResourceMetadata::read(exchange) {
            Ok(metadata) => metadata,
            Err(why) => {
                let (mut left, mut followed) = (self.left, self.followed);
                if let Some(url) = redirected(exchange, &why, followed) {
                    left.retain(|(_, known)| *known != url);
                    left.insert(0, (self.location, url));
                    followed += 1;
                }
                return Self::next(self.challenge, self.challenged, left, followed, context);
            }
        };
        let target = &context.settings.scenario.target.url;
        let mismatch =
            metadata.resource().filter(|resource| relation(resource, target).is_mismatch()).map(|resource| {
                Refusal {
                    kind: RefusalKind::ResourceMismatch,
                    expected: target.clone(),
                    found: resource.to_owned(),
                }
            });
        let resource = Resource { challenge: self.challenge, metadata: Some(metadata) };
        AwaitServerMetadata::first(resource, context).guarded_by(mismatch.into_iter())
    }
}
