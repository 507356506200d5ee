//! What to do on a page of a login: which form, what to fill in, which button to press.

use std::collections::BTreeSet;
use std::fmt;

use super::page::{Control, Form, Kind, Page};
use crate::exchange::Secret;
use crate::scenario::{Given, Script};

/// What to do with a form.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    /// The form, by its place on the page.
    pub(super) form: usize,
    /// What each control of the form gets, in their order.
    pub(super) actions: Vec<FormAction<'a>>,
}

/// What a control gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FormAction<'a> {
    /// Stays as it is.
    Leave,
    /// Gets that value: typed, or chosen.
    Set(&'a str),
    /// Is ticked or not.
    Tick(bool),
    /// Is pressed.
    Press,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unplanned {
    /// The page has no form.
    NoForm,
    /// No form is filled by what is given.
    NotFilled,
    /// The button asked for is not there.
    NoButton,
    /// Buttons of a name that is given, none of them with the value.
    NoValue(String),
}

impl<'a> Plan<'a> {
    /// The form that takes something of what is given; else, if `alone`, the one of a page that has nothing to fill in or
    /// to choose from, and one button at most.
    pub(super) fn make(page: &'a Page, given: &'a Given, alone: bool) -> Result<Self, Unplanned> {
        if page.forms.is_empty() {
            return Err(Unplanned::NoForm);
        }
        let plans = || page.forms.iter().enumerate().map(|(at, form)| (form, Self::of(at, form, given)));
        let pressing = |plan: &Self| given.press.is_none() || plan.actions.contains(&FormAction::Press);
        let takes = |(form, plan): &(&Form, Self)| {
            pressing(plan) && (given.press.is_some() || plan.takes(form, given))
        };
        let controls = || page.forms.iter().flat_map(|form| &form.controls);
        let asks = controls().any(|control| matches!(control.kind, Kind::Text | Kind::Choice));
        let buttons = controls().filter(|control| control.kind.submits()).count();
        let silent = |(_, plan): &(&Form, Self)| pressing(plan) && !asks && buttons <= 1;
        let found = plans().find(takes).or_else(|| plans().find(silent).filter(|_| alone));
        match found {
            Some((_, plan)) => Ok(plan),
            None if given.press.is_some() && !plans().any(|(_, plan)| pressing(&plan)) => {
                Err(Unplanned::NoButton)
            }
            None => Err(missed(page, given).map_or(Unplanned::NotFilled, Unplanned::NoValue)),
        }
    }

    fn of(at: usize, form: &'a Form, given: &'a Given) -> Self {
        let mut actions: Vec<_> = form.controls.iter().map(|control| form_action(control, given)).collect();
        if let Some(action) = pressed(form, given).and_then(|at| actions.get_mut(at)) {
            *action = FormAction::Press;
        }
        Self { form: at, actions }
    }

    /// Whether the form takes something of what is given.
    fn takes(&self, form: &Form, given: &Given) -> bool {
        let mut actions = form.controls.iter().zip(&self.actions);
        actions.any(|(control, form_action)| match form_action {
            FormAction::Leave => false,
            FormAction::Set(_) | FormAction::Tick(_) => true,
            FormAction::Press => is_given(control, given),
        })
    }

    /// The controls of the form it is made for; none on another page.
    pub(super) fn controls<'p>(&self, page: &'p Page) -> &'p [Control] {
        page.forms.get(self.form).map_or(&[], |form| &form.controls)
    }

    /// Names of the fields that get a value.
    pub(super) fn filled<'p>(&self, page: &'p Page) -> Vec<&'p str> {
        let controls = self.controls(page).iter().zip(&self.actions);
        let set = controls
            .filter(|(_, form_action)| matches!(form_action, FormAction::Set(_) | FormAction::Tick(_)));
        set.map(|(control, _)| control.name.as_str()).collect()
    }

    /// Names of the fields into which a value is typed: what is chosen of a page is no secret.
    pub(super) fn typed<'p>(&self, page: &'p Page) -> Vec<&'p str> {
        let controls = self.controls(page).iter().zip(&self.actions);
        let set = controls.filter(|(control, form_action)| {
            matches!(form_action, FormAction::Set(_)) && matches!(control.kind, Kind::Text | Kind::Hidden)
        });
        set.map(|(control, _)| control.name.as_str()).collect()
    }

    /// Names of what is given that the form takes: values of fields, and the button.
    pub(super) fn used<'p>(&self, page: &'p Page, given: &Given) -> Vec<&'p str> {
        let button = self.button(page).filter(|button| is_given(button, given));
        self.filled(page).into_iter().chain(button.map(|button| button.name.as_str())).collect()
    }

    /// The fields the form sends ([HTML § form submission](https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#constructing-the-form-data-set)).
    pub(super) fn entries(&self, page: &Page) -> Vec<(String, String)> {
        let mut entries = Vec::new();
        for (control, form_action) in self.controls(page).iter().zip(&self.actions) {
            let name = &control.name;
            let value = match (control.kind, form_action) {
                (Kind::Image, FormAction::Press) => {
                    let dot = if name.is_empty() { "" } else { "." };
                    entries.extend(["x", "y"].map(|axis| (format!("{name}{dot}{axis}"), "0".to_owned())));
                    continue;
                }
                (Kind::Button, FormAction::Press) => Some(control.value.as_str()),
                (Kind::Button | Kind::Image, _) => None,
                (Kind::Checkbox | Kind::Radio, FormAction::Tick(ticked)) => {
                    ticked.then_some(control.value.as_str())
                }
                (Kind::Checkbox | Kind::Radio, _) => control.ticked.then_some(control.value.as_str()),
                (_, FormAction::Set(value)) => Some(*value),
                _ => Some(control.value.as_str()),
            };
            entries.extend(value.filter(|_| !name.is_empty()).map(|value| (name.clone(), value.to_owned())));
        }
        entries
    }

    /// The button that is pressed.
    pub(super) fn button<'p>(&self, page: &'p Page) -> Option<&'p Control> {
        let at = self.actions.iter().position(|form_action| *form_action == FormAction::Press)?;
        self.controls(page).get(at)
    }
}

fn values<'a>(name: &str, given: &'a Given) -> impl Iterator<Item = &'a str> {
    of_name(name, given.own.iter().chain(&given.everywhere))
}

fn of_name<'a>(
    name: &str,
    pairs: impl Iterator<Item = &'a (String, Secret)>,
) -> impl Iterator<Item = &'a str> {
    pairs.filter(move |(n, _)| !n.is_empty() && n == name).map(|(_, value)| value.expose())
}

/// Whether a button is pressed by its name and value.
fn is_given(button: &Control, given: &Given) -> bool {
    given.press.as_deref().is_some_and(|press| answers_to(button, press))
        || values(&button.name, given).any(|value| value == button.value)
}

/// The name of a button that is given with a value no button has.
fn missed(page: &Page, given: &Given) -> Option<String> {
    let buttons =
        || page.forms.iter().flat_map(|form| &form.controls).filter(|control| control.kind.submits());
    let missed = buttons().find(|button| values(&button.name, given).next().is_some());
    missed.map(|button| button.name.clone())
}

/// What a control gets, buttons aside.
fn form_action<'a>(control: &'a Control, given: &'a Given) -> FormAction<'a> {
    let mut values = values(&control.name, given).peekable();
    if values.peek().is_none() {
        return FormAction::Leave;
    }
    match control.kind {
        Kind::Button | Kind::Image => FormAction::Leave,
        Kind::Radio => FormAction::Tick(values.any(|value| value == control.value)),
        Kind::Checkbox => {
            let values: Vec<_> = values.collect();
            if values.iter().any(|value| *value == control.value || matches!(*value, "on" | "true")) {
                FormAction::Tick(true)
            } else if values.iter().any(|value| matches!(*value, "off" | "false" | "")) {
                FormAction::Tick(false)
            } else {
                FormAction::Leave
            }
        }
        Kind::Choice => {
            let chosen = values
                .find_map(|value| control.options.iter().find(|(own, text)| own == value || text == value));
            chosen.map_or(FormAction::Leave, |(value, _)| FormAction::Set(value))
        }
        Kind::Text => values.next().map_or(FormAction::Leave, FormAction::Set),
        Kind::Hidden => {
            of_name(&control.name, given.own.iter()).next().map_or(FormAction::Leave, FormAction::Set)
        }
    }
}

/// The button to press: the one asked for, else the one whose value is given, else the first.
fn pressed(form: &Form, given: &Given) -> Option<usize> {
    let mut buttons = form.controls.iter().enumerate().filter(|(_, control)| control.kind.submits());
    let find = |wanted: &dyn Fn(&Control) -> bool| buttons.clone().find(|(_, control)| wanted(control));
    let found = match given.press.as_deref() {
        Some(press) => find(&|button| answers_to(button, press)),
        None => find(&|button| is_given(button, given)).or_else(|| buttons.next()),
    };
    found.map(|(at, _)| at)
}

/// Whether a button is meant by `name=value`, its name, its id or what it says.
fn answers_to(button: &Control, press: &str) -> bool {
    let pair = press.split_once('=');
    pair.is_some_and(|(name, value)| !name.is_empty() && name == button.name && value == button.value)
        || (!press.is_empty() && (press == button.name || press == button.id))
        || button.label.eq_ignore_ascii_case(press.trim())
}

/// The controls of a page that a user sees, for messages.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Controls {
    /// Names of the fields; an id behind `#` for a field without a name.
    fields: Vec<String>,
    /// `name=value` of the buttons of forms that have several; in quotes what they say, without a name.
    buttons: Vec<String>,
}

impl Controls {
    /// Those of a page.
    pub(super) fn of(page: &Page) -> Self {
        let mut found = Self::default();
        for form in &page.forms {
            let many = form.controls.iter().filter(|control| control.kind.submits()).count() > 1;
            let radios = form.controls.iter().filter(|control| control.kind == Kind::Radio && control.ticked);
            let chosen: BTreeSet<_> = radios.map(|control| control.name.as_str()).collect();
            // A box that is ticked, or one of the choices that a radio button belongs to.
            let is_chosen = |control: &Control| {
                control.ticked || control.kind == Kind::Radio && chosen.contains(control.name.as_str())
            };
            for control in &form.controls {
                match control.kind {
                    Kind::Hidden => {}
                    // What is chosen already needs nothing.
                    Kind::Checkbox | Kind::Radio if is_chosen(control) => {}
                    Kind::Button | Kind::Image if !many => {}
                    Kind::Button | Kind::Image if control.name.is_empty() => {
                        found.buttons.push(format!("{:?}", control.label));
                    }
                    Kind::Button | Kind::Image => {
                        found.buttons.push(format!("{}={}", control.name, control.value));
                    }
                    _ if control.name.is_empty() && control.id.is_empty() => {
                        found.fields.push("one without a name".to_owned());
                    }
                    _ if control.name.is_empty() => found.fields.push(format!("#{}", control.id)),
                    _ => found.fields.push(control.name.clone()),
                }
            }
        }
        found
    }

    /// The buttons there are.
    pub(super) fn there(&self) -> String {
        if self.buttons.is_empty() {
            return "there are no buttons to choose from".to_owned();
        }
        format!("there are {}", self.buttons.join(", "))
    }

    /// The options that fill the fields, or press one of the buttons.
    pub(super) fn advice(&self) -> String {
        let quoted = |text: &str| shlex::try_quote(text).unwrap_or_default().into_owned();
        let named = self.fields.iter().filter(|field| !field.starts_with('#') && !field.contains(' '));
        let fields: Vec<_> = named.map(|field| format!("--fill {}=VALUE", quoted(field))).collect();
        let named = self.buttons.iter().filter(|button| !button.starts_with('"'));
        let pairs = named.filter_map(|button| button.split_once('='));
        let buttons: Vec<_> =
            pairs.map(|(name, value)| format!("--fill {}={}", quoted(name), quoted(value))).collect();
        let fill = (!fields.is_empty())
            .then(|| format!("Add {} (env:NAME for a value from the environment).", fields.join(" ")));
        let press = (!buttons.is_empty()).then(|| format!("Add {}.", buttons.join(" or ")));
        let press = press.or_else(|| {
            (!self.buttons.is_empty()).then(|| {
                format!("In a scenario file, let a [[consent.page]] press = {}.", self.buttons.join(" or "))
            })
        });
        let advice: Vec<_> = fill.into_iter().chain(press).collect();
        if advice.is_empty() {
            "Log in with --consent webdriver or browser.".to_owned()
        } else {
            advice.join(" ")
        }
    }
}

impl fmt::Display for Controls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = (!self.fields.is_empty()).then(|| format!("its fields {}", self.fields.join(", ")));
        let buttons =
            (!self.buttons.is_empty()).then(|| format!("one of its buttons {}", self.buttons.join(", ")));
        f.write_str(&fields.into_iter().chain(buttons).collect::<Vec<_>>().join(" and "))
    }
}

/// The names that are given and that no page took, in words.
pub(super) fn left_over(script: &Script, used: &[String]) -> Option<String> {
    let mut names: Vec<_> =
        script.values().map(|(name, _)| name).filter(|name| !used.iter().any(|u| u == name)).collect();
    names.dedup();
    let (last, before) = names.split_last()?;
    let said =
        if before.is_empty() { (*last).to_owned() } else { format!("{} and {last}", before.join(", ")) };
    Some(format!("no page of the login took {said}: is the name right?"))
}

/// A text with the values that were filled in replaced by their names: a page may repeat what it was given.
pub(super) fn without_values<'a>(text: &str, fill: impl Iterator<Item = (&'a str, &'a Secret)>) -> String {
    let mut fill: Vec<_> = fill.filter(|(_, value)| value.expose().chars().count() > 3).collect();
    fill.sort_by_key(|(_, value)| std::cmp::Reverse(value.expose().len()));
    fill.iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(value.expose(), &format!("«{name}»")))
}

#[cfg(test)]
mod tests {
    use super::*;
    fn given(fill: &[(&str, &str)], press: Option<&str>) -> Given {
        let fill = fill.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect();
        Given { own: Vec::new(), everywhere: fill, press: press.map(str::to_owned) }
    }

    /// What is sent, form-encoded.
    fn sent(html: &str, given: &Given) -> Result<String, Unplanned> {
        let page = Page::read(html);
        let plan = Plan::make(&page, given, true)?;
        let mut encoder = url::form_urlencoded::Serializer::new(String::new());
        Ok(encoder.extend_pairs(plan.entries(&page)).finish())
    }

    #[test]
    fn only_what_a_browser_would_send_is_sent() {
        let html = "<form><input type=hidden name=h value=1><input name=u><input type=checkbox name=a><input type=checkbox \
                    name=b checked><input type=radio name=r value=1><input type=radio name=r value=2 checked><select name=s>\
                    <option>x<option value=y>Why</select><button name=go value=1><button name=go value=2></form>";
        assert_eq!(sent(html, &given(&[("u", "me")], None)).unwrap(), "h=1&u=me&b=on&r=2&s=x&go=1");
        let all = [("u", "me"), ("a", "on"), ("b", "off"), ("r", "1"), ("s", "Why"), ("go", "2"), ("h", "3")];
        assert_eq!(sent(html, &given(&all, None)).unwrap(), "h=1&u=me&a=on&r=1&s=y&go=2");
        let Given { own: none, everywhere: own, press } = given(&all, None);
        let named = Given { own, everywhere: none, press };
        assert_eq!(sent(html, &named).unwrap(), "h=3&u=me&a=on&r=1&s=y&go=2", "a page that was named");
    }

    #[test]
    fn one_of_several_boxes_is_ticked_by_its_value() {
        let html = "<form><input type=checkbox name=scope value=read><input type=checkbox name=scope value=write checked></form>";
        assert_eq!(sent(html, &given(&[("scope", "read")], None)).unwrap(), "scope=read&scope=write");
    }

    #[test]
    fn the_button_asked_for_is_pressed() {
        let html = "<form><input name=q><button>Search</button></form><form><button name=d value=no>No</button>\
                    <button name=d value=yes id=b>Yes, allow</button></form>";
        for press in ["d=yes", "b", "yes, allow", " Yes, allow "] {
            assert_eq!(sent(html, &given(&[], Some(press))).unwrap(), "d=yes", "{press}");
        }
        assert_eq!(sent(html, &given(&[], Some("Perhaps"))), Err(Unplanned::NoButton));
        assert_eq!(sent(html, &given(&[("d", "maybe")], None)), Err(Unplanned::NoValue("d".to_owned())));
        assert_eq!(sent(html, &given(&[("e", "yes")], None)), Err(Unplanned::NotFilled));
    }

    #[test]
    fn a_form_with_one_button_needs_nothing_and_one_with_a_field_does() {
        assert_eq!(
            sent("<form><input type=hidden name=a value=1><button>Go</button></form>", &given(&[], None))
                .unwrap(),
            "a=1"
        );
        assert_eq!(sent("<form><input name=a value=1></form>", &given(&[], None)), Err(Unplanned::NotFilled));
        assert_eq!(sent("<p>Hello", &given(&[], None)), Err(Unplanned::NoForm));
        assert_eq!(
            sent("<form><button name=d value=1><button name=d value=2></form>", &given(&[], None)),
            Err(Unplanned::NotFilled)
        );
    }

    #[test]
    fn a_form_beside_one_that_asks_for_something_is_not_pressed() {
        let html = "<form><input type=hidden name=step value=totp><input name=totp_code required><button>Verify</button></form>\
                    <form><input type=hidden name=change_username value=1><button>Change username</button></form>";
        assert_eq!(sent(html, &given(&[("username", "me")], None)), Err(Unplanned::NotFilled));
        assert_eq!(sent(html, &given(&[("totp_code", "1")], None)).unwrap(), "step=totp&totp_code=1");
        let two = "<form><input type=hidden name=a value=allow><button>Allow</button></form><form><button>Deny</button></form>";
        assert_eq!(sent(two, &given(&[], None)), Err(Unplanned::NotFilled));
    }

    #[test]
    fn what_is_chosen_already_is_not_asked_for() {
        let page = Page::read(
            "<form><input type=checkbox name=scope checked><input type=radio name=r value=1 checked><input type=radio name=r \
             value=2><input type=checkbox name=terms><button name=d value=1></button><button name=d value=2></button></form>",
        );
        assert_eq!(Controls::of(&page).to_string(), "its fields terms and one of its buttons d=1, d=2");
    }

    #[test]
    fn a_picture_sends_the_place_of_the_click() {
        assert_eq!(
            sent("<form><input type=image name=go></form>", &given(&[], None)).unwrap(),
            "go.x=0&go.y=0"
        );
    }

    #[test]
    fn the_controls_are_told_in_words() {
        let page = Page::read(
            "<form><input type=hidden name=h><input name=u><input id=otp><button>Go</button></form><form><button name=d value=1>\
             </button><button>Cancel</button></form>",
        );
        let controls = Controls::of(&page);
        assert_eq!(controls.to_string(), "its fields u, #otp and one of its buttons d=1, \"Cancel\"");
        assert_eq!(
            controls.advice(),
            "Add --fill u=VALUE (env:NAME for a value from the environment). Add --fill d=1."
        );
        let page =
            Page::read("<form><button name=d value='a b;c'></button><button name=d value=2></button></form>");
        assert_eq!(Controls::of(&page).advice(), "Add --fill d='a b;c' or --fill d=2.");
    }
}
