//! The web pages: login, consent, and the ones that say what is wrong. Plain HTML forms, readable without styles.

/// The name of the field that carries the transaction from page to page.
pub(crate) const TRANSACTION: &str = "transaction";

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--paper:#f3f5f8;--card:#fff;--line:#d5dbe3;--go:#1d5fd0}\
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa5b4;--paper:#12161c;--card:#1b2129;--line:#333c48;--go:#6ea0ff}}\
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--paper);\
color:var(--ink);font:16px/1.5 system-ui,sans-serif}main{width:min(26rem,92vw);background:var(--card);\
border:1px solid var(--line);border-radius:12px;padding:2rem}h1{font-size:1.3rem;margin:0 0 1rem}\
label{display:block;margin:.8rem 0 .2rem}input{width:100%;padding:.55rem;font:inherit;color:inherit;\
background:var(--paper);border:1px solid var(--line);border-radius:6px}button{margin:1.2rem .6rem 0 0;\
padding:.55rem 1.2rem;font:inherit;border:1px solid var(--line);border-radius:6px;background:none;color:inherit}\
button.go{background:var(--go);border-color:var(--go);color:var(--card)}dt{color:var(--soft)}dd{margin:0 0 .6rem;\
overflow-wrap:anywhere}small{color:var(--soft)}[role=alert]{border-left:3px solid #c33;padding-left:.7rem}";

/// Text that is safe between tags and in quoted attributes.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

fn page(title: &str, content: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<main>\n<h1>{title}</h1>\n{content}\n</main>\n</body>\n</html>\n",
        title = escape(title)
    )
}

/// Asks for user name and password; the message says why again.
pub(crate) fn login(transaction: &str, message: Option<&str>) -> String {
    let alert = message.map(|text| format!("<p role=\"alert\">{}</p>\n", escape(text))).unwrap_or_default();
    page(
        "Log in to the sandbox",
        &format!(
            "{alert}<form method=\"post\" action=\"/login\">\n\
             <input type=\"hidden\" name=\"{TRANSACTION}\" value=\"{}\">\n\
             <label for=\"username\">User name</label>\n\
             <input id=\"username\" name=\"username\" autocomplete=\"username\" autofocus required>\n\
             <label for=\"password\">Password</label>\n\
             <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" required>\n\
             <button class=\"go\" type=\"submit\">Log in</button>\n</form>\n\
             <p><small>The sandbox knows one user: {} with the password {}.</small></p>",
            escape(transaction),
            super::USERNAME,
            super::PASSWORD
        ),
    )
}

/// Asks for the user name alone.
pub(crate) fn username(transaction: &str, message: Option<&str>) -> String {
    let alert = message.map(|text| format!("<p role=\"alert\">{}</p>\n", escape(text))).unwrap_or_default();
    page(
        "Log in to the sandbox",
        &format!(
            "{alert}<form method=\"post\" action=\"/login\">\n\
             <input type=\"hidden\" name=\"{TRANSACTION}\" value=\"{}\">\n\
             <label for=\"username\">User name</label>\n\
             <input id=\"username\" name=\"username\" required>\n\
             <button class=\"go\" type=\"submit\">Next</button>\n</form>",
            escape(transaction)
        ),
    )
}

/// Asks for the password of a user who has been named.
pub(crate) fn password(transaction: &str, username: &str) -> String {
    page(
        "Your password",
        &format!(
            "<form method=\"post\" action=\"/login\">\n\
             <input type=\"hidden\" name=\"{TRANSACTION}\" value=\"{}\">\n\
             <input type=\"hidden\" name=\"username\" value=\"{}\">\n\
             <label for=\"password\">Password</label>\n\
             <input id=\"password\" name=\"password\" type=\"password\" required>\n\
             <button class=\"go\" type=\"submit\">Log in</button>\n</form>",
            escape(transaction),
            escape(username)
        ),
    )
}

/// Tells people who come by what this is.
pub(crate) fn landing() -> String {
    page("An MCP server", "<p>Add the address of this page to your MCP client.</p>")
}

/// The same, made by a script in two views, one after the other.
pub(crate) fn scripted_login(transaction: &str, message: Option<&str>) -> String {
    let alert = message.map(|text| format!("<p role=\"alert\">{}</p>\n", escape(text))).unwrap_or_default();
    page(
        "Log in to the sandbox",
        &format!(
            "{alert}<div id=\"root\" data-transaction=\"{}\"></div>\n\
             <noscript>You need to enable JavaScript to log in.</noscript>\n<script>{SCRIPTED_LOGIN}</script>",
            escape(transaction)
        ),
    )
}

/// Asks for the name, then for the password; neither view is a form of the page.
const SCRIPTED_LOGIN: &str = r"
const root = document.getElementById('root');
const view = (name, type, action, next) => {
  const field = Object.assign(document.createElement('input'), { name, type, id: name });
  const button = Object.assign(document.createElement('button'), { type: 'button', textContent: action });
  button.disabled = true;
  field.addEventListener('input', () => { button.disabled = field.value === ''; });
  button.addEventListener('click', () => next(field.value));
  root.replaceChildren(field, button);
};
const post = (fields) => {
  const form = Object.assign(document.createElement('form'), { method: 'post', action: '/login', hidden: true });
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement('input'), { name, value }));
  }
  root.append(form);
  form.submit();
};
setTimeout(() => view('username', 'text', 'Next', (username) =>
  view('password', 'password', 'Log in', (password) =>
    post({ transaction: root.dataset.transaction, username, password }))), 100);
";

/// Asks whether the client may act for the user. It names where the response goes: a stranger's client can call itself anything.
pub(crate) fn consent(transaction: &str, client: &str, redirect_host: &str, scope: &str) -> String {
    page(
        "Allow access?",
        &format!(
            "<dl>\n<dt>Application</dt><dd>{}</dd>\n<dt>The response goes to</dt><dd>{}</dd>\n\
             <dt>It asks for</dt><dd>{}</dd>\n</dl>\n<form method=\"post\" action=\"/consent\">\n\
             <input type=\"hidden\" name=\"{TRANSACTION}\" value=\"{}\">\n\
             <button class=\"go\" type=\"submit\" name=\"decision\" value=\"allow\">Allow</button>\n\
             <button type=\"submit\" name=\"decision\" value=\"deny\">Deny</button>\n</form>",
            escape(client),
            escape(redirect_host),
            escape(scope),
            escape(transaction)
        ),
    )
}

/// What an identity-aware proxy says in place of the server behind it.
pub(crate) fn identity_proxy(has_token: bool) -> String {
    error("Invalid IAP credentials", if has_token { "Unable to parse JWT" } else { "empty token" })
}

/// Says what is wrong.
pub(crate) fn error(title: &str, explanation: &str) -> String {
    page(title, &format!("<p role=\"alert\">{}</p>", escape(explanation)))
}

/// Where a gateway that mistakes clients for people sends them.
pub(crate) fn sign_in() -> String {
    page(
        "Sign in",
        "<form method=\"post\"><label>Email <input name=\"email\"></label><button>Next</button></form>",
    )
}

/// The shell of a single-page application, which is served for every path.
pub(crate) fn app() -> String {
    "<!doctype html><html><head><title>App</title></head><body><div id=\"root\"></div></body></html>"
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_say_is_escaped() {
        let html = consent("t", "<script>alert('x')</script>", "127.0.0.1", "a\" onload=\"b");
        assert!(!html.contains("<script>") && !html.contains("\" onload"));
        assert!(html.contains("&lt;script&gt;"));
    }

    #[test]
    fn the_login_page_repeats_its_transaction() {
        assert!(login("abc", None).contains("name=\"transaction\" value=\"abc\""));
        assert!(login("abc", Some("Wrong")).contains("<p role=\"alert\">Wrong</p>"));
    }
}
