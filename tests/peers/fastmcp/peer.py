"""Starts FastMCP with its own authorization server on a free loopback port and prints one JSON line with the MCP URL."""

import json
import socket

import uvicorn
from fastmcp import FastMCP
from fastmcp.server.auth.providers.in_memory import InMemoryOAuthProvider
from mcp.server.auth.settings import ClientRegistrationOptions, RevocationOptions

SCOPES = ["mcp:tools"]

# The port first: the server publishes its own address.
listener = socket.create_server(("127.0.0.1", 0))
origin = f"http://127.0.0.1:{listener.getsockname()[1]}"

server = FastMCP("gatewalk-test-peer", auth=InMemoryOAuthProvider(
    base_url=origin,
    client_registration_options=ClientRegistrationOptions(enabled=True, valid_scopes=SCOPES, default_scopes=SCOPES),
    revocation_options=RevocationOptions(enabled=True),
    required_scopes=SCOPES,
))


@server.tool
def upper(text: str) -> str:
    """Upper case"""
    return text.upper()


class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        print(json.dumps({"target": f"{origin}/mcp"}), flush=True)


Server(uvicorn.Config(server.http_app(), log_level="warning")).run(sockets=[listener])
