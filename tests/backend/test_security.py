import httpx
import pytest
from starlette.requests import HTTPConnection

from backend.problems import Refusal
from backend.security import Policy
from backend.settings import ApiKeys, sha256_hex
from tests.backend.conftest import ALLOWED_ORIGIN, API_KEY
from tests.backend.service import edit_body, problem, send_image
from worker.errors import BadSettingError, OriginRefusedError

POLICY = Policy(ApiKeys((sha256_hex(API_KEY),)), (ALLOWED_ORIGIN,))


def connection(
    method: str = "GET", path: str = "/v1/models", client: str | None = "127.0.0.1", **headers: str
) -> HTTPConnection:
    named = {"host": "127.0.0.1:8000", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return HTTPConnection(
        {
            "type": "http",
            "method": method,
            "scheme": "http",
            "path": path,
            "client": None if client is None else (client, 1),
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        }
    )


@pytest.mark.parametrize("client", ["127.0.0.1", "127.0.0.9", "::1", "::ffff:127.0.0.1", None])
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000", "app.example.org"])
def test_this_machine_needs_no_key(client: str | None, host: str) -> None:
    assert POLICY.admit(connection(client=client, host=host)) == ""


@pytest.mark.parametrize(
    "elsewhere",
    [
        connection(client="192.168.1.7"),
        connection(client="::ffff:192.168.1.7"),
        connection(client="testclient"),
        connection(host="evil.example:8000"),  # a name that was made to point here
        connection(host="127.0.0.1.evil.example"),
        connection(host=""),
        connection(x_forwarded_for="127.0.0.1"),
        connection(forwarded="for=127.0.0.1"),
        connection(path="/metrics", client="192.168.1.7"),
    ],
)
def test_anybody_else_does(elsewhere: HTTPConnection) -> None:
    with pytest.raises(Refusal) as refused:
        POLICY.admit(elsewhere)
    assert refused.value.status_code == 401


def test_health_is_for_everybody() -> None:
    for path in ("/healthz", "/readyz", "/openapi.json"):
        assert POLICY.admit(connection(path=path, client="192.168.1.7")) == ""


def test_a_key_may_come_in_two_headers_and_a_wrong_one_in_none() -> None:
    owner = sha256_hex(API_KEY)
    assert POLICY.admit(connection(client="192.168.1.7", authorization=f"Bearer {API_KEY}")) == owner
    assert POLICY.admit(connection(client="192.168.1.7", x_api_key=API_KEY)) == owner
    for wrong in ({"x_api_key": API_KEY[:-1]}, {"authorization": "Bearer "}, {"authorization": f"bearer {API_KEY}x"}):
        with pytest.raises(Refusal):
            POLICY.admit(connection(**wrong))
    with pytest.raises(Refusal):
        POLICY.admit(connection(authorization=f"Bearer {API_KEY}", x_api_key="another-key-of-16-chars"))


def test_two_keys_work_while_one_is_replaced() -> None:
    keys = ApiKeys.from_env({"RESPELL_API_KEYS": f" {API_KEY} , sha256:{sha256_hex('the-new-key-0123456789')},"})
    assert keys.owner_of(API_KEY) == sha256_hex(API_KEY)
    assert keys.owner_of("the-new-key-0123456789") is not None
    assert keys.owner_of("") is None and keys.owner_of("ä\udcff") is None
    assert API_KEY not in repr(keys)


@pytest.mark.parametrize("value", ["short", "with space 0123456789", "sha256:abc", "x" * 201])
def test_keys_that_are_none_are_refused_without_being_told(value: str) -> None:
    with pytest.raises(BadSettingError) as refused:
        ApiKeys.from_env({"RESPELL_API_KEYS": value})
    assert value not in str(refused.value)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "https://127.0.0.1:8000"},
        {"origin": "http://127.0.0.1:8001"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_pages_of_other_sites_change_nothing(headers: dict[str, str]) -> None:
    for method in ("POST", "DELETE", "PUT"):
        with pytest.raises(OriginRefusedError):
            POLICY.admit(connection(method, **headers))
    assert POLICY.admit(connection("GET", **headers)) == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://127.0.0.1:8000"},
        {"origin": ALLOWED_ORIGIN},
        {"origin": "http://127.0.0.1:8000", "sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "none"},
        {},
    ],
)
def test_our_own_pages_and_programs_do(headers: dict[str, str]) -> None:
    assert POLICY.admit(connection("POST", **headers)) == ""


def test_a_foreign_form_sends_nothing(api: httpx.Client) -> None:
    headers = {"Origin": "http://evil.example", "Content-Type": "multipart/form-data; boundary=x"}
    assert problem(api.post("/v1/images", content=b"--x--", headers=headers)) == (403, "origin_refused")
    refused = api.post("/v1/edits", json=edit_body(send_image(api)), headers={"Sec-Fetch-Site": "cross-site"})
    assert problem(refused) == (403, "origin_refused")


def test_who_has_no_key_is_told_how(api: httpx.Client) -> None:
    response = api.get("/v1/models", headers={"Host": "evil.example"})
    assert problem(response) == (401, "unauthorized")
    assert response.headers["www-authenticate"] == "Bearer"
    assert api.get("/v1/models", headers={"Host": "evil.example", "X-API-Key": API_KEY}).status_code == 200
    assert api.get("/healthz", headers={"Host": "evil.example"}).status_code == 200


def test_an_allowed_page_may_read_the_answers(api: httpx.Client) -> None:
    preflight = api.options(
        "/v1/edits",
        headers={
            "Origin": ALLOWED_ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "idempotency-key,content-type",
        },
    )
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == ALLOWED_ORIGIN
    answer = api.post("/v1/edits", json=edit_body(send_image(api)), headers={"Origin": ALLOWED_ORIGIN})
    assert answer.headers["access-control-allow-origin"] == ALLOWED_ORIGIN
    assert "Location" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in api.get("/v1/models", headers={"Origin": "http://evil.example"}).headers
