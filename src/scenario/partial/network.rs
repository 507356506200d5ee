//! What files and options say of the network.

use clap::ValueHint;

use crate::scenario::setting::{flag, options, parsed, text};
use crate::scenario::{Network, Resolution, value};

options! {
    /// What is said of the network.
    #[command(next_help_heading = "Network")]
    pub struct PartialNetwork {
        /// Certificates in PEM to trust besides those of this machine; repeatable
        #[arg(long = "ca-cert", value_name = "FILE", value_hint = ValueHint::FilePath)]
        ca_certificates: Vec<String> = text().repeated(), "ca_certificates",
            merged |base: Vec<String>, over| base.into_iter().chain(over).collect();
        /// Address to connect to for a host at a port, whatever its name resolves to; repeatable
        #[arg(long, value_name = "HOST:PORT:ADDR")]
        resolve: Vec<Resolution> = parsed(Resolution::read).repeated(), "resolve",
            // The first for a host counts.
            merged |base, over: Vec<Resolution>| over.into_iter().chain(base).collect();
        /// Send the --header fields with requests for metadata too, also to the authorization server
        #[arg(long = "header-on-discovery")]
        headers_on_discovery: bool = flag(), "headers_on_discovery";
        /// User-Agent of every request, as some firewalls refuse by it [default: gatewalk/VERSION]
        #[arg(long, value_name = "TEXT")]
        user_agent: Option<String> = parsed(value::user_agent), "user_agent";
    }
}

impl PartialNetwork {
    /// The network it makes, with what the machine it runs on brings along.
    pub(super) fn network(self, here: Network) -> Network {
        Network {
            resolve: self.resolve,
            headers_on_discovery: self.headers_on_discovery,
            user_agent: self.user_agent,
            ..here
        }
    }
}
