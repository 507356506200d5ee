//! The challenges of a response, parameter by parameter (RFC 9110 §11.6.1, RFC 6750 §3, RFC 9728 §5.1).

use super::{Builder, Mark};
use crate::check::At;
use crate::document::challenge::challenges;
use crate::exchange::Response;
use crate::specification::Level;
use crate::tui::theme::Role;

/// What a parameter is for.
fn says(name: &str) -> &'static str {
    match name.to_ascii_lowercase().as_str() {
        "resource_metadata" => "where step 2 reads",
        "scope" => "what to ask for",
        "error" => "why the token was refused",
        "error_description" => "the same for people",
        "error_uri" => "more about it",
        "realm" => "the protection space",
        "algs" => "algorithms of DPoP proofs",
        _ => "",
    }
}

/// The lines for a response to a request without a token, or to one whose token was refused.
pub(super) fn lines(heading: &'static str, response: &Response, sheet: &mut Builder<'_>) {
    sheet.head(heading);
    let found = sheet.findings(|at| *at == At::Status);
    let good = if response.status == 401 { Mark::Good } else { Mark::None };
    sheet.judged(&found, good, "status", &response.status.to_string(), "401 asks for a token");
    let all = challenges(response);
    if all.is_empty() {
        let found = sheet.findings(|at| *at == At::Header("www-authenticate"));
        sheet.judged(
            &found,
            Mark::Absent,
            "WWW-Authenticate",
            "",
            "absent: a client tries the well-known locations",
        );
        return;
    }
    for challenge in &all {
        let found: Vec<_> = sheet.findings(|at| *at == At::Header("www-authenticate"));
        sheet.head(&format!("{} challenge", challenge.scheme));
        if challenge.parameters.is_empty() {
            sheet.say(Role::Dim, "without parameters");
        }
        for (name, value) in &challenge.parameters {
            sheet.row(Mark::None, name, value, says(name));
        }
        if challenge.is("bearer") && challenge.get("resource_metadata").is_none() {
            sheet.row(
                Mark::Absent,
                "resource_metadata",
                "",
                "absent: a client tries the well-known locations",
            );
        }
        if challenge.is("bearer") && challenge.get("scope").is_none() {
            sheet.row(Mark::Absent, "scope", "", "absent: a client takes scopes_supported of step 2");
        }
        for defect in &challenge.defects {
            sheet.row(Mark::Bad(Level::Must), "syntax", defect, "");
        }
        if challenge.is("bearer") {
            for judged in found {
                let message = judged.finding().map_or(judged.check.title, |finding| &finding.message);
                sheet.row(Mark::Bad(judged.level), judged.check.id, message, "");
            }
        }
    }
}
