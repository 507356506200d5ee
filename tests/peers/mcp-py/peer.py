"""Starts the authorization server of the MCP Python SDK and its three kinds of resource server on free loopback ports.

Prints one JSON line with an MCP URL each: `split` has an authorization server of its own beside it, `combined` is both in
one process, `legacy` is both and has no resource metadata, as servers of 2025-03-26.
"""

import asyncio
import html
import json
import secrets
import socket
import time
from urllib.parse import urlencode

import uvicorn
from mcp.server.auth.provider import (
    AccessToken, AuthorizationCode, OAuthAuthorizationServerProvider, ProviderTokenVerifier, RefreshToken, construct_redirect_uri,
)
from mcp.server.auth.routes import create_auth_routes
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions, RevocationOptions
from mcp.server.fastmcp import FastMCP
from mcp.shared.auth import OAuthToken
from pydantic import AnyHttpUrl
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route

SCOPES = ["mcp:tools"]
REGISTRATION = ClientRegistrationOptions(enabled=True, valid_scopes=SCOPES, default_scopes=SCOPES)
REVOCATION = RevocationOptions(enabled=True)
PAGE = """<!doctype html><title>Sign in</title><form method="post">
<input name="username"><input name="password" type="password"><button>Sign in</button></form><p>{}</p>"""


class Provider(OAuthAuthorizationServerProvider):
    """What the SDK leaves to the application: the login page, and a memory."""

    def __init__(self, origin):
        self.origin = origin
        self.clients, self.logins, self.codes, self.tokens, self.refreshes = {}, {}, {}, {}, {}

    async def register_client(self, client_info):
        self.clients[client_info.client_id] = client_info

    async def get_client(self, client_id):
        return self.clients.get(client_id)

    async def authorize(self, client, params):
        login = secrets.token_urlsafe()
        self.logins[login] = client.client_id, params
        return f"{self.origin}/login?{urlencode({'login': login})}"

    async def login(self, request):
        login = request.query_params.get("login")
        if login not in self.logins:
            return HTMLResponse("This login is over.", 404)
        said = ""
        if request.method == "POST":
            form = await request.form()
            if (form.get("username"), form.get("password")) == ("alice", "pw"):
                return self.redirect(*self.logins.pop(login))
            said = html.escape(f"{form.get('username')} and the password do not match.")
        return HTMLResponse(PAGE.format(said), headers={"Content-Security-Policy": "frame-ancestors 'none'"})

    def redirect(self, client_id, params):
        code = AuthorizationCode(
            code=secrets.token_urlsafe(), client_id=client_id, scopes=params.scopes or SCOPES, expires_at=time.time() + 60,
            code_challenge=params.code_challenge, redirect_uri=params.redirect_uri, resource=params.resource,
            redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
        )
        self.codes[code.code] = code
        return RedirectResponse(construct_redirect_uri(str(params.redirect_uri), code=code.code, state=params.state), 302)

    def issue(self, client, scopes, resource):
        common = {"client_id": client.client_id, "scopes": scopes, "resource": resource}
        access = AccessToken(token=secrets.token_urlsafe(), expires_at=int(time.time()) + 300, **common)
        refresh = RefreshToken(token=secrets.token_urlsafe(), **common)
        self.tokens[access.token], self.refreshes[refresh.token] = access, refresh
        return OAuthToken(
            access_token=access.token, token_type="Bearer", expires_in=300, scope=" ".join(scopes), refresh_token=refresh.token,
        )

    async def load_authorization_code(self, client, authorization_code):
        return self.codes.get(authorization_code)

    async def exchange_authorization_code(self, client, authorization_code):
        del self.codes[authorization_code.code]
        return self.issue(client, authorization_code.scopes, authorization_code.resource)

    async def load_refresh_token(self, client, refresh_token):
        return self.refreshes.get(refresh_token)

    async def exchange_refresh_token(self, client, refresh_token, scopes):
        del self.refreshes[refresh_token.token]
        return self.issue(client, scopes, refresh_token.resource)

    async def load_access_token(self, token):
        return self.tokens.get(token)

    async def revoke_token(self, token):
        self.tokens.pop(token.token, None)
        self.refreshes.pop(token.token, None)


def authorization_server(provider):
    routes = create_auth_routes(
        provider, AnyHttpUrl(provider.origin), client_registration_options=REGISTRATION, revocation_options=REVOCATION,
    )
    return Starlette(routes=[*routes, Route("/login", provider.login, methods=["GET", "POST"])])


def resource_server(issuer, resource, **auth):
    server = FastMCP("gatewalk-test-peer", auth=AuthSettings(
        issuer_url=issuer, resource_server_url=resource, required_scopes=SCOPES, validate_token_resource=bool(resource),
        client_registration_options=REGISTRATION, revocation_options=REVOCATION,
    ), **auth)

    @server.tool()
    def upper(text: str) -> str:
        """Upper case"""
        return text.upper()

    return server


def both(provider, resource):
    server = resource_server(provider.origin, resource, auth_server_provider=provider)
    server.custom_route("/login", methods=["GET", "POST"])(provider.login)
    return server.streamable_http_app()


async def main():
    # The ports first: servers publish their own address.
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
    issuer, split, combined, legacy = (f"http://127.0.0.1:{one.getsockname()[1]}" for one in sockets)
    provider = Provider(issuer)
    separate = resource_server(issuer, f"{split}/mcp", token_verifier=ProviderTokenVerifier(provider))
    apps = [
        authorization_server(provider), separate.streamable_http_app(),
        both(Provider(combined), f"{combined}/mcp"), both(Provider(legacy), None),
    ]
    servers = [uvicorn.Server(uvicorn.Config(app, log_level="warning")) for app in apps]
    serving = [asyncio.create_task(server.serve([one])) for server, one in zip(servers, sockets)]
    while not all(server.started for server in servers):
        await asyncio.sleep(0.01)
    print(json.dumps({"split": f"{split}/mcp", "combined": f"{combined}/mcp", "legacy": f"{legacy}/mcp"}), flush=True)
    await asyncio.gather(*serving)


asyncio.run(main())
