//! `gatewalk sandbox`: serves the embedded gateway until Ctrl-C.

use std::io::Write as _;

use super::Failure;
use super::options::fault;
use crate::edition::{Edition, Step};
use crate::sandbox::{Fault, PASSWORD, PUBLIC_CLIENT_ID, Plan, Sandbox, USERNAME};

/// How it misbehaves.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A fault; repeatable
    #[arg(long, value_name = "FAULT", value_parser = fault)]
    fault: Vec<Fault>,
    /// MCP revision; 2025-03-26 puts the authorization server on the gateway's origin
    #[arg(long, value_name = "DATE", default_value = Edition::DEFAULT.date(), value_parser = |date: &str| Edition::from_date(date).ok_or("no such edition"))]
    edition: Edition,
    /// Name the faults and end
    #[arg(long)]
    list: bool,
}

/// Serves.
pub(super) async fn run(args: Args) -> Result<u8, Failure> {
    let mut out = anstream::stdout().lock();
    if args.list {
        for step in Step::ALL {
            writeln!(out, "{}", step.title()).map_err(Failure::io("cannot print"))?;
            for fault in Fault::ALL.iter().filter(|fault| fault.step() == step) {
                writeln!(out, "  {:<36} {}", fault.id(), fault.summary())
                    .map_err(Failure::io("cannot print"))?;
            }
        }
        return Ok(0);
    }
    let plan = Plan { edition: args.edition, faults: args.fault };
    let sandbox = Sandbox::start(plan).await.map_err(Failure::io("cannot start the sandbox"))?;
    writeln!(
        out,
        "MCP endpoint          {}\nauthorization server  {}\nlogin                 {USERNAME} / {PASSWORD}\nregistered client     {PUBLIC_CLIENT_ID}\nmetadata document     {}\nCtrl-C ends it.",
        sandbox.target(),
        sandbox.issuer(),
        sandbox.client_metadata_url()
    )
    .and_then(|()| out.flush())
    .map_err(Failure::io("cannot print"))?;
    drop(out);
    tokio::signal::ctrl_c().await.map_err(Failure::io("cannot wait for Ctrl-C"))?;
    Ok(0)
}
