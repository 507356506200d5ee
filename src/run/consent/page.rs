//! Reads HTML pages as a browser without scripts would: forms, their controls, and what the page says.

use std::collections::BTreeMap;

use html5ever::driver::{ParseOpts, parse_document};
use html5ever::tendril::TendrilSink as _;
use html5ever::tree_builder::TreeBuilderOpts;
use scraper::{ElementRef, Html, HtmlTreeSink, Selector};
use serde::Deserialize;

use crate::document::html::shallow;

/// A page of a login.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Page {
    /// Its title.
    pub(super) title: String,
    /// What it says, in one line.
    pub(super) text: String,
    /// `<base href>`, which relative URLs start from.
    pub(super) base: Option<String>,
    /// Where it leads by itself.
    pub(super) refresh: Option<Refresh>,
    /// Its forms, in order.
    pub(super) forms: Vec<Form>,
    /// Whether it has scripts.
    pub(super) scripted: bool,
}

/// `<meta http-equiv=refresh>`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Refresh {
    /// After how many seconds.
    pub(super) seconds: u64,
    /// Where to; empty for the page itself.
    pub(super) url: String,
}

/// A form of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    /// `action` as written; empty for the page itself.
    pub(super) action: String,
    /// Whether it is sent with POST.
    pub(super) post: bool,
    /// Its controls, in order, without those that are disabled.
    pub(super) controls: Vec<Control>,
}

/// A control of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Control {
    /// What a user does with it.
    pub(super) kind: Kind,
    /// `name`; a control without one is not sent.
    pub(super) name: String,
    /// The preset value.
    pub(super) value: String,
    /// `id`.
    pub(super) id: String,
    /// What a button says.
    pub(super) label: String,
    /// Whether it is ticked.
    pub(super) ticked: bool,
    /// Values and texts of the options to choose from.
    pub(super) options: Vec<(String, String)>,
    /// `formaction` of a button: goes before the form's action.
    pub(super) action: Option<String>,
    /// `formmethod` of a button: whether it is sent with POST.
    pub(super) post: Option<bool>,
}

/// What a user does with a control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// Does not see it.
    Hidden,
    /// Types.
    #[default]
    Text,
    /// Ticks or not.
    Checkbox,
    /// Ticks instead of the others of that name.
    Radio,
    /// Chooses one.
    Choice,
    /// Presses to submit.
    Button,
    /// Clicks on a picture to submit, which sends the place.
    Image,
}

impl Kind {
    /// Whether it submits the form.
    pub(super) const fn submits(self) -> bool {
        matches!(self, Self::Button | Self::Image)
    }
}

impl Page {
    /// Reads a page.
    pub(super) fn read(html: &str) -> Self {
        // Without scripts the content of `<noscript>` counts.
        let tree_builder = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
        let options = ParseOpts { tree_builder, ..ParseOpts::default() };
        let document = parse_document(HtmlTreeSink::new(Html::new_document()), options).one(shallow(html));
        let root = document.root_element();
        let first = |selector, attribute| {
            let found = select(&root, selector).first().and_then(|element| element.attr(attribute));
            found.map(str::to_owned)
        };
        let refresh = select(&root, "meta[http-equiv][content]").into_iter().find(|meta| {
            meta.attr("http-equiv").is_some_and(|name| name.trim().eq_ignore_ascii_case("refresh"))
        });
        Self {
            title: select(&root, "title").first().map(one_line).unwrap_or_default(),
            text: shortened(&select(&root, "body").first().map(one_line).unwrap_or_default()),
            base: first("base[href]", "href"),
            refresh: refresh.and_then(|meta| Refresh::read(meta.attr("content").unwrap_or_default())),
            forms: FormReader::read(root),
            scripted: !select(&root, "script").is_empty(),
        }
    }
}

impl Refresh {
    /// Reads `5; url=next`, also without unit, quotes or space.
    fn read(content: &str) -> Option<Self> {
        let content = content.trim();
        let end = content.find(|c: char| !c.is_ascii_digit()).unwrap_or(content.len());
        let (seconds, rest) = content.split_at_checked(end)?;
        let seconds = seconds.parse().ok()?;
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ';' | ','));
        let named = rest.split_at_checked(3).filter(|(name, _)| name.eq_ignore_ascii_case("url"));
        let url = named.and_then(|(_, after)| after.trim_start().strip_prefix('=')).unwrap_or(rest);
        let url = url.trim();
        let quoted = ['"', '\''].into_iter().find_map(|quote| Some((quote, url.strip_prefix(quote)?)));
        let url = quoted.map_or(url, |(quote, url)| url.split(quote).next().unwrap_or_default());
        Some(Self { seconds, url: url.to_owned() })
    }
}

/// The words in an element, scripts and styles left out.
fn one_line(element: &ElementRef<'_>) -> String {
    let words = element.descendants().filter_map(|node| {
        let parent = node.parent().and_then(ElementRef::wrap);
        let in_code = parent.is_some_and(|parent| matches!(parent.value().name(), "script" | "style"));
        node.value().as_text().filter(|_| !in_code)
    });
    words.flat_map(|text| text.split_whitespace()).collect::<Vec<_>>().join(" ")
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(200).and_then(|(end, _)| text.get(..end)) {
        Some(head) => format!("{head}…"),
        None => text.to_owned(),
    }
}

fn select<'a>(element: &ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    // The selectors are constants of this file.
    Selector::parse(selector).map(|selector| element.select(&selector).collect()).unwrap_or_default()
}

/// Gathers forms with their controls while a page is walked once, from its first element to its last.
#[derive(Default)]
struct FormReader<'a> {
    forms: Vec<Form>,
    /// The form of each `id`: the first that has it.
    by_id: BTreeMap<&'a str, usize>,
    /// The forms that are open, by their places.
    open: Vec<usize>,
    /// How many of the open elements are a `<fieldset disabled>`, which disables the controls in it.
    disabled: usize,
    /// Controls that name their form, wherever they stand.
    naming: Vec<(&'a str, Control)>,
}

impl<'a> FormReader<'a> {
    /// The forms below an element.
    fn read(root: ElementRef<'a>) -> Vec<Form> {
        let mut reader = Self::default();
        let mut node = *root;
        'walk: loop {
            if let Some(element) = ElementRef::wrap(node) {
                reader.enter(&element);
            }
            if let Some(child) = node.first_child() {
                node = child;
                continue;
            }
            loop {
                if let Some(element) = ElementRef::wrap(node) {
                    reader.leave(&element);
                }
                if node == *root {
                    break 'walk;
                }
                if let Some(next) = node.next_sibling() {
                    node = next;
                    break;
                }
                let Some(parent) = node.parent() else { break 'walk };
                node = parent;
            }
        }
        for (id, control) in reader.naming {
            let form = reader.by_id.get(id).and_then(|form| reader.forms.get_mut(*form));
            if let Some(form) = form {
                form.controls.push(control);
            }
        }
        reader.forms
    }

    fn enter(&mut self, element: &ElementRef<'a>) {
        match element.value().name() {
            "form" => {
                let at = self.forms.len();
                if let Some(id) = element.attr("id").filter(|id| !id.is_empty()) {
                    self.by_id.entry(id).or_insert(at);
                }
                self.open.push(at);
                self.forms.push(Form {
                    action: element.attr("action").unwrap_or_default().to_owned(),
                    post: element.attr("method").is_some_and(is_post),
                    controls: Vec::new(),
                });
            }
            "fieldset" => self.disabled += usize::from(element.attr("disabled").is_some()),
            "input" | "button" | "select" | "textarea"
                if self.disabled == 0 && element.attr("disabled").is_none() =>
            {
                self.control(element);
            }
            _ => {}
        }
    }

    /// A control belongs to the form it names, else to the one it stands in.
    fn control(&mut self, element: &ElementRef<'a>) {
        let form = self.open.last().and_then(|form| self.forms.get_mut(*form));
        match (element.attr("form"), form) {
            (Some(id), _) => self.naming.extend(control(element).map(|control| (id, control))),
            (None, Some(form)) => form.controls.extend(control(element)),
            (None, None) => {}
        }
    }

    fn leave(&mut self, element: &ElementRef<'a>) {
        match element.value().name() {
            "form" => drop(self.open.pop()),
            "fieldset" => self.disabled -= usize::from(element.attr("disabled").is_some()),
            _ => {}
        }
    }
}

fn is_post(method: &str) -> bool {
    method.trim().eq_ignore_ascii_case("post")
}

fn control(element: &ElementRef<'_>) -> Option<Control> {
    let attribute = |name| element.attr(name).unwrap_or_default().to_owned();
    let tag = element.value().name();
    let default = if tag == "button" { "submit" } else { "text" };
    let kind = match (tag, element.attr("type").unwrap_or(default).to_ascii_lowercase().as_str()) {
        ("select", _) => Kind::Choice,
        ("textarea", _) => Kind::Text,
        (_, "submit") => Kind::Button,
        (_, "image") => Kind::Image,
        (_, "hidden") => Kind::Hidden,
        (_, "checkbox") => Kind::Checkbox,
        (_, "radio") => Kind::Radio,
        (_, "button" | "reset" | "file") => return None,
        _ => Kind::Text,
    };
    let options: Vec<_> = match tag {
        "select" => select(element, "option").iter().map(option).collect(),
        _ => Vec::new(),
    };
    let value = match tag {
        "textarea" => element.text().collect::<String>(),
        "select" => {
            let chosen = select(element, "option[selected]").first().map(option).or(options.first().cloned());
            chosen.map(|(value, _)| value).unwrap_or_default()
        }
        _ if matches!(kind, Kind::Checkbox | Kind::Radio) => element.attr("value").unwrap_or("on").to_owned(),
        _ => attribute("value"),
    };
    Some(Control {
        kind,
        name: attribute("name"),
        label: if tag == "button" { one_line(element) } else { value.clone() },
        value,
        id: attribute("id"),
        ticked: element.attr("checked").is_some(),
        options,
        action: element.attr("formaction").map(str::to_owned),
        post: element.attr("formmethod").map(is_post),
    })
}

/// Value and text of an option; the text is the value of one without.
fn option(option: &ElementRef<'_>) -> (String, String) {
    let text = one_line(option);
    (option.attr("value").map_or_else(|| text.clone(), str::to_owned), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kind, name and value of each control.
    fn controls(form: &Form) -> Vec<(Kind, &str, &str)> {
        form.controls.iter().map(|c| (c.kind, c.name.as_str(), c.value.as_str())).collect()
    }

    #[test]
    fn a_form_is_read_as_a_browser_would() {
        let page = Page::read(
            "<title> Log  in </title><base href='/idp/'><body><script>x()</script><p>Sign  in</p>\
             <form id=f method=POST action='login?x=1'><input type=hidden name=csrf value='a&amp;b'><input name=user value=u>\
             <input type=password name=pw><input type=checkbox name=keep checked><input type=checkbox name=spam value=1>\
             <select name=s><option value=1>One<option value=2 selected>Two</select><textarea name=t>hi</textarea>\
             <button name=go value=1 formaction=/go formmethod=get> Go  on</button><button type=button name=no>No</button>\
             <input disabled name=d><fieldset disabled><input name=e></fieldset></form><input form=f type=submit value=Late>",
        );
        assert_eq!((page.title.as_str(), page.base.as_deref()), ("Log in", Some("/idp/")));
        assert_eq!(page.text, "Sign in One Two hi Go on No");
        assert!(page.scripted && page.refresh.is_none());
        let [form] = &page.forms[..] else { panic!("{:?}", page.forms) };
        assert_eq!((form.action.as_str(), form.post), ("login?x=1", true));
        assert_eq!(
            controls(form),
            [
                (Kind::Hidden, "csrf", "a&b"),
                (Kind::Text, "user", "u"),
                (Kind::Text, "pw", ""),
                (Kind::Checkbox, "keep", "on"),
                (Kind::Checkbox, "spam", "1"),
                (Kind::Choice, "s", "2"),
                (Kind::Text, "t", "hi"),
                (Kind::Button, "go", "1"),
                (Kind::Button, "", "Late"),
            ]
        );
        assert!(form.controls[3].ticked && !form.controls[4].ticked);
        assert_eq!(form.controls[5].options[0], ("1".to_owned(), "One".to_owned()));
        let go = &form.controls[7];
        assert_eq!((go.label.as_str(), go.action.as_deref(), go.post), ("Go on", Some("/go"), Some(false)));
    }

    #[test]
    fn controls_belong_to_the_form_they_name_or_stand_in() {
        let page = Page::read(
            "<form id=a><input name=1><input name=2 form=b><fieldset disabled><fieldset><input name=3></fieldset>\
             <input name=4 form=b></fieldset><input name=5></form><input name=6><input name=7 form=a>\
             <form id=b><input name=8></form><form id=b></form><input name=9 form=c><input name=10 form=''><form>",
        );
        let names: Vec<Vec<_>> =
            page.forms.iter().map(|form| form.controls.iter().map(|c| c.name.as_str()).collect()).collect();
        assert_eq!(names, [vec!["1", "5", "7"], vec!["8", "2"], vec![], vec![]]);
    }

    #[test]
    fn a_page_full_of_forms_is_read_once() {
        // Asking the whole page for the controls of each form would take hours.
        let empty = "<form></form>".repeat(80_000);
        assert_eq!(Page::read(&empty).forms.len(), 80_000);
        let naming = "<form id=f><input form=f></form>".repeat(30_000);
        let page = Page::read(&naming);
        assert_eq!((page.forms.len(), page.forms[0].controls.len()), (30_000, 30_000));
    }

    #[test]
    fn what_stands_in_noscript_counts() {
        let page = Page::read(
            "<form action=/a><noscript><button name=go>Continue</button></noscript></form><script></script>",
        );
        assert_eq!(controls(&page.forms[0]), [(Kind::Button, "go", "")]);
        let page = Page::read("<noscript><meta http-equiv=Refresh content='0;URL=/plain'></noscript>");
        assert_eq!(page.refresh, Some(Refresh { seconds: 0, url: "/plain".to_owned() }));
    }

    #[test]
    fn refreshes_are_written_in_many_ways() {
        for (content, seconds, url) in [
            ("0; url=/next", 0, "/next"),
            ("5;URL='next page'x", 5, "next page"),
            (" 3 , url = \"/a?b=c\"", 3, "/a?b=c"),
            ("1.5; /direct", 1, "/direct"),
            ("10", 10, ""),
            ("2; urlaub", 2, "urlaub"),
        ] {
            let expected = Refresh { seconds, url: url.to_owned() };
            assert_eq!(Refresh::read(content), Some(expected), "{content}");
        }
        assert_eq!(Refresh::read("soon; url=/x"), None);
    }
}
