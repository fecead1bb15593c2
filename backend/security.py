"""Who may come in: API keys, this machine without one, and no page of another site. Knows headers, no bodies.

Two dangers of a service on one's own machine are met here. A page of another site can send forms and open websockets
to 127.0.0.1: its `Origin` is compared with the service's own and the allowed ones. And a site can let its own name
point to 127.0.0.1: then it is "the same origin" but for its `Host`, which must be a name of this machine.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from backend.problems import Refusal, refuse
from backend.settings import ApiKeys
from worker.errors import EditorError, OriginRefusedError

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
GUARDED_PATHS = ("/v1/", "/metrics")
FORWARDING_HEADERS = ("forwarded", "x-forwarded-for", "x-real-ip")
SUBPROTOCOL = "respell.v1"
KEY_SUBPROTOCOL = "respell.key."  # browsers can't send headers with a websocket


@dataclass(frozen=True)
class Policy:
    """Decides about one connection by its head alone."""

    keys: ApiKeys
    allowed_origins: tuple[str, ...]

    def admit(self, connection: HTTPConnection) -> str:
        """→ whose it is: the hash of a key, "" on this machine. Raises Refusal (401) or OriginRefusedError."""
        self._check_origin(connection)
        given = list(_keys_of(connection))
        if given:
            owners = [self.keys.owner_of(key) for key in given]
            if owners[0] is None or len(set(owners)) > 1:
                raise Refusal("unauthorized", "the API key isn't known")
            return owners[0]
        if connection.scope["path"].startswith(GUARDED_PATHS) and not self._is_local(connection):
            raise Refusal(
                "unauthorized",
                "an API key is needed from anywhere but this machine: Authorization: Bearer KEY, of RESPELL_API_KEYS",
            )
        return ""

    def _is_local(self, connection: HTTPConnection) -> bool:
        """Straight from this machine, and asked for by a name of this machine or of a page that is allowed."""
        if connection.client is not None and not _is_loopback(connection.client.host):
            return False
        if any(name in connection.headers for name in FORWARDING_HEADERS):
            return False  # a proxy on this machine; whoever is behind it isn't on it
        host = connection.headers.get("host", "").lower()
        allowed_hosts = {origin.partition("://")[2] for origin in self.allowed_origins}
        return _without_port(host) in LOCAL_NAMES or host in allowed_hosts

    def _check_origin(self, connection: HTTPConnection) -> None:
        """For all that changes something, and websockets. Programs send neither of the two headers."""
        if connection.scope["type"] == "http" and connection.scope["method"] in SAFE_METHODS:
            return
        origin = connection.headers.get("origin")
        if origin is None:
            if connection.headers.get("sec-fetch-site", "none") in ("same-origin", "none"):
                return
            raise OriginRefusedError("a page of another site may not use this service")
        own = f"{connection.scope['scheme'].replace('ws', 'http')}://{connection.headers.get('host', '')}"
        if origin.lower() not in (own.lower(), *self.allowed_origins):
            raise OriginRefusedError(
                "a page of this origin may not use the service; RESPELL_ALLOWED_ORIGINS lists those that may"
            )


class Gate:
    """Middleware: what `Policy` refuses reaches no route, and no byte of its body is read."""

    def __init__(self, app: ASGIApp, policy: Policy) -> None:
        self.app, self.policy = app, policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            scope.setdefault("state", {})["owner"] = self.policy.admit(connection)
        except (EditorError, HTTPException) as error:
            response = refuse(connection, error)
            if scope["type"] == "http":
                await response(scope, receive, send)
            else:
                await WebSocket(scope, receive, send).send_denial_response(response)
            return
        await self.app(scope, receive, send)


def owner_of(connection: HTTPConnection) -> str:
    """Whose connection it is, as the gate found."""
    return str(connection.scope["state"]["owner"])


def _keys_of(connection: HTTPConnection) -> Iterator[str]:
    scheme, _, credentials = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield credentials.strip()
    if "x-api-key" in connection.headers:
        yield connection.headers["x-api-key"]
    for protocol in connection.scope.get("subprotocols", ()):
        if protocol.startswith(KEY_SUBPROTOCOL):
            yield unquote(protocol.removeprefix(KEY_SUBPROTOCOL))  # "/" and "=" can't stand in a subprotocol


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _without_port(host: str) -> str:
    name, _, port = host.rpartition(":")
    return name if name and port.isdigit() else host
