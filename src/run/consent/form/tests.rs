//! Logins over scripted pages, without a network.

use std::sync::Mutex;

use tokio::sync::mpsc;

use super::*;
use crate::exchange::{
    AuthorizationRequest, Cut, Exchange, ExchangeId, Headers, LoginFailure, Secret, Timing,
};
use crate::run::Transport;
use crate::run::consent::LoginEvent;
use crate::scenario::Pattern;

const CALLBACK: &str = "http://127.0.0.1:1/callback";

/// A site of pages by method and URL; keeps what was asked for.
#[derive(Default)]
struct Site {
    pages: Vec<(&'static str, Response)>,
    asked: Mutex<Vec<Request>>,
}

impl Site {
    fn page(self, key: &'static str, html: &str) -> Self {
        self.respond(key, 200, &[("content-type", "text/html")], html)
    }

    /// A page longer than what is read of it.
    fn cut(mut self, key: &'static str, html: &str) -> Self {
        self = self.page(key, html);
        self.pages.iter_mut().for_each(|(_, response)| response.cut = Some(Cut::Cap));
        self
    }

    fn hop(self, key: &'static str, status: u16, location: &str) -> Self {
        self.respond(key, status, &[("location", location), ("set-cookie", "hop=1; Path=/")], "")
    }

    fn respond(mut self, key: &'static str, status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let headers = headers.iter().fold(Headers::new(), |all, (name, value)| all.with(name, value));
        let response = Response {
            status,
            reason: String::new(),
            version: "HTTP/1.1".to_owned(),
            headers,
            body: body.into(),
            cut: None,
        };
        self.pages.push((key, response));
        self
    }
}

impl Transport for Site {
    fn send(&self, id: ExchangeId, request: Request) -> BoxFuture<'static, Exchange> {
        let key = format!("{} {}", request.method, request.url);
        let found = self.pages.iter().find(|(known, _)| *known == key).map(|(_, response)| response.clone());
        self.asked.lock().unwrap().push(request.clone());
        let outcome = Ok(found.unwrap_or_else(|| panic!("nothing is at {key}")));
        Box::pin(async move { Exchange { id, request, outcome, timing: Timing::default() } })
    }
}

fn script(fill: &[(&str, &str)]) -> Script {
    Script::everywhere(fill.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect())
}

/// Logs in, starting at `https://as.test/authorize`: how it ended, and what was asked for.
async fn log_in(site: Site, script: Option<Script>) -> (Result<String, LoginFailure>, Vec<Request>) {
    let (ended, asked, _) = log_in_with_notes(site, script).await;
    (ended, asked)
}

/// The same, and what the user was told.
async fn log_in_with_notes(
    site: Site,
    script: Option<Script>,
) -> (Result<String, LoginFailure>, Vec<Request>, Vec<String>) {
    let site = Arc::new(site);
    let request = AuthorizationRequest::new("https://as.test/authorize?state=s", CALLBACK);
    let (events, mut heard) = mpsc::unbounded_channel();
    let transport: Arc<dyn Transport> = Arc::clone(&site) as _;
    let farewells = mpsc::unbounded_channel().0;
    let desk = ConsentContext {
        request,
        transport,
        events,
        farewells,
        authorities: Vec::new(),
        has_display: false,
        user_agent: "test".to_owned(),
        next_id: 1,
    };
    let ended = Box::new(Pages { script }).obtain(desk).await;
    let asked = site.asked.lock().unwrap().clone();
    let mut notes = Vec::new();
    while let Ok(event) = heard.try_recv() {
        if let LoginEvent::Note(note) = event {
            notes.push(note);
        }
    }
    (ended.map_err(Into::into), asked, notes)
}

const START: &str = "GET https://as.test/authorize?state=s";

#[tokio::test]
async fn a_login_of_several_pages_keeps_its_cookies() {
    let site = Site::default()
        .hop(START, 302, "/login")
        .page("GET https://as.test/login", "<form method=post action=login><input name=user><button>Next</button></form>")
        .hop("POST https://as.test/login", 303, "/password")
        .page("GET https://as.test/password", "<form method=post><input type=password name=pw></form>")
        .page(
            "POST https://as.test/password",
            "<form method=post action=/yes><button formaction=/no>No</button><button name=d value=y>Yes</button></form>",
        )
        .hop("POST https://as.test/yes", 302, "http://127.0.0.1:1/callback?code=c&state=s");
    let fill = script(&[("user", "me"), ("pw", "secret"), ("d", "y")]);
    let (ended, asked) = log_in(site, Some(fill)).await;
    assert_eq!(ended.unwrap(), "http://127.0.0.1:1/callback?code=c&state=s");
    let bodies: Vec<_> =
        asked.iter().map(|request| String::from_utf8(request.body.clone()).unwrap()).collect();
    assert_eq!(bodies, ["", "", "user=me", "", "pw=secret", "d=y"]);
    assert!(asked[1..].iter().all(|request| request.headers.get("cookie").unwrap() == "hop=1"));
    assert_eq!(asked[4].secret_fields, ["pw"]);
}

#[tokio::test]
async fn a_page_of_the_script_says_which_button() {
    let site = Site::default()
        .page(START, "<base href=/idp/><form action=go method=post><button formaction='no?x=1'>No</button><button formmethod=get formaction=yes>Yes</button></form>")
        .hop("GET https://as.test/idp/yes?", 302, "http://127.0.0.1:1/callback?code=c");
    let page = crate::scenario::Page {
        url: Pattern::new("*/authorize"),
        fill: Vec::new(),
        press: Some("Yes".to_owned()),
    };
    let (ended, _) = log_in(site, Some(Script { fill: Vec::new(), pages: vec![page.clone()] })).await;
    assert_eq!(ended.unwrap(), "http://127.0.0.1:1/callback?code=c");
    let site = Site::default().page(START, "<form><button>No</button></form>");
    let (ended, _) = log_in(site, Some(Script { fill: Vec::new(), pages: vec![page] })).await;
    let failure = ended.unwrap_err();
    assert!(failure.detail.contains("has no button \"Yes\""), "{failure:?}");
}

#[tokio::test]
async fn pages_that_refresh_lead_on() {
    let site = Site::default()
        .page(START, "<meta http-equiv=refresh content='0; url=/wait'>")
        .page("GET https://as.test/wait", "<base href=/next/><noscript><meta http-equiv=refresh content=0;url=on></noscript><form><input name=q></form>")
        .page("GET https://as.test/next/on", "<meta http-equiv=refresh content=\"0;url='http://127.0.0.1:1/callback?code=a%20b'\">");
    let (ended, _) = log_in(site, Some(script(&[("user", "me")]))).await;
    assert_eq!(ended.unwrap(), "http://127.0.0.1:1/callback?code=a%20b");
}

#[tokio::test]
async fn a_form_that_is_filled_goes_before_a_refresh() {
    let site = Site::default()
        .page(START, "<meta http-equiv=refresh content=0><form action=/in><input name=user></form>")
        .hop("GET https://as.test/in?user=me", 302, "http://127.0.0.1:1/callback?code=c");
    let (ended, asked) = log_in(site, Some(script(&[("user", "me")]))).await;
    assert!(ended.is_ok() && asked.len() == 2, "{ended:?}");
}

#[tokio::test]
async fn a_failed_login_says_where_and_with_what_but_no_secret() {
    let form = "<title>Log in</title><p>Wrong password: wonderland</p><form method=post action=/login><input name=user><input \
                name=pw type=password></form>";
    let site = || {
        Site::default()
            .hop(START, 302, "/login?state=x")
            .page("GET https://as.test/login?state=x", form)
            .respond("POST https://as.test/login", 401, &[], form)
    };
    let (ended, _) = log_in(site(), Some(script(&[("user", "me"), ("pw", "wonderland")]))).await;
    let failure = ended.unwrap_err();
    for part in [
        "https://as.test/login (status 401",
        "(status 401, \"Log in\")",
        "came again after user, pw had been filled in",
        "; it says \"Wrong password: «pw»",
    ] {
        assert!(failure.detail.contains(part), "{failure:?}");
    }
    assert!(!failure.detail.contains("wonderland") && !failure.detail.contains("state="), "{failure:?}");

    let (ended, _) = log_in(site(), Some(script(&[("username", "me")]))).await;
    let failure = ended.unwrap_err();
    assert!(failure.detail.ends_with("needs its fields user, pw; given: username"), "{failure:?}");
    assert!(failure.remedy.starts_with("Add --fill user=VALUE --fill pw=VALUE"), "{failure:?}");

    let (ended, _) = log_in(site(), None).await;
    assert!(ended.unwrap_err().remedy.contains("--consent form"));
}

#[tokio::test]
async fn a_choice_that_is_open_says_what_to_choose_from() {
    let site = || {
        let buttons =
            "<button name=decision value=allow>Yes</button><button name=decision value=deny>No</button>";
        Site::default().page(START, &format!("<title>Allow access?</title><form>{buttons}</form>"))
    };
    let (ended, _) = log_in(site(), Some(script(&[("user", "me")]))).await;
    let failure = ended.unwrap_err();
    let says = "needs one of its buttons decision=allow, decision=deny; given: user";
    assert!(failure.detail.contains(says), "{failure:?}");
    assert_eq!(failure.remedy, "Add --fill decision=allow or --fill decision=deny.");
    let (ended, _) = log_in(site(), Some(script(&[("decision", "accept")]))).await;
    let failure = ended.unwrap_err();
    let says = "has no button decision of the value given; there are decision=allow, decision=deny";
    assert!(failure.detail.contains(says) && !failure.detail.contains("accept"), "{failure:?}");
}

#[tokio::test]
async fn what_no_page_takes_is_told_of() {
    let site = || {
        Site::default().page(START, "<form action=/in><input name=user></form>").hop(
            "GET https://as.test/in?user=me",
            302,
            "http://127.0.0.1:1/callback?code=c",
        )
    };
    let (ended, _, notes) = log_in_with_notes(site(), Some(script(&[("user", "me"), ("nosuch", "1")]))).await;
    assert!(ended.is_ok(), "{ended:?}");
    assert_eq!(notes, ["no page of the login took nosuch: is the name right?"]);
    let (_, _, notes) = log_in_with_notes(site(), Some(script(&[("user", "me")]))).await;
    assert_eq!(notes, [""; 0]);
}

#[tokio::test]
async fn a_page_that_was_cut_is_not_said_to_have_no_form() {
    let site = Site::default().cut(START, "<p>Log in<script>");
    let (ended, _) = log_in(site, Some(script(&[("user", "me")]))).await;
    let failure = ended.unwrap_err();
    assert!(failure.detail.contains("longer than what is read of it"), "{failure:?}");
    assert!(failure.remedy.contains("--body-limit"), "{failure:?}");
}

#[tokio::test]
async fn a_page_made_by_scripts_is_told_from_one_without_a_form() {
    for (html, remedy) in [
        ("<div id=root></div><script src=app.js></script>", "webdriver"),
        ("<p>Oops", "Read what the page says"),
    ] {
        let (ended, _) = log_in(Site::default().page(START, html), Some(script(&[("user", "me")]))).await;
        let failure = ended.unwrap_err();
        assert!(failure.remedy.contains(remedy), "{failure:?}");
    }
}

#[tokio::test]
async fn a_login_in_a_circle_ends() {
    let site = Site::default().hop(START, 302, "/authorize?state=s");
    let (ended, asked) = log_in(site, None).await;
    assert!(ended.unwrap_err().detail.contains("more than 30 hops"));
    assert_eq!(asked.len(), MOST_HOPS);
}

#[tokio::test]
async fn a_login_does_not_leave_the_web() {
    let site = Site::default().page(START, "<form action='javascript:alert(1)'><button>Go</button></form>");
    let (ended, asked) = log_in(site, Some(Script::default())).await;
    let failure = ended.unwrap_err();
    assert!(failure.detail.contains("not an http(s) URL") && asked.len() == 1, "{failure:?}");
}

#[tokio::test]
async fn the_state_is_told_to_no_other_origin() {
    let form = "<form method=post action=https://idp.test/in><input name=user></form>";
    let site = Site::default()
        .page(START, form)
        .page("POST https://idp.test/in", "<form method=post action=/next><input name=pin></form>")
        .hop("POST https://idp.test/next", 302, "http://127.0.0.1:1/callback?code=c");
    let (ended, asked) = log_in(site, Some(script(&[("user", "me"), ("pin", "1")]))).await;
    assert!(ended.is_ok(), "{ended:?}");
    let referrers: Vec<_> = asked.iter().map(|request| request.headers.get("referer")).collect();
    let told = |text: &'static str| Some(text.into());
    assert_eq!(referrers, [None, told("https://as.test/"), told("https://idp.test/in")]);
}

#[tokio::test]
async fn a_hidden_field_gets_no_password() {
    let page = "<form action=/in><input type=hidden name=pw><input name=user></form>";
    let site = || {
        Site::default().page(START, page).hop(
            "GET https://as.test/in?pw=&user=me",
            302,
            "http://127.0.0.1:1/callback?code=c",
        )
    };
    let (ended, _) = log_in(site(), Some(script(&[("user", "me"), ("pw", "wonderland")]))).await;
    assert!(ended.is_ok(), "{ended:?}");
}

#[tokio::test]
async fn a_flood_of_cookies_is_not_kept() {
    let cookie = |name: usize| format!("c{name}={}", "x".repeat(bounds::COOKIE - 16));
    let cookies: Vec<_> = (0..200).map(cookie).chain([format!("huge={}", "x".repeat(5000))]).collect();
    let mut fields: Vec<_> = cookies.iter().map(|cookie| ("set-cookie", cookie.as_str())).collect();
    fields.insert(0, ("location", "/next"));
    let site = Site::default().respond(START, 302, &fields, "").hop(
        "GET https://as.test/next",
        302,
        "http://127.0.0.1:1/callback?code=c",
    );
    let (ended, asked, notes) = log_in_with_notes(site, None).await;
    assert!(ended.is_ok(), "{ended:?}");
    let sent = asked[1].headers.get("cookie").unwrap().len();
    assert!((bounds::COOKIES / 2..=bounds::COOKIES).contains(&sent), "{sent}");
    assert!(notes[0].contains("cookies that browsers would not keep"), "{notes:?}");
}
