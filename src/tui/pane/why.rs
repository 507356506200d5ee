//! What each step is for and what a client must do with what it got; and why the walk stopped, if it did.

use crate::edition::Step;
use crate::flow::Outcome;
use crate::tui::model::Model;
use crate::tui::page::{Lines, PageLine};
use crate::tui::theme::Role;
use crate::tui::walk::{Phase, Standing};

/// What is to be known about a step.
struct Purpose {
    /// What it is for.
    what: &'static str,
    /// What a client must do with what it got.
    client: &'static str,
    /// Where it is written.
    cites: &'static [&'static str],
}

/// The lines of the tab.
pub(super) fn lines(model: &Model) -> Vec<PageLine> {
    let mut lines = Lines::default();
    let step = model.selection.step;
    if model.walk.standing(step) == Standing::Stopped {
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
                    .put(Role::Strong, "A conforming client stops here")
                    .hang(2),
            );
            lines.push(PageLine::new(Role::Text, &format!("  {refusal}")).hang(2));
            lines
                .push(PageLine::new(Role::Dim, "  check    ").put(Role::Text, refusal.kind.check()).hang(11));
            lines.push(
                PageLine::new(Role::Accent, "  c")
                    .put(Role::Text, " goes on all the same, ")
                    .put(Role::Accent, "r")
                    .put(Role::Text, " tries again"),
            );
        }
        Phase::Finished(Outcome::Stuck { because, .. }) => {
            lines.push(
                PageLine::new(Role::Violation, "✗ ").put(Role::Strong, "The walk cannot go on").hang(2),
            );
            lines.push(PageLine::new(Role::Text, &format!("  {because}")).hang(2));
            lines.push(PageLine::new(Role::Dim, "  try      ").put(Role::Text, because.remedy()).hang(11));
        }
        _ => {}
    }
}

/// What a step is for.
pub(super) fn purpose(step: Step, lines: &mut Lines) {
    let Purpose { what, client, cites } = of(step);
    lines.say(Role::Strong, "What it is for");
    lines.say(Role::Text, what);
    lines.gap();
    lines.say(Role::Strong, "What a client does with it");
    lines.say(Role::Text, client);
    lines.gap();
    for citation in cites {
        lines.say(Role::Dim, citation);
    }
}

const fn of(step: Step) -> Purpose {
    match step {
        Step::Challenge => Purpose {
            what: "The client calls the MCP endpoint without a token. A protected server answers 401, and its WWW-Authenticate header tells where to learn more: resource_metadata names the document of step 2, scope names what to ask for.",
            client: "It reads the Bearer challenge and takes resource_metadata from it; without one it tries the well-known locations. A server that answers everybody has nothing to authorize. 403 or a redirect to a login page leaves a client without a way on.",
            cites: &[
                "RFC 9728 §5.1",
                "RFC 6750 §3",
                "MCP Authorization, \"Protected Resource Metadata Discovery Requirements\"",
            ],
        },
        Step::ResourceMetadata => Purpose {
            what: "A JSON document in which the gateway describes itself: resource is its identifier, authorization_servers lists who issues tokens for it. This is where the gateway hands over to the authorization server.",
            client: "It must stop if resource is not the URL it asked about, or else another server could have tokens sent to it. It takes an issuer from authorization_servers, exactly as written, and keeps resource for steps 5 and 6.",
            cites: &["RFC 9728 §3, §3.3, §7.3", "MCP Authorization, \"Authorization Server Location\""],
        },
        Step::ServerMetadata => Purpose {
            what: "A JSON document in which the authorization server publishes its endpoints and what it can do. There are up to three well-known places for it; which are tried, and in which order, depends on the edition.",
            client: "It must stop if issuer is not, character by character, the issuer it asked for, and if PKCE with S256 is not advertised. From here on it knows where to register, where to send the user and where to trade the code.",
            cites: &["RFC 8414 §3, §3.3", "OpenID Connect Discovery 1.0 §4", "RFC 9700 §2.1.1"],
        },
        Step::Registration => Purpose {
            what: "MCP clients meet servers nobody told them about, so they have no client_id there. With dynamic registration they ask for one and name their redirect URI; with a pre-registered client this step is left out.",
            client: "It keeps client_id, and client_secret if there is one, for this issuer only, and honours what the server changed in its metadata. gatewalk removes what it registered when it ends, if the server lets it.",
            cites: &["RFC 7591 §3", "RFC 7592 §2.3", "MCP Authorization, \"Dynamic Client Registration\""],
        },
        Step::Authorization => Purpose {
            what: "The user's browser goes to the authorization endpoint with client_id, redirect URI, scope, resource, a random state and a PKCE challenge. The user logs in and consents; the browser comes back to gatewalk's own listener with a code.",
            client: "It must stop if state is not its own, or if iss names another issuer than the one it asked: the code could belong to somebody else's login. error in place of code is the server's way to say no.",
            cites: &["RFC 6749 §4.1", "RFC 7636", "RFC 8707 §2", "RFC 9207 §2.4", "RFC 8252 §7.3"],
        },
        Step::Token => Purpose {
            what: "The code, the PKCE verifier and resource go to the token endpoint; an access token comes back. If it is a JWT, its issuer, audience and key tell whether this gateway can accept it.",
            client: "It sends the token to this resource only, in the Authorization header, and looks at expires_in and at the scope it was really given. The token is opaque to it, but not to gatewalk: most 401s in step 7 are an audience set wrong here.",
            cites: &["RFC 6749 §4.1.3, §5.1", "RFC 8707 §2", "RFC 9068 §2.2", "RFC 9700 §2.3"],
        },
        Step::Session => Purpose {
            what: "The call of step 1 again, now with the token. The gateway checks it and lets the request through to the MCP server, which answers with its capabilities.",
            client: "It uses the protocol version the server chose and the session id, if it was given one. 401 here means that the gateway does not accept the token it asked for: compare issuer, audience, algorithm and scope.",
            cites: &[
                "MCP Lifecycle, \"Initialization\"",
                "MCP Transports, \"Streamable HTTP\"",
                "RFC 6750 §2.1, §3.1",
            ],
        },
    }
}
