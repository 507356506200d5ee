//! Copying: the shown URL, the selected value, the shown request as a curl command.

use crate::transcript::RequestEntry;
use crate::transcript::curl::{curl, variables};
use crate::tui::effect::Effect;
use crate::tui::host::Clipboard;
use crate::tui::model::Model;
use crate::tui::overlay::Overlay;
use crate::tui::selection::Tab;
use crate::tui::walk::Item;

/// What is copied, in a word, and its text.
pub(super) fn shown(model: &Model) -> (&'static str, String) {
    if let Some(Overlay::Export(Ok(paths))) = &model.overlay {
        let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        return ("path", paths.join("\n"));
    }
    let row = model.selection.row;
    let value = (model.tab == Tab::Decoded).then(|| model.pages.page.copies(row)).flatten();
    match value {
        Some(value) => ("value", value.to_owned()),
        None => ("URL", shown_url(model)),
    }
}

/// The shown request as a curl command, and what that is in a few words. Hidden secrets are variables of the shell, as in
/// the script that is exported.
pub(super) fn shown_curl(model: &Model) -> Option<(String, String)> {
    let command = curl(&shown_request(model)?);
    if model.walk.redactor.is_revealed {
        return Some(("curl command, secrets included,".to_owned(), command));
    }
    let (command, names) = variables(&command);
    let what = if names.is_empty() {
        "curl command".to_owned()
    } else {
        let names: Vec<_> = names.iter().map(|name| format!("${name}")).collect();
        format!("curl command, which needs {},", names.join(" and "))
    };
    Some((what, command))
}

/// Puts a text into the clipboard and says so.
pub(super) fn copy(model: &mut Model, what: &str, text: String) -> Vec<Effect> {
    let to = match model.given.clipboard {
        Clipboard::Terminal => "was sent to the clipboard of your terminal",
        Clipboard::Tmux => "is in tmux's buffer: prefix ] pastes it",
    };
    model.status = Some(format!("the {what} {to}"));
    vec![Effect::Copy(text)]
}

/// The request that is on the screen.
fn shown_request(model: &Model) -> Option<RequestEntry> {
    match model.item()? {
        Item::Exchange(exchange) => Some(model.walk.redactor.request(&exchange.request)),
        Item::Sending(request) => Some(model.walk.redactor.request(&request)),
        Item::Authorization(_) | Item::Callback(_) => None,
    }
}

/// The URL that is on the screen: the authorization URL as it is to be opened, others without secrets.
fn shown_url(model: &Model) -> String {
    let redactor = &model.walk.redactor;
    match model.item() {
        Some(Item::Authorization(request)) => redactor.opened(&request.url),
        Some(Item::Exchange(exchange)) => redactor.url(&exchange.request.url),
        Some(Item::Sending(request)) => redactor.url(&request.url),
        Some(Item::Callback(callback)) => redactor.url(&callback.url),
        None => redactor.url(&model.walk.scenario.target.url),
    }
}
