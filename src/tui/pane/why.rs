//! What each step is for and what a client must do with what it got; and why the walk stopped, if it did.

use crate::flow::{Outcome, Refusal, RefusalKind};
use crate::specification::Step;
use crate::tui::model::Model;
use crate::tui::page::{Fragments, Lines, PageLine};
use crate::tui::theme::Role;
use crate::tui::walk::{Item, Phase, StepStatus};

/// A sentence, and where it is written.
type Said = (&'static str, &'static str);

/// What is to be known about a step.
struct Purpose {
    /// What it is for.
    what: Said,
    /// What a client must do with what it got.
    client: [Said; 2],
}

/// The lines of the tab.
pub(super) fn lines(model: &Model) -> Vec<PageLine> {
    let mut lines = Lines::default();
    let step = model.selection.step;
    if model.walk.standing(step) == StepStatus::Stopped {
        stop(model, &mut lines);
        lines.gap();
    }
    purpose(step, &mut lines);
    lines.into_vec()
}

/// Why the walk stopped, and what to try.
pub(super) fn stop(model: &Model, lines: &mut Lines) {
    match &model.walk.phase {
        Phase::Refused(refusal) => {
            lines.push(
                PageLine::new(Role::Violation, "✗ ")
                    .put(Role::Strong, "A conforming client would stop here: ")
                    .put(Role::Strong, refusal.kind.what())
                    .hang(2),
            );
            let (expected, found) = compared(model, refusal);
            for (name, value) in [("  expected ", &expected), ("  got      ", &found)] {
                lines.push(PageLine::new(Role::Dim, name).put(Role::Strong, value).hang(11));
            }
            if model.walk.stored.is_none() {
                lines.push(
                    PageLine::new(Role::Accent, "  c")
                        .put(Role::Text, " continue anyway   ")
                        .put(Role::Accent, "r")
                        .put(Role::Text, " retry   ")
                        .put(Role::Accent, "b")
                        .put(Role::Text, " back"),
                );
            }
        }
        Phase::Finished(Outcome::Stuck { because, awaiting }) => {
            let because_text = because.to_string();
            lines.push(
                PageLine::new(Role::Violation, "✗ ")
                    .put(Role::Strong, "Stopped: ")
                    .put(Role::Strong, &because_text)
                    .hang(2),
            );
            // Where a diagnosis tells what to change, a guess beside it only contradicts.
            if model.walk.stopped_by().is_none() {
                let guess = PageLine::new(Role::Dim, "  try      ");
                lines.push(guess.put(Role::Text, Fragments::Ours(because.remedy())).hang(11));
            }
            if *awaiting == Step::Token && model.walk.history().callbacks().len() > 0 {
                let said = " back to a new login: a code works once, so a retry with this one is refused";
                lines.push(PageLine::new(Role::Accent, "  b").put(Role::Text, said).hang(4));
            }
            if model.walk.items(*awaiting).iter().any(Item::is_edited) {
                let said = "  ! You edited a request of this step: the refusal may be right.";
                lines.push(PageLine::new(Role::Warning, said).hang(4));
            }
            if *awaiting == Step::Authorization {
                lines.push(
                    PageLine::new(Role::Accent, "  t")
                        .put(Role::Text, " says how to log in and what to fill in, and walks again"),
                );
            }
        }
        _ => {}
    }
}

/// Both values of a refusal. Those of `state` are secrets: what hides them tells equal ones from others.
fn compared(model: &Model, refusal: &Refusal) -> (String, String) {
    let history = model.walk.history();
    let sent = history.authorizations().next_back().and_then(|request| request.get("state"));
    match (refusal.kind, sent) {
        (RefusalKind::StateMismatch, Some(sent)) => {
            let came = history.callbacks().next_back().and_then(|callback| callback.get("state"));
            let shown = |state: &str| model.walk.redactor.secret("state", state);
            (shown(&sent), came.map_or_else(|| refusal.found.clone(), shown))
        }
        _ => (refusal.expected.clone(), refusal.found.clone()),
    }
}

/// What a step is for.
pub(super) fn purpose(step: Step, lines: &mut Lines) {
    let Purpose { what, client } = of(step);
    lines.say(Role::Strong, "What it is for");
    sentence(what, lines);
    lines.gap();
    lines.say(Role::Strong, "What a client does with it");
    for said in client {
        sentence(said, lines);
    }
}

fn sentence((words, citation): Said, lines: &mut Lines) {
    lines.say(Role::Text, words);
    lines.push(PageLine::new(Role::Dim, "  ").put(Role::Dim, citation).hang(2));
}

const fn of(step: Step) -> Purpose {
    match step {
        Step::Challenge => Purpose {
            what: (
                "The client calls the MCP endpoint without a token, and a protected server responds with 401 with a WWW-Authenticate header that names its metadata and what to ask for.",
                "RFC 9728 §5.1; RFC 6750 §3",
            ),
            client: [
                (
                    "It takes resource_metadata from the Bearer challenge, or else tries the well-known locations.",
                    "MCP Authorization, \"Protected Resource Metadata Discovery Requirements\"",
                ),
                (
                    "It can do nothing with 403 or a redirect to a login page: only 401 tells that a token is needed.",
                    "RFC 6750 §3.1",
                ),
            ],
        },
        Step::ResourceMetadata => Purpose {
            what: (
                "In a JSON document the gateway names itself, as resource, and those who issue tokens for it, as authorization_servers.",
                "RFC 9728 §2",
            ),
            client: [
                (
                    "It must stop if resource is not what it asked about, or another server could have tokens sent to it.",
                    "RFC 9728 §3.3, §7.3",
                ),
                (
                    "It takes an issuer from authorization_servers, exactly as written, and keeps resource for steps 5 and 6.",
                    "MCP Authorization, \"Authorization Server Location\"; RFC 8707 §2",
                ),
            ],
        },
        Step::ServerMetadata => Purpose {
            what: (
                "In a JSON document at one of up to three well-known places the authorization server publishes its endpoints and what it can do.",
                "RFC 8414 §3; OpenID Connect Discovery 1.0 §4",
            ),
            client: [
                (
                    "It must stop if issuer is not, character by character, the issuer it asked for.",
                    "RFC 8414 §3.3",
                ),
                ("It must stop if PKCE with S256 is not advertised.", "MCP Authorization; RFC 9700 §2.1.1"),
            ],
        },
        Step::Registration => Purpose {
            what: (
                "A client nobody told the server about asks for a client_id and names its redirect URI; one that is registered already leaves this out.",
                "RFC 7591 §3; MCP Authorization, \"Dynamic Client Registration\"",
            ),
            client: [
                (
                    "It keeps client_id and client_secret for this issuer only, and honours what the server changed in its metadata.",
                    "RFC 7591 §3.2.1",
                ),
                ("gatewalk removes what it registered when it ends, if the server lets it.", "RFC 7592 §2.3"),
            ],
        },
        Step::Authorization => Purpose {
            what: (
                "The user's browser goes to the authorization server with a random state and a PKCE challenge; after login and consent it comes back to gatewalk's own listener with a code.",
                "RFC 6749 §4.1; RFC 7636; RFC 8252 §7.3",
            ),
            client: [
                (
                    "It must stop if state is not its own, or if iss names another issuer: the code could belong to somebody else's login.",
                    "RFC 6749 §10.12; RFC 9207 §2.4",
                ),
                ("It takes error in place of code as the server's way to say no.", "RFC 6749 §4.1.2.1"),
            ],
        },
        Step::Token => Purpose {
            what: (
                "The code, the PKCE verifier and resource go to the token endpoint, and an access token for this gateway comes back.",
                "RFC 6749 §4.1.3, §5.1; RFC 8707 §2",
            ),
            client: [
                (
                    "It sends the token to this resource only, and looks at expires_in and at the scope it was really given.",
                    "RFC 6749 §5.1; RFC 9700 §2.3",
                ),
                (
                    "The token is opaque to it, but not to gatewalk: most 401s in step 7 are an audience set wrong here.",
                    "RFC 9068 §2.2, §4",
                ),
            ],
        },
        Step::Session => Purpose {
            what: (
                "The call of step 1 again, now with the token: the gateway checks it and lets the request through to the MCP server.",
                "RFC 6750 §2.1; MCP Lifecycle, \"Initialization\"",
            ),
            client: [
                (
                    "It uses the protocol version the server chose and the session id, if it was given one.",
                    "MCP Transports, \"Streamable HTTP\"",
                ),
                (
                    "It takes 401 as a refusal of the token: compare its issuer, audience, algorithm and scope.",
                    "RFC 6750 §3.1",
                ),
            ],
        },
    }
}
