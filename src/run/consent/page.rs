//! Reads HTML pages as a browser without scripts would: forms, fields, buttons, and what the page says.

use scraper::{ElementRef, Html, Selector};

/// A form of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// `action` as written; empty for the page itself.
    pub(super) action: String,
    /// Whether it is sent with POST.
    pub(super) post: bool,
    /// What a browser would send without touching it.
    pub(super) hidden: Vec<(String, String)>,
    /// Names of the fields a user sees, with their preset values.
    pub(super) visible: Vec<(String, String)>,
    /// Submit buttons: name and value.
    pub(super) buttons: Vec<(String, String)>,
}

/// The forms of a page, in order.
pub(super) fn forms(html: &str) -> Vec<Form> {
    let document = Html::parse_document(html);
    select(&document.root_element(), "form").iter().map(form).collect()
}

/// What the page says, in one line: for messages.
pub(super) fn says(html: &str) -> String {
    let document = Html::parse_document(html);
    let body = select(&document.root_element(), "body");
    let words = body.iter().flat_map(|body| {
        body.descendants().filter_map(|node| {
            let in_code = node
                .parent()
                .and_then(ElementRef::wrap)
                .is_some_and(|parent| matches!(parent.value().name(), "script" | "style"));
            node.value()
                .as_text()
                .filter(|_| !in_code)
                .map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        })
    });
    let mut text = words.flatten().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = text.char_indices().nth(200) {
        text.truncate(end);
        text.push('…');
    }
    text
}

fn select<'a>(element: &ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    // The selectors are constants of this file.
    Selector::parse(selector).map(|selector| element.select(&selector).collect()).unwrap_or_default()
}

fn form(element: &ElementRef<'_>) -> Form {
    let mut form = Form {
        action: element.attr("action").unwrap_or_default().to_owned(),
        post: element.attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post")),
        hidden: Vec::new(),
        visible: Vec::new(),
        buttons: Vec::new(),
    };
    for control in select(element, "input, button, select, textarea") {
        if control.attr("disabled").is_some() {
            continue;
        }
        let name = control.attr("name").unwrap_or_default().to_owned();
        let value = control.attr("value").unwrap_or_default().to_owned();
        let tag = control.value().name();
        let default = if tag == "button" { "submit" } else { "text" };
        let kind = control.attr("type").unwrap_or(default).to_ascii_lowercase();
        match (tag, kind.as_str()) {
            ("select", _) => {
                let options = select(&control, "option");
                let chosen =
                    options.iter().find(|option| option.attr("selected").is_some()).or(options.first());
                let value = chosen.and_then(|option| option.attr("value")).unwrap_or_default().to_owned();
                form.visible.push((name, value));
            }
            ("textarea", _) => form.visible.push((name, control.text().collect())),
            (_, "submit" | "image") => form.buttons.push((name, value)),
            (_, "hidden") => form.hidden.push((name, value)),
            (_, "checkbox" | "radio") if control.attr("checked").is_some() => {
                let value = if value.is_empty() { "on".to_owned() } else { value };
                form.hidden.push((name, value));
            }
            (_, "button" | "reset" | "file" | "checkbox" | "radio") => {}
            _ => form.visible.push((name, value)),
        }
    }
    form.hidden.retain(|(name, _)| !name.is_empty());
    form.visible.retain(|(name, _)| !name.is_empty());
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_a_browser_would() {
        let html = "<body><script>x()</script><p>Sign  in</p><form method=POST action='login?x=1'><input type=hidden name=csrf \
                    value='a&amp;b'><input name=user value=u><input type=password name=pw><input type=checkbox name=keep \
                    checked><input type=checkbox name=spam><select name=s><option value=1><option value=2 selected></select>\
                    <button name=go value=1>Go</button><button type=button name=no>No</button><input disabled name=d></form>";
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            forms(html),
            [Form {
                action: "login?x=1".to_owned(),
                post: true,
                hidden: vec![pair("csrf", "a&b"), pair("keep", "on")],
                visible: vec![pair("user", "u"), pair("pw", ""), pair("s", "2")],
                buttons: vec![pair("go", "1")],
            }]
        );
        assert_eq!(says(html), "Sign in 1 2 Go No".replace("1 2 ", ""));
    }
}
