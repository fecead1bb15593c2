from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from backend import editor
from backend.editor import install_page
from backend.problems import install

SCRIPT = "console.log('a page');\n" * 200


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A built page of two files."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Respell</title>")
    (tmp_path / "assets" / "index-1a2b3c.js").write_text(SCRIPT)
    (tmp_path / "secret.txt").write_text("not of the page")
    monkeypatch.setattr(editor, "PAGE", tmp_path)
    app = FastAPI(openapi_url=None)
    install_page(app)
    install(app)
    return TestClient(app)


def test_the_page_may_load_nothing_from_elsewhere(page: TestClient) -> None:
    response = page.get("/")
    assert response.status_code == 200 and "Respell" in response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'" and policy["script-src"] == "'self'"
    assert not any("http" in sources or "*" in sources for sources in policy.values())
    assert policy["frame-ancestors"] == "'none'"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"


def test_the_page_is_asked_for_anew_and_its_assets_never_again(page: TestClient) -> None:
    index, asset = page.get("/"), page.get("/assets/index-1a2b3c.js")
    assert index.headers["cache-control"] == "no-cache"
    assert page.get("/", headers={"If-None-Match": index.headers["etag"]}).headers["etag"] == index.headers["etag"]
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["content-type"].startswith("text/javascript")


def test_assets_travel_compressed(page: TestClient) -> None:
    compressed = page.get("/assets/index-1a2b3c.js", headers={"Accept-Encoding": "gzip"})
    plain = page.get("/assets/index-1a2b3c.js", headers={"Accept-Encoding": "identity"})
    assert compressed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
    assert compressed.text == plain.text == SCRIPT


@pytest.mark.parametrize("path", ["/secret.txt", "/assets/../secret.txt", "/assets/%2e%2e/secret.txt", "/assets/none"])
def test_nothing_else_is_served(page: TestClient, path: str) -> None:
    response = page.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert "immutable" not in response.headers["cache-control"]


def test_a_page_that_is_not_built_says_how_to_build_it(
    page: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editor, "PAGE", tmp_path / "none")
    response = page.get("/")
    assert response.status_code == 200 and "make page" in response.text
    assert response.headers["content-type"].startswith("text/plain")


def test_the_service_has_it_and_guards_only_the_api(api: httpx.Client) -> None:
    """As a site whose name points to this machine would ask."""
    headers = {"Host": "rebound.example.org"}
    assert api.get("/", headers=headers).status_code == 200
    assert api.get("/v1/models", headers=headers).status_code == 401


def test_the_page_itself_may_use_the_api_and_another_sites_page_may_not(api: httpx.Client) -> None:
    own = {"Origin": str(api.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    other = {"Origin": "https://evil.example.org", "Sec-Fetch-Site": "cross-site"}
    assert api.post("/v1/edits", headers=own, json={}).status_code == 422
    assert api.post("/v1/edits", headers=other, json={}).status_code == 403
