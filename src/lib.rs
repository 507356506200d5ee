//! **gatewalk** walks an MCP server's OAuth flow through its gateway, one step at a time, and says who is wrong at each.
//!
//! The rooms, left to right; a room knows only rooms to its left (`tests/architecture.rs` keeps it so):
//!
//! ```text
//! specification ← exchange ← document ← scenario ← flow ← probe ← check ← client ← diagnosis ← transcript ← run ← { report, tui } ← cli ← main
//!                                          ↖ sandbox (seen by cli and tests)
//! ```
//!
//! Left of [`run`] there is no async, file, socket, terminal, clock or random source.
//!
//! | word | meaning |
//! |---|---|
//! | target | the MCP endpoint under test, with the headers it needs |
//! | protocol version | a dated MCP revision; *legacy* opens with `initialize`, *modern* with `server/discover` |
//! | step | a part of the flow, in order: challenge, resource-metadata, server-metadata, registration, authorization, token, session |
//! | exchange | one request and its response, raw, with timings; or the request and why there is no response |
//! | callback | the redirect back to our loopback listener |
//! | round | one authorization within a run: its authorization server, its login, its tokens |
//! | history | all exchanges and callbacks of a run so far, raw, in memory |
//! | document | something a party published: a lenient typed view that keeps its raw JSON |
//! | probe | requests beyond the happy path, sent to see a party refuse |
//! | check | one rule: one id, one sentence of one spec, one party responsible |
//! | verdict | pass · fail · not applicable · untestable · inconclusive, each with its reason |
//! | finding | a failed check with its evidence |
//! | level | MUST → *violation*, SHOULD → *warning*, MAY or no norm → *note* |
//! | party | who is responsible: gateway, authorization server, MCP server, client, network |
//! | client | a real MCP client as data: version, grade of the evidence, traits |
//! | trait | a behaviour in which clients differ; inherited from the SDK a client is built on |
//! | shape | what a server does that lets one client in and stops another: a predicate over the evidence |
//! | prediction | what comes of a client at the server of a run, shape by shape |
//! | refusal | a point where a conforming client must stop; we say so, and can go on when asked |
//! | driver | how consent is obtained: browser, paste, redirect, form, webdriver, command |
//! | transcript | history + verdicts, redacted, versioned, on disk; every report is a pure function of it |
//! | replay | a stored transcript, judged again and played step by step; nothing is sent |
//! | sandbox | the embedded gateway and authorization server, honest unless given faults; variations make it unusual and still right |

pub mod check;
pub mod cli;
pub mod client;
pub mod diagnosis;
pub mod document;
pub mod exchange;
pub mod flow;
pub mod probe;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod scenario;
pub mod specification;
pub mod transcript;
pub mod tui;
