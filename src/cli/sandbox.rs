//! `gatewalk sandbox`: serves the embedded gateway until Ctrl-C.

use std::io::{self, Write};
use std::path::PathBuf;

use super::Failure;
use super::options::{faults, variations};
use crate::sandbox::{Fault, PASSWORD, PUBLIC_CLIENT_ID, Plan, Preset, Sandbox, USERNAME, Variation};
use crate::scenario::value::protocol_version;
use crate::scenario::{Certificate, OptionParser};
use crate::specification::{ProtocolVersion, Step};

/// How it misbehaves.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A fault; repeatable
    #[arg(long, value_name = "FAULT", value_parser = faults(), hide_possible_values = true)]
    fault: Vec<Fault>,
    /// A variation, unusual and legal; repeatable
    #[arg(long, value_name = "VARIATION", value_parser = variations(), hide_possible_values = true)]
    variation: Vec<Variation>,
    /// Products to look like
    #[arg(long, value_name = "PRODUCTS", value_parser = OptionParser::of_words(&Preset::WORDS))]
    preset: Option<Preset>,
    /// MCP revision; 2025-03-26 puts the authorization server on the gateway's origin
    #[arg(long, value_name = "DATE", default_value = ProtocolVersion::DEFAULT.date(), value_parser = OptionParser::new(protocol_version).with_words(ProtocolVersion::ALL.map(ProtocolVersion::date)))]
    protocol_version: ProtocolVersion,
    /// Speak TLS, with HTTP/2; other certificates than a valid one show what goes wrong
    #[arg(long, value_name = "CERTIFICATE", value_parser = OptionParser::of_words(&Certificate::WORDS), num_args = 0..=1, require_equals = true, default_missing_value = "valid")]
    tls: Option<Certificate>,
    /// Where to write the authority to trust, in PEM
    #[arg(long, value_name = "FILE", requires = "tls")]
    ca_out: Option<PathBuf>,
    /// Name the faults and the variations and end
    #[arg(long)]
    list: bool,
}

/// Serves.
pub(super) async fn run(args: Args) -> Result<u8, Failure> {
    let mut out = anstream::stdout().lock();
    if args.list {
        list(&mut out).map_err(Failure::io("cannot print"))?;
        return Ok(0);
    }
    let plan = Plan {
        protocol_version: args.protocol_version,
        faults: args.fault,
        variations: args.variation,
        preset: args.preset,
    };
    let started = match args.tls {
        Some(certificate) => Sandbox::start_tls(plan, certificate).await,
        None => Sandbox::start(plan).await,
    };
    let sandbox = started.map_err(Failure::io("cannot start the sandbox"))?;
    if let Some(authority) = sandbox.authority() {
        let told = match &args.ca_out {
            Some(path) => std::fs::write(path, authority)
                .map_err(Failure::io(format!("cannot write the certificate to {}", path.display())))
                .map(|()| format!("{}\n", path.display())),
            None => Ok(format!("\n{authority}")),
        };
        write!(out, "authority to trust    {}", told?).map_err(Failure::io("cannot print"))?;
    }
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

/// Names the faults by step, and the variations with what allows them.
fn list(out: &mut dyn Write) -> io::Result<()> {
    for step in Step::ALL {
        writeln!(out, "{}", step.title())?;
        for fault in Fault::ALL.iter().filter(|fault| fault.step() == step) {
            writeln!(out, "  {:<36} {}", fault.id(), fault.summary())?;
        }
    }
    writeln!(out, "Variations, which are legal")?;
    for variation in Variation::ALL {
        let legal = variation.legal().iter().copied().flatten().next_back();
        let legal = legal.map(|cite| format!(" ({cite})")).unwrap_or_default();
        writeln!(out, "  {:<36} {}{legal}", variation.id(), variation.summary())?;
    }
    Ok(())
}
