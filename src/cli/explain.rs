//! `gatewalk explain [CHECK]`: the catalogue, or one rule.

use std::io::{self, Write};

use super::Failure;
use crate::check::{self, CATALOGUE, Check};
use crate::edition::{Edition, Step};
use crate::sandbox::Fault;

/// Which rule.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Id of a check, as in reports; all without
    check: Option<String>,
}

/// Prints it.
pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let mut out = anstream::stdout().lock();
    let printed = match &args.check {
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
    writeln!(out, "\n{} checks. `gatewalk explain CHECK` tells more.", CATALOGUE.len())
}

fn one(check: &Check, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n{}\n", check.id, check.title)?;
    writeln!(out, "Step: {} · responsible: {}", check.step.title(), check.party)?;
    let levels = Edition::ALL.map(|edition| {
        let level = check.levels.of(edition).map_or("–", crate::edition::Level::word);
        format!("{edition} {level}")
    });
    writeln!(out, "Level: {}\n", levels.join(" · "))?;
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
