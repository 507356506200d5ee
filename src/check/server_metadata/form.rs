//! The JSON of the document.

use crate::check::{At, Check, Doc, Finding, Levels, display, publication};
use crate::specification::cite::rfc;
use crate::specification::{Level, Party, Step};

pub(in crate::check) static NO_EMPTY_ARRAYS: Check = Check {
    id: "as-no-empty-arrays",
    title: "Lists without elements are left out of the server metadata",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Must),
    cites: &[rfc!(8414, "3.2")],
    doc: Doc {
        checks: "No member of the metadata is an empty array.",
        matters: "Left out, a list has its default; empty, it says that nothing is supported.",
        fix: "Leave unset lists out when the metadata is written.",
    },
    judge: |evidence| {
        let (exchange, metadata) = evidence.server_metadata()?;
        let empty: Vec<_> = publication::empty_arrays(&metadata.json).collect();
        let Some(first) = empty.first() else { return Ok(()) };
        let message = format!("The metadata has empty lists: {}", empty.join(", "));
        let finding = Finding::in_exchange(exchange, At::Member(display::pointer(first)), message);
        Err(finding.compare("the member left out", "[]").fail())
    },
};

pub(in crate::check) static NO_DUPLICATES: Check = Check {
    id: "as-no-duplicate-members",
    title: "No member of the server metadata is repeated",
    step: Step::ServerMetadata,
    party: Party::AuthorizationServer,
    levels: Levels::all(Level::Should),
    cites: &[rfc!(8259, "4")],
    doc: Doc {
        checks: "No object in the document names a member twice.",
        matters: "One parser takes the first value, another the last: two clients may use two endpoints.",
        fix: "Remove the repeated member; look for a template that is merged with defaults.",
    },
    judge: |evidence| {
        let (exchange, metadata) = evidence.server_metadata()?;
        publication::unique(exchange, &metadata.json)
    },
};
