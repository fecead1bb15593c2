import asyncio
import ipaddress
import shutil
import socket
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from backend.fetching import Address, Fetcher, is_public
from backend.problems import status_of
from tests.backend.loopback import Answer, Server, dripping, endless, redirect, serving, silent
from worker.errors import BadUrlError, UploadTooLargeError

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(1000)
LOOPBACK = ipaddress.ip_address("127.0.0.1")
METADATA = ipaddress.ip_address("169.254.169.254")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PICTURE) + PICTURE

TLS = ssl.create_default_context()  # takes a while to make


def names(**addresses: list[Address]) -> Callable[[str, int], Awaitable[list[Address]]]:
    """A resolver that knows these names under .example, and addresses."""

    async def resolver(host: str, _port: int) -> list[Address]:
        return addresses.get(host.removesuffix(".example")) or [ipaddress.ip_address(host)]

    return resolver


def on_loopback(**options: object) -> Fetcher:
    """Fetches from photos.example, which is this machine, and takes that for public."""
    settings = {
        "resolver": names(photos=[LOOPBACK], inside=[METADATA]),
        "may_connect": lambda address: address == LOOPBACK or is_public(address),
        "tls": TLS,
    } | options
    return Fetcher(**settings)  # type: ignore[arg-type]


def fetched(answers: dict[str, Answer], path: str = "/a", **options: object) -> tuple[bytes, Server]:
    async def fetch() -> tuple[bytes, Server]:
        async with serving(answers) as server:
            for name, answer in answers.items():
                if isinstance(answer, bytes):
                    answers[name] = answer.replace(b"PORT", str(server.port).encode())
            return await on_loopback(**options).fetch(f"http://photos.example:{server.port}{path}"), server

    return asyncio.run(fetch())


def test_a_picture_is_fetched_with_the_hosts_own_name_and_nothing_of_ours() -> None:
    data, server = fetched({"/a?b=c": OK}, "/a?b=c")
    assert data == PICTURE
    lines = server.requests[0].lower().split("\r\n")
    assert f"host: photos.example:{server.port}" in lines
    assert {line.split(":")[0] for line in lines[1:] if line} <= {
        "host",
        "user-agent",
        "accept",
        "accept-encoding",
        "connection",
    }


def test_an_answer_in_chunks_is_put_together() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    assert fetched({"/a": chunked})[0] == b"abcde"


@pytest.mark.parametrize(
    "address",
    "127.0.0.1 127.9.9.9 10.0.0.1 172.16.0.1 172.31.255.1 192.168.1.1 169.254.169.254 100.64.0.1 100.100.100.200 "
    "0.0.0.0 0.1.2.3 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 192.88.99.1 168.63.129.16 224.0.0.1 "
    "239.255.255.250 240.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:8.8.8.8 "
    "::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 3fff::1 fc00::1 "
    "fd00:ec2::254 fe80::1 fec0::1 ff02::1".split(),
)
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450::1"])
def test_addresses_outside_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "127.1",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "127。0。0。1",
    ],
)
def test_no_spelling_of_this_machine_is_connected_to(host: str) -> None:
    async def fetch() -> int:
        async with serving({"/a": OK}) as server:
            with pytest.raises(BadUrlError, match=r"not on the public internet|unknown"):
                await Fetcher(tls=TLS).fetch(f"http://{host}:{server.port}/a")
            return server.num_connections

    assert asyncio.run(fetch()) == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://0177.0.0.1/",
        "http://[fe80::1%25lo]/",
        "http://[::]/",
        "http://0/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "redis://127.0.0.1:6379/0",
        "ftp://photos.example/a.png",
        "data:image/png;base64,AAAA",
        "//127.0.0.1/a",
        "/etc/passwd",
        "photos.example/a.png",
        "",
        "http://",
        "http:///a",
        "http://[::1",
        "http://user:password@photos.example/",
        "http://photos.example@127.0.0.1/",
        "http://127.0.0.1\\@photos.example/",
        "http://photos.example:0/",
        "http://photos.example:65536/",
        "http://photos.example:x/",
        "http://photos.example\r\nHost: inside/",
        "http://photos.example/\0",
        "http://" + "a" * 64 + ".example/",
        "http://photos.example/" + "a" * 3000,
    ],
)
def test_other_urls_are_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(BadUrlError) as caught:
        asyncio.run(Fetcher(tls=TLS).fetch(url))
    assert (caught.value.code, status_of(caught.value)) == ("bad_url", 422)
    assert "password" not in str(caught.value).replace("no password", "")
    assert len(url) < 8 or url not in str(caught.value)


def test_one_address_inside_spoils_a_name() -> None:
    resolver = names(photos=[ipaddress.ip_address("1.1.1.1"), METADATA])
    with pytest.raises(BadUrlError, match="not on the public internet"):
        asyncio.run(Fetcher(resolver=resolver, tls=TLS).fetch("http://photos.example/"))


def test_an_unknown_host_is_refused() -> None:
    async def resolver(_host: str, _port: int) -> list[Address]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(BadUrlError, match="unknown"):
        asyncio.run(Fetcher(resolver=resolver, tls=TLS).fetch("http://nosuch.example/"))


def test_a_name_is_resolved_once_so_that_it_cannot_be_rebound() -> None:
    calls = []

    async def rebinding(host: str, _port: int) -> list[Address]:
        calls.append(host)
        return [LOOPBACK if len(calls) == 1 else METADATA]

    data, server = fetched({"/a": OK}, resolver=rebinding)
    assert (data, calls, server.num_connections) == (PICTURE, ["photos.example"], 1)


def test_the_next_address_is_tried_if_one_does_not_answer() -> None:
    resolver = names(photos=[ipaddress.ip_address("127.0.0.2"), LOOPBACK])
    data, _ = fetched({"/a": OK}, resolver=resolver, may_connect=lambda _: True)
    assert data == PICTURE


def test_redirects_to_public_places_are_followed_three_times() -> None:
    answers: dict[str, Answer] = {f"/{n}": redirect(f"http://photos.example:PORT/{n + 1}") for n in range(9)}
    answers["/2"] = redirect("3?relative")
    answers["/3?relative"] = OK
    assert fetched(dict(answers), "/0")[0] == PICTURE
    with pytest.raises(BadUrlError, match="more than 3 redirects"):
        fetched(dict(answers), "/4")


@pytest.mark.parametrize(
    "target",
    [
        "http://inside.example/",
        "http://169.254.169.254/",
        "http://[::1]/",
        "file:///etc/passwd",
        "//0.0.0.0/",
        "http://[",
    ],
)
def test_redirects_to_places_inside_are_not_followed(target: str) -> None:
    with pytest.raises(BadUrlError):
        fetched({"/a": redirect(target)})


def test_a_redirect_to_nowhere_ends() -> None:
    with pytest.raises(BadUrlError, match="redirects"):
        fetched({"/a": b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"})


@pytest.mark.parametrize("answer", [OK.replace(b"1008", b"99999999999"), endless], ids=["claimed", "sent"])
def test_too_many_bytes_are_refused_while_they_come(answer: Answer) -> None:
    with pytest.raises(UploadTooLargeError, match="1,000,000") as caught:
        fetched({"/a": answer}, max_bytes=1_000_000)
    assert status_of(caught.value) == 413


@pytest.mark.parametrize("answer", [dripping, silent])
def test_a_slow_server_is_given_up(answer: Answer) -> None:
    with pytest.raises(BadUrlError, match=r"more than 0\.5 s"):
        fetched({"/a": answer}, timeout_s=0.5)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answered 404"),
        (b"HTTP/1.1 206 Partial Content\r\nContent-Length: 0\r\n\r\n", "answered 206"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "compressed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "breaks off"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "breaks off"),
        (b"", "breaks off"),
    ],
)
def test_other_answers_are_refused(answer: bytes, message: str) -> None:
    with pytest.raises(BadUrlError, match=message):
        fetched({"/a": answer})


def test_nobody_listening_is_refused() -> None:
    async def fetch() -> None:
        async with serving({}) as server:
            port = server.port
        await on_loopback().fetch(f"http://photos.example:{port}/")

    with pytest.raises(BadUrlError, match="can't be reached"):
        asyncio.run(fetch())


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert fetched({"/a": OK})[0] == PICTURE


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """One file with key and certificate of photos.example, signed by itself."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    path = tmp_path / "photos.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=photos.example"
    options = ["-addext", "subjectAltName=DNS:photos.example", "-keyout", str(path), "-out", str(tmp_path / "cert")]
    subprocess.run([*command.split(), *options], check=True, capture_output=True)
    path.write_text(path.read_text() + (tmp_path / "cert").read_text())
    return path


@pytest.mark.parametrize(("host", "is_taken"), [("photos.example", True), ("other.example", False)])
def test_a_certificate_is_checked_against_the_name_not_the_address(
    certificate: Path, host: str, is_taken: bool
) -> None:
    server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_tls.load_cert_chain(certificate)
    asked_for: list[str | None] = []
    server_tls.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    client_tls = ssl.create_default_context(cafile=str(certificate))
    fetcher = on_loopback(resolver=names(photos=[LOOPBACK], other=[LOOPBACK]), tls=client_tls)

    async def fetch() -> bytes:
        async with serving({"/a": OK}, server_tls) as server:
            return await fetcher.fetch(f"https://{host}:{server.port}/a")

    if is_taken:
        assert asyncio.run(fetch()) == PICTURE
    else:
        with pytest.raises(BadUrlError, match="can't be reached"):
            asyncio.run(fetch())
    assert asked_for == [host]
