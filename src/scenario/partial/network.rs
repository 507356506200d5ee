//! What files and options say of the network.

use crate::scenario::{Network, Resolution};

/// What is said of the network.
#[derive(Clone, Debug, Default)]
pub struct PartialNetwork {
    /// Files with certificates. Those of a scenario and those of options add up.
    pub ca_certificates: Vec<String>,
    /// Addresses of hosts. What options say of a host comes first.
    pub resolve: Vec<Resolution>,
    /// Whether the target's header fields go with requests for metadata.
    pub headers_on_discovery: Option<bool>,
}

impl PartialNetwork {
    pub(super) fn merge(self, over: Self) -> Self {
        Self {
            ca_certificates: self.ca_certificates.into_iter().chain(over.ca_certificates).collect(),
            resolve: over.resolve.into_iter().chain(self.resolve).collect(),
            headers_on_discovery: over.headers_on_discovery.or(self.headers_on_discovery),
        }
    }

    /// The network it makes, with what the machine it runs on brings along.
    pub(super) fn network(self, here: Network) -> Network {
        Network {
            resolve: self.resolve,
            headers_on_discovery: self.headers_on_discovery.unwrap_or(false),
            ..here
        }
    }
}
