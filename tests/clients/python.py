"""Connects with a Python client: python.py py|fastmcp URL. Prints one line of JSON: whether it got to the session, why
not, and what it asked for."""

import asyncio
import json
import sys
import threading
import urllib.parse
import urllib.request
import webbrowser

import httpx2
from login import login

KIND, URL = sys.argv[1:3]
ASKED: list[str] = []


def recording() -> None:
    """Takes note of every request that is sent."""
    send = httpx2.AsyncHTTPTransport.handle_async_request

    async def noted(self, request):
        try:
            response = await send(self, request)
        except Exception:
            ASKED.append(f"{request.method} {request.url} failed")
            raise
        ASKED.append(f"{request.method} {request.url} {response.status_code}")
        return response

    httpx2.AsyncHTTPTransport.handle_async_request = noted


async def of_sdk() -> None:
    from mcp.client.auth import OAuthClientProvider
    from mcp.client.client import Client
    from mcp.client.streamable_http import streamable_http_client
    from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

    class Memory:
        tokens = client = None

        async def get_tokens(self):
            return self.tokens

        async def set_tokens(self, tokens):
            self.tokens = tokens

        async def get_client_info(self):
            return self.client

        async def set_client_info(self, client):
            self.client = client

    back: list[str] = []

    async def consent(url: str) -> None:
        ASKED.append(f"GET {url} browser")
        back.append(await asyncio.to_thread(login, url))

    async def callback() -> AuthorizationCodeResult:
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back[-1]).query))
        if "error" in query:
            raise RuntimeError(f"the callback says {query['error']}")
        return AuthorizationCodeResult(code=query.get("code", ""), state=query.get("state"), iss=query.get("iss"))

    provider = OAuthClientProvider(
        server_url=URL,
        client_metadata=OAuthClientMetadata(
            client_name="gatewalk drives py",
            redirect_uris=["http://127.0.0.1:8765/callback"],
            token_endpoint_auth_method="none",
        ),
        storage=Memory(),
        redirect_handler=consent,
        callback_handler=callback,
    )
    async with httpx2.AsyncClient(auth=provider, timeout=60) as http:
        async with Client(streamable_http_client(URL, http_client=http)) as client:
            await client.list_tools()


async def of_fastmcp() -> None:
    from fastmcp import Client

    def browser(url: str, *_) -> bool:
        ASKED.append(f"GET {url} browser")

        def walk() -> None:
            try:
                urllib.request.urlopen(login(url), timeout=60).read()
            except Exception as error:
                print(error, file=sys.stderr)

        threading.Thread(target=walk, daemon=True).start()
        return True

    webbrowser.open = browser
    async with Client(URL, auth="oauth") as client:
        await client.list_tools()


def reason(error: BaseException) -> str:
    """The innermost of grouped errors."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]


async def main() -> dict:
    try:
        async with asyncio.timeout(60):
            await (of_sdk() if KIND == "py" else of_fastmcp())
    except BaseException as error:
        return {"reached": False, "error": reason(error)}
    return {"reached": True}


recording()
told = asyncio.run(main())
print(json.dumps({**told, "asked": ASKED}), flush=True)
