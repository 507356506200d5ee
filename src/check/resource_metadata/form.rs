//! The JSON of the document.

use crate::check::{At, Check, Doc, Evidence, Finding, Judgement, Levels, display, publication};
use crate::specification::cite::rfc;
use crate::specification::{Level, Party, ProtocolVersion, Step};

pub(in crate::check) static NO_EMPTY_VALUES: Check = Check {
    id: "prm-no-empty-values",
    title: "Members without a value are left out",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Must),
    cites: &[rfc!(9728, "3.2"), rfc!(9728, "2")],
    doc: Doc {
        checks: "No member is null or an empty array. bearer_methods_supported may be empty: it means that no bearer method is supported.",
        matters: "Typed clients fail to parse null where a list is expected; an empty scopes_supported reads as \"no scope exists\".",
        fix: "Leave unset options out when the gateway writes the document, instead of writing null or [].",
    },
    judge: no_empty_values,
};

fn no_empty_values(evidence: &Evidence<'_>) -> Judgement {
    let (exchange, metadata) = evidence.resource_metadata()?;
    let nulls =
        metadata.json.members.iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name.as_str());
    // An empty list of authorization servers has a check of its own.
    let others = ["bearer_methods_supported", "authorization_servers"];
    let empty: Vec<_> = publication::empty_arrays(&metadata.json)
        .filter(|name| !others.contains(name))
        .chain(nulls)
        .collect();
    let Some(first) = empty.first() else { return Ok(()) };
    let message = format!("The document has members without a value: {}", empty.join(", "));
    let finding = Finding::in_exchange(exchange, At::Member(display::pointer(first)), message);
    Err(finding.compare("the member left out", display::shown(metadata.json.members.get(*first))).fail())
}

pub(in crate::check) static NO_DUPLICATES: Check = Check {
    id: "prm-no-duplicate-members",
    title: "No member of the resource metadata is repeated",
    step: Step::ResourceMetadata,
    party: Party::Gateway,
    levels: Levels::since(ProtocolVersion::V2025_06_18, Level::Should),
    cites: &[rfc!(8259, "4")],
    doc: Doc {
        checks: "No object in the document names a member twice.",
        matters: "One parser takes the first value, another the last: two clients may talk to two authorization servers.",
        fix: "Remove the repeated member; look for a template that is merged with defaults.",
    },
    judge: |evidence| {
        let (exchange, metadata) = evidence.resource_metadata()?;
        publication::unique(exchange, &metadata.json)
    },
};
