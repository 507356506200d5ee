//! `gatewalk explain [CHECK|DIAGNOSIS]`: the catalogues of rules, causes and clients, or one of them.

mod clients;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::Failure;
use crate::check::{self, CATALOGUE, Check, NOT_COVERED};
use crate::client::{self, CLIENTS, SHAPES, shape};
use crate::diagnosis::{self, CAUSES, Cause};
use crate::probe::PROBES;
use crate::sandbox::{CHECKS_WITHOUT_FAULT, Fault};
use crate::scenario::OptionParser;
use crate::specification::{Level, Party, ProtocolVersion, Step};

/// Which rule or cause.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Id of a check or a diagnosis, as in reports; `client ID` or `shape ID`; all checks and diagnoses without
    #[arg(value_name = "CHECK|DIAGNOSIS", num_args = 0..=2, value_parser = OptionParser::new(|id| Ok(id.to_owned())).with_words(words()), hide_possible_values = true)]
    id: Vec<String>,
    /// The rules that no check judges yet, and why
    #[arg(long, conflicts_with_all = ["id", "probes"])]
    not_covered: bool,
    /// The probes: what each sends beyond the happy path, and what it does to a server
    #[arg(long, conflicts_with = "id")]
    probes: bool,
    /// The real clients, and the shapes of servers that tell them apart
    #[arg(long, conflicts_with_all = ["id", "probes", "not_covered"])]
    clients: bool,
}

/// Prints it.
pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let mut out = anstream::stdout().lock();
    let words: Vec<_> = args.id.iter().map(String::as_str).collect();
    let printed = match words.as_slice() {
        [] if args.not_covered => not_covered(&mut out),
        [] if args.probes => probes(&mut out),
        [] if args.clients => clients::list(&mut out),
        [] => list(&mut out),
        ["client", id] => match client::find(id) {
            Some(client) => clients::one_client(client, &mut out),
            None => return Err(Failure::Usage(clients::unknown_client(id))),
        },
        ["shape", id] => match shape::find(id) {
            Some(shape) => clients::one_shape(shape, &mut out),
            None => return Err(Failure::Usage(clients::unknown_shape(id))),
        },
        ["client" | "shape"] => clients::list(&mut out),
        [id] => match (check::find(id), diagnosis::find(id)) {
            (Some(check), _) => one(check, &mut out),
            (None, Some(cause)) => one_cause(cause, &mut out),
            (None, None) => return Err(Failure::Usage(unknown(id))),
        },
        [kind, ..] => {
            let known = "one id, `client ID` or `shape ID` can be explained at a time";
            return Err(Failure::Usage(format!("{kind:?} is neither client nor shape: {known}")));
        }
    };
    printed.map_err(Failure::io("cannot print"))?;
    Ok(0)
}

fn unknown(id: &str) -> String {
    /// More would have to be searched again.
    const SHOWN: usize = 3;
    /// From there on an id looks like another with a typing error.
    const ALIKE: f64 = 0.8;
    let words: Vec<_> = id.split('-').filter(|word| word.len() > 2).collect();
    let shared =
        |known: &str| words.iter().filter(|word| known.split('-').any(|other| other == **word)).count();
    let likeness =
        |known: &str| strsim::jaro_winkler(id, known).max(strsim::normalized_levenshtein(id, known));
    let mut alike: Vec<_> = ids()
        .map(|known| (shared(known), likeness(known), known))
        .filter(|(shared, likeness, _)| *shared > 0 || *likeness >= ALIKE)
        .collect();
    alike.sort_by(|(shared, likeness, _), (more, liker, _)| more.cmp(shared).then(liker.total_cmp(likeness)));
    let alike: Vec<_> = alike.into_iter().take(SHOWN).map(|(_, _, known)| known).collect();
    if alike.is_empty() {
        format!("there is no check or diagnosis {id:?}; `gatewalk explain` lists them")
    } else {
        format!("there is no check or diagnosis {id:?}; did you mean {}?", alike.join(", "))
    }
}

/// What can be explained.
fn ids() -> impl Iterator<Item = &'static str> {
    CATALOGUE.iter().map(|check| check.id).chain(CAUSES.iter().map(|cause| cause.id))
}

/// What may be written behind the command.
fn words() -> impl Iterator<Item = &'static str> {
    let clients = CLIENTS.iter().map(|client| client.id).chain(SHAPES.iter().map(|shape| shape.id));
    ids().chain(["client", "shape"]).chain(clients)
}

fn list(out: &mut dyn Write) -> io::Result<()> {
    for step in Step::ALL {
        writeln!(out, "{}", step.title())?;
        for check in CATALOGUE.iter().filter(|check| check.step == step) {
            writeln!(out, "  {:<34} {:<21} {}", check.id, check.party.title(), check.title)?;
        }
    }
    writeln!(out, "Diagnoses")?;
    for cause in CAUSES {
        writeln!(out, "  {:<34} {:<21} {}", cause.id, cause.blame.first().title(), cause.title)?;
    }
    let (checks, causes) = (CATALOGUE.len(), CAUSES.len());
    writeln!(
        out,
        "\n{checks} checks, {causes} diagnoses. `gatewalk explain ID` tells more, --not-covered what is not checked."
    )
}

fn one_cause(cause: &Cause, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n{}\n", cause.id, cause.title)?;
    writeln!(out, "Responsible: {}", cause.blame)?;
    writeln!(out, "Explains: {}\n", cause.explains.join(", "))?;
    for advice in cause.advice {
        writeln!(out, "{}", advice.product.map_or("What to change", |product| product.name))?;
        writeln!(out, "  {}", advice.remedy)?;
        if let Some(url) = advice.url {
            writeln!(out, "  {url}")?;
        }
        if let Some(caveat) = advice.basis.caveat() {
            writeln!(out, "  ({caveat})")?;
        }
        writeln!(out)?;
    }
    match cause.shown_by.iter().find_map(|id| Fault::from_id(id)) {
        Some(fault) => see(fault, out),
        None => writeln!(out, "See it\n  No fault of the sandbox shows it: recorded histories do."),
    }
}

/// The command that shows a fault.
fn see(fault: Fault, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "See it fail\n  gatewalk check --sandbox --past-refusals --fault {fault}")?;
    if fault.protocol_version() != ProtocolVersion::DEFAULT {
        write!(out, " --protocol-version {}", fault.protocol_version())?;
    }
    if let Some(tool) = fault.called_tool() {
        write!(out, " --then call={tool}")?;
    }
    writeln!(out)
}

fn not_covered(out: &mut dyn Write) -> io::Result<()> {
    let mut party = None;
    for entry in NOT_COVERED {
        if party.replace(entry.party) != Some(entry.party) {
            writeln!(out, "{}", entry.party)?;
        }
        let cites: Vec<_> = entry.cites.iter().copied().flatten().map(ToString::to_string).collect();
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
    let levels = ProtocolVersion::ALL.map(|protocol_version| match check.levels.of(protocol_version) {
        Some(level) => {
            let lowered = if check.levels.why_lowered(protocol_version).is_some() { ", lowered" } else { "" };
            let source = check.source(protocol_version).title();
            format!("{protocol_version} {} ({source}{lowered})", level.word())
        }
        None => format!("{protocol_version} –"),
    });
    writeln!(out, "Level and source: {}", levels.join(" · "))?;
    let mut lowered =
        ProtocolVersion::ALL.into_iter().filter_map(|version| check.levels.why_lowered(version));
    if let Some(because) = lowered.next() {
        writeln!(out, "Lowered on purpose: {because}.")?;
    }
    writeln!(out)?;
    for (title, text) in [
        ("What it checks", check.doc.checks),
        ("Why it matters", check.doc.matters),
        ("How to fix it", check.doc.fix),
    ] {
        writeln!(out, "{title}\n  {text}\n")?;
    }
    writeln!(out, "Specification")?;
    for cite in check.all_cites() {
        writeln!(out, "  {cite}  {}", cite.url)?;
    }
    writeln!(out)?;
    let faults = || Fault::ALL.iter().copied().filter(|fault| fault.fails().contains(&check.id));
    // The one that fails it alone shows it best.
    if let Some(fault) = faults().min_by_key(|fault| fault.fails().len()) {
        return see(fault, out);
    }
    let why = CHECKS_WITHOUT_FAULT.iter().find(|(id, _)| *id == check.id).map_or("", |(_, why)| *why);
    writeln!(out, "See it fail\n  No fault of the sandbox shows it: {why}.")
}

/// The catalogue in numbers, as a Markdown table.
pub(super) fn table() -> String {
    let mut page = String::from(
        "| step | checks | MUST | SHOULD | MAY | gateway | authorization server | MCP server |\n|---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    let steps = Step::ALL.into_iter().map(Some).chain([None]);
    for step in steps {
        let checks: Vec<_> =
            CATALOGUE.iter().filter(|check| step.is_none_or(|step| check.step == step)).collect();
        let level = |wanted: Level| {
            let highest = |check: &&&&Check| {
                ProtocolVersion::ALL
                    .into_iter()
                    .filter_map(|protocol_version| check.levels.of(protocol_version))
                    .max()
                    == Some(wanted)
            };
            checks.iter().filter(highest).count()
        };
        let mut parties = BTreeMap::new();
        for check in &checks {
            *parties.entry(check.party).or_insert(0) += 1;
        }
        let of = |party: Party| parties.get(&party).copied().unwrap_or(0);
        let name = step.map_or("all", Step::title);
        let _ = writeln!(
            page,
            "| {name} | {} | {} | {} | {} | {} | {} | {} |",
            checks.len(),
            level(Level::Must),
            level(Level::Should),
            level(Level::May),
            of(Party::Gateway),
            of(Party::AuthorizationServer),
            of(Party::McpServer),
        );
    }
    let (checks, probes, faults, causes) = (CATALOGUE.len(), PROBES.len(), Fault::ALL.len(), CAUSES.len());
    let _ = write!(
        page,
        "\n{checks} checks, {probes} probes, {causes} diagnoses; {faults} faults of the sandbox show them."
    );
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_says_how_to_see_it_fail() {
        for check in CATALOGUE {
            let mut page = Vec::new();
            one(check, &mut page).unwrap();
            let page = String::from_utf8(page).unwrap();
            let shown = page.contains("--fault ");
            let excused = CHECKS_WITHOUT_FAULT.iter().any(|(id, why)| *id == check.id && page.contains(why));
            assert!(shown != excused, "{page}");
        }
    }
}
