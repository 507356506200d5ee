//! `gatewalk explain [CHECK]`: the catalogue, or one rule.

use std::io::{self, Write};

use super::Failure;
use crate::check::{self, CATALOGUE, Check, NOT_COVERED};
use crate::edition::{Edition, Step};
use crate::probe::PROBES;
use crate::sandbox::Fault;

/// Which rule.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Id of a check, as in reports; all without
    check: Option<String>,
    /// The rules that no check judges yet, and why
    #[arg(long, conflicts_with_all = ["check", "probes"])]
    not_covered: bool,
    /// The probes: what each sends beyond the happy path, and what it does to a server
    #[arg(long, conflicts_with = "check")]
    probes: bool,
}

/// Prints it.
pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let mut out = anstream::stdout().lock();
    let printed = match &args.check {
        None if args.not_covered => not_covered(&mut out),
        None if args.probes => probes(&mut out),
        None => list(&mut out),
        Some(id) => match check::find(id) {
            Some(check) => one(check, &mut out),
            None => return Err(Failure::Usage(unknown(id))),
        },
    };
    printed.map_err(Failure::io("cannot print"))?;
    Ok(0)
}

fn unknown(id: &str) -> String {
    let alike: Vec<_> = CATALOGUE
        .iter()
        .map(|check| check.id)
        .filter(|known| id.split('-').any(|word| word.len() > 2 && known.split('-').any(|w| w == word)))
        .collect();
    if alike.is_empty() {
        format!("there is no check {id:?}; `gatewalk explain` lists them")
    } else {
        format!("there is no check {id:?}; did you mean {}?", alike.join(", "))
    }
}

fn list(out: &mut dyn Write) -> io::Result<()> {
    for step in Step::ALL {
        writeln!(out, "{}", step.title())?;
        for check in CATALOGUE.iter().filter(|check| check.step == step) {
            writeln!(out, "  {:<34} {:<21} {}", check.id, check.party.title(), check.title)?;
        }
    }
    writeln!(
        out,
        "\n{} checks. `gatewalk explain CHECK` tells more, `gatewalk explain --not-covered` what is not checked.",
        CATALOGUE.len()
    )
}

fn not_covered(out: &mut dyn Write) -> io::Result<()> {
    let mut party = None;
    for entry in NOT_COVERED {
        if party.replace(entry.party) != Some(entry.party) {
            writeln!(out, "{}", entry.party)?;
        }
        let cites: Vec<_> = entry.cites.iter().map(ToString::to_string).collect();
        writeln!(out, "  {}\n    {}\n    {}", entry.rule, cites.join(" · "), entry.because)?;
    }
    writeln!(out, "\n{} rules have no check yet.", NOT_COVERED.len())
}

fn probes(out: &mut dyn Write) -> io::Result<()> {
    for step in Step::ALL {
        writeln!(out, "{}", step.title())?;
        for probe in PROBES.iter().filter(|probe| probe.step == step) {
            writeln!(out, "  {:<32} {:<18} {}", probe.id.id(), probe.effect.title(), probe.sends)?;
        }
    }
    writeln!(
        out,
        "\n{} probes. --probes safe sends those that read or are harmless, --probes full all.",
        PROBES.len()
    )
}

fn one(check: &Check, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n{}\n", check.id, check.title)?;
    writeln!(out, "Step: {} · responsible: {}", check.step.title(), check.party)?;
    let levels = Edition::ALL.map(|edition| {
        let level = check.levels.of(edition).map_or("–", crate::edition::Level::word);
        format!("{edition} {level}")
    });
    writeln!(out, "Level: {} · source: {}\n", levels.join(" · "), check.source().title())?;
    for (title, text) in [
        ("What it checks", check.doc.checks),
        ("Why it matters", check.doc.matters),
        ("How to fix it", check.doc.fix),
    ] {
        writeln!(out, "{title}\n  {text}\n")?;
    }
    writeln!(out, "Specification")?;
    for cite in check.cites {
        writeln!(out, "  {cite}  {}", cite.url)?;
    }
    let faults: Vec<_> = Fault::ALL.iter().filter(|fault| fault.fails().contains(&check.id)).collect();
    if let Some(fault) = faults.first() {
        write!(out, "\nSee it fail\n  gatewalk check --sandbox --past-refusals --fault {fault}")?;
        if fault.edition() != Edition::DEFAULT {
            write!(out, " --edition {}", fault.edition())?;
        }
        writeln!(out)?;
    }
    Ok(())
}
