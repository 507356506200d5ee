"""Logs in to the sandbox as a person would: login.py URL prints the URL that the browser is sent back to."""

import html.parser
import http.cookiejar
import sys
import urllib.error
import urllib.parse
import urllib.request

FILLED = {"username": "alice", "password": "wonderland", "decision": "allow"}


class Form(html.parser.HTMLParser):
    """The first form of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        name = known.get("name")
        if tag == "form" and self.action is None:
            self.action = known.get("action") or ""
        elif tag == "input" and name:
            self.fields[name] = FILLED.get(name, known.get("value") or "")
        elif tag == "button" and name and known.get("value") == FILLED.get(name):
            self.fields[name] = FILLED[name]


class Unfollowed(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def login(url: str) -> str:
    """Follows pages and forms until a redirect leaves for a callback."""
    cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    opener = urllib.request.build_opener(Unfollowed, cookies)
    origin = urllib.parse.urlsplit(url).netloc
    data = None
    for _ in range(12):
        try:
            page = opener.open(urllib.request.Request(url, data=data), timeout=60)
        except urllib.error.HTTPError as answer:
            location = answer.headers.get("location")
            if not (300 <= answer.code < 400 and location):
                raise RuntimeError(f"the login ends with {answer.code}") from answer
            url, data = urllib.parse.urljoin(url, location), None
            if urllib.parse.urlsplit(url).netloc != origin:
                return url
            continue
        form = Form()
        form.feed(page.read().decode("utf-8", "replace"))
        if form.action is None:
            raise RuntimeError("the login shows a page without a form")
        url = urllib.parse.urljoin(page.url, form.action)
        data = urllib.parse.urlencode(form.fields).encode()
    raise RuntimeError("the login does not end")


if __name__ == "__main__":
    print(login(sys.argv[1]))
