//! `gatewalk client-metadata --url URL`: the document that makes a URL a client identifier.

use std::io::Write as _;

use super::Failure;
use crate::flow::client_metadata_document;
use crate::scenario::CALLBACK_PATH;
use crate::scenario::value::{client_id_url, redirect_path};

/// Which document.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where you will publish it: https with a path. The URL is then the `client_id`
    #[arg(long, value_name = "URL", value_parser = client_id_url)]
    url: String,
    /// Port you will walk with as --redirect-port; repeatable. Without one the redirect URIs name no port, which
    /// suits authorization servers that let a loopback address come with any
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    redirect_port: Vec<u16>,
    /// Path you will walk with as --redirect-path
    #[arg(long, value_name = "PATH", value_parser = redirect_path, default_value = CALLBACK_PATH)]
    redirect_path: String,
}

/// Prints it.
pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let ports = match args.redirect_port[..] {
        [] => vec![String::new()],
        ref ports => ports.iter().map(|port| format!(":{port}")).collect(),
    };
    let path = &args.redirect_path;
    let redirect_uris: Vec<_> = ports
        .iter()
        .flat_map(|port| ["127.0.0.1", "localhost"].map(|host| format!("http://{host}{port}{path}")))
        .collect();
    let document = client_metadata_document(&args.url, &redirect_uris);
    writeln!(anstream::stdout().lock(), "{document:#}").map_err(Failure::io("cannot print"))?;
    Ok(0)
}
