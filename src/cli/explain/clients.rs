//! The catalogue of clients and shapes: all, one client, one shape.

use std::io::{self, Write};

use crate::client::{self, CLIENTS, Client, GROUPS, SHAPES, Shape};
use crate::sandbox::Fault;
use crate::scenario::closest;
use crate::specification::Step;

/// All clients and shapes.
pub(super) fn list(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "Clients")?;
    for client in CLIENTS {
        let Client { id, name, version, date, grade, .. } = client;
        writeln!(out, "  {id:<15} {name:<39} {version:<22} {date}  {}", grade.word())?;
    }
    writeln!(out, "Groups")?;
    for group in GROUPS {
        writeln!(out, "  {:<15} {}", group.id, group.title)?;
    }
    writeln!(out, "Shapes of servers that tell them apart")?;
    for step in Step::ALL {
        writeln!(out, "  {}", step.title())?;
        for shape in SHAPES.iter().filter(|shape| shape.step == step) {
            writeln!(out, "    {:<30} {:<21} {}", shape.id, shape.party.title(), shape.title)?;
        }
    }
    let (clients, shapes) = (CLIENTS.len(), SHAPES.len());
    writeln!(
        out,
        "\n{clients} clients, {shapes} shapes. `gatewalk explain client ID` and `gatewalk explain shape ID` tell more."
    )
}

/// What is known of a client.
pub(super) fn one_client(client: &Client, out: &mut dyn Write) -> io::Result<()> {
    let Client { id, name, version, date, grade, source, built_on, traits, .. } = client;
    writeln!(out, "{id}\n{name} {version}\n")?;
    writeln!(out, "Known from: {}, {date}\n{source}", grade.word())?;
    if let Some(base) = built_on.and_then(client::find) {
        writeln!(out, "Built on: {}, {}; it does the same unless it says otherwise", base.id, base.name)?;
    }
    writeln!(out)?;
    let base = built_on.and_then(client::find).map(|base| base.traits.named()).unwrap_or_default();
    for (name, words) in traits.named() {
        let own = !base.is_empty() && !base.contains(&(name, words));
        writeln!(out, "  {name:<34} {words}{}", if own { "  (its own)" } else { "" })?;
    }
    writeln!(out, "\nSee it\n  gatewalk check --sandbox --clients {id}")
}

/// What a shape is and what shows it.
pub(super) fn one_shape(shape: &Shape, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n{}\n", shape.id, shape.title)?;
    writeln!(out, "Step: {}\nResponsible: {}", shape.step.title(), shape.party)?;
    if !shape.checks.is_empty() {
        writeln!(out, "Fails, where it is against a rule: {}", shape.checks.join(", "))?;
    }
    writeln!(out, "\nWhat to change\n  {}\n", shape.change)?;
    writeln!(out, "See it")?;
    if shape.shown_by.is_empty() {
        return writeln!(out, "  Nothing that the sandbox does shows it.");
    }
    for together in shape.shown_by {
        let options: Vec<_> = together.iter().map(|id| option(id)).collect();
        let options = options.join(" ");
        writeln!(out, "  gatewalk check --sandbox --past-refusals {options} --clients all")?;
    }
    Ok(())
}

/// The option that gives the sandbox a fault or a variation.
fn option(id: &str) -> String {
    let name = if Fault::from_id(id).is_some() { "fault" } else { "variation" };
    format!("--{name} {id}")
}

/// What is wrong with the name of a client.
pub(super) fn unknown_client(id: &str) -> String {
    client::chosen([id]).err().map_or_else(
        || format!("{id} stands for several clients; `gatewalk explain --clients` names them"),
        |unknown| unknown.to_string(),
    )
}

/// What is wrong with the name of a shape.
pub(super) fn unknown_shape(id: &str) -> String {
    let alike = closest(id, SHAPES.iter().map(|shape| shape.id));
    let hint = alike.map_or_else(
        || "`gatewalk explain --clients` names them".to_owned(),
        |alike| format!("did you mean {alike}?"),
    );
    format!("there is no shape {id:?}; {hint}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Variation;

    #[test]
    fn what_shows_a_shape_is_a_fault() {
        for shape in SHAPES {
            for id in shape.shown_by.iter().copied().flatten() {
                let known = Fault::from_id(id).is_some() || Variation::from_id(id).is_some();
                assert!(known, "{}: {id}", shape.id);
            }
        }
    }

    #[test]
    fn a_client_says_what_is_its_own() {
        let page = |id| {
            let mut page = Vec::new();
            one_client(client::find(id).unwrap(), &mut page).unwrap();
            String::from_utf8(page).unwrap()
        };
        let fastmcp = page("fastmcp");
        assert!(fastmcp.contains("Built on: py"), "{fastmcp}");
        assert_eq!(fastmcp.lines().filter(|line| line.ends_with("(its own)")).count(), 3, "{fastmcp}");
        assert!(!page("py").contains("(its own)"));
        assert!(page("jetbrains").contains("not known"));
    }

    #[test]
    fn a_wrong_name_gets_the_nearest() {
        assert!(unknown_client("claude").contains("claude-ai or claude-code"));
        assert!(unknown_shape("prm-resource-slashes").contains("prm-resource-slash?"));
    }
}
