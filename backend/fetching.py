"""Pictures from other servers: fetched from public addresses only, each resolved once and connected to as resolved.

Knows URLs and sockets; looks into no picture.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

import httpx

from worker.errors import BadUrlError, UploadTooLargeError
from worker.ingest_protocol import MAX_UPLOAD_BYTES

MAX_URL_CHARS = 2048
MAX_REDIRECTS = 3
MAX_ADDRESSES_TRIED = 4
DEFAULT_TIMEOUT_S = 10.0

Address: TypeAlias = IPv4Address | IPv6Address
Resolver: TypeAlias = Callable[[str, int], Awaitable[list[Address]]]  # host, port

_DEFAULT_PORTS = {"http": 80, "https": 443}
_REDIRECTS = {301, 302, 303, 307, 308}
_MAX_PORT = 65_535
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # all the rest of IPv6 is local, mapped, translated or reserved
_NOT_PUBLIC = [  # whatever `is_global` says of them
    ipaddress.ip_network("168.63.129.16/32"),  # Azure's own service, reachable from every machine there
    ipaddress.ip_network("192.0.0.0/24"),  # of protocols; Oracle's cloud answers there
    ipaddress.ip_network("192.88.99.0/24"),  # 6to4 relays, given up (RFC 7526)
    ipaddress.ip_network("3fff::/20"),  # for documentation (RFC 9637)
]


def is_public(address: Address) -> bool:
    """Whether it is the address of some host in the internet at large."""
    if any(address in network for network in _NOT_PUBLIC):
        return False
    if isinstance(address, IPv6Address):
        tunnelled = address.sixtofour is not None or address.teredo is not None
        return address in _GLOBAL_UNICAST and address.is_global and not tunnelled
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


async def resolve(host: str, port: int) -> list[Address]:
    """All addresses of a name, as the system sees it. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ipaddress.ip_address(sockaddr[0]) for *_, sockaddr in found))


class Fetcher:
    """`await Fetcher().fetch("https://…")`. Tests put their own `resolver` and `may_connect` in."""

    def __init__(
        self,
        *,
        max_bytes: int = MAX_UPLOAD_BYTES,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        resolver: Resolver = resolve,
        may_connect: Callable[[Address], bool] = is_public,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._max_bytes, self._timeout_s = max_bytes, timeout_s
        self._resolver, self._may_connect = resolver, may_connect
        self._tls = ssl.create_default_context() if tls is None else tls

    async def fetch(self, url: str) -> bytes:
        """The bytes behind an http or https URL, after a few redirects. Raises BadUrlError, UploadTooLargeError."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._follow(url)
        except TimeoutError as error:
            raise BadUrlError(f"the server took more than {self._timeout_s:g} s to send the picture") from error
        except httpx.HTTPError as error:
            raise BadUrlError(f"the server can't be reached or breaks off: {type(error).__name__}") from error

    async def _follow(self, url: str) -> bytes:
        target = _parse(url)
        for _ in range(1 + MAX_REDIRECTS):
            addresses = await self._addresses(target)
            answer = await self._get(target, addresses)
            if isinstance(answer, bytes):
                return answer
            target = _parse(answer, base=target)
        raise BadUrlError(f"more than {MAX_REDIRECTS} redirects")

    async def _addresses(self, target: httpx.URL) -> list[Address]:
        """The one time that the name is resolved; one address inside spoils all."""
        try:
            addresses = await self._resolver(target.host, target.port or _DEFAULT_PORTS[target.scheme])
        except (OSError, ValueError) as error:  # ValueError: a name that can't be encoded, a zone in an address
            raise BadUrlError("the host of the URL is unknown") from error
        if not addresses or not all(self._may_connect(address) for address in addresses):
            raise BadUrlError("the host of the URL is not on the public internet")
        return addresses[:MAX_ADDRESSES_TRIED]

    async def _get(self, target: httpx.URL, addresses: list[Address]) -> bytes | str:
        """The body, or where a redirect leads."""
        refused: httpx.TransportError | None = None
        for address in addresses:
            try:
                return await self._get_from(target, address)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                refused = error
        assert refused is not None
        raise refused

    async def _get_from(self, target: httpx.URL, address: Address) -> bytes | str:
        """Connects to `address`, speaks to the host of `target`: its name is in Host, in SNI and on the certificate."""
        headers = {
            "Host": target.netloc.decode("ascii"),
            "User-Agent": "respell",
            "Accept": "image/*",
            "Accept-Encoding": "identity",
        }
        pinned = target.copy_with(host=str(address))
        extensions = {"sni_hostname": target.raw_host.decode("ascii")}
        async with (
            httpx.AsyncClient(verify=self._tls, trust_env=False, timeout=self._timeout_s) as client,
            client.stream("GET", pinned, headers=headers, extensions=extensions) as response,
        ):
            if response.status_code in _REDIRECTS:
                return str(response.headers.get("Location", ""))
            if response.status_code != 200:
                raise BadUrlError(f"the server answered {response.status_code}")
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise BadUrlError("the server sends the picture compressed, which was not asked for")
            return await self._read(response)

    async def _read(self, response: httpx.Response) -> bytes:
        claimed = response.headers.get("Content-Length", "")
        if claimed.isdecimal() and int(claimed) > self._max_bytes:
            raise self._too_large()
        body = bytearray()
        async for part in response.aiter_raw():
            body += part
            if len(body) > self._max_bytes:
                raise self._too_large()
        return bytes(body)

    def _too_large(self) -> UploadTooLargeError:
        return UploadTooLargeError(f"the picture has more than {self._max_bytes:,} bytes")


def _parse(url: str, *, base: httpx.URL | None = None) -> httpx.URL:
    """Raises BadUrlError. The URL itself is in no message: it may hold a secret."""
    if len(url) > MAX_URL_CHARS:
        raise BadUrlError(f"the URL has {len(url)} characters, at most {MAX_URL_CHARS} are allowed")
    try:
        parsed = httpx.URL(url) if base is None else base.join(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise BadUrlError("that is no URL") from error
    if parsed.scheme not in _DEFAULT_PORTS:
        raise BadUrlError("only http and https URLs can be fetched")
    if parsed.port is not None and not 0 < parsed.port <= _MAX_PORT:
        raise BadUrlError(f"the URL has port {parsed.port}, 1 to {_MAX_PORT} exist")
    if not parsed.host:
        raise BadUrlError("the URL has no host")
    if parsed.userinfo:
        raise BadUrlError("the URL must hold no user name and no password")
    return parsed
