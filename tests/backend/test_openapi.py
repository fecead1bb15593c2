import json
from pathlib import Path
from typing import Any

import httpx

from backend.app import create_app
from backend.openapi import text
from backend.settings import ApiKeys
from worker.contract import TERMINAL_EVENTS
from worker.settings import Settings

CHECKED_IN = Path(__file__).parents[2] / "docs" / "openapi.json"
PROMISED = {
    ("post", "/v1/images"),
    ("get", "/v1/images/{image_id}"),
    ("delete", "/v1/images/{image_id}"),
    ("post", "/v1/images/{image_id}/detect"),
    ("post", "/v1/masks"),
    ("post", "/v1/edits"),
    ("post", "/v1/generations"),
    ("get", "/v1/edits/{edit_id}"),
    ("delete", "/v1/edits/{edit_id}"),
    ("get", "/v1/edits/{edit_id}/result"),
    ("get", "/v1/edits/{edit_id}/candidates/{index}"),
    ("get", "/v1/edits/{edit_id}/candidates/{index}/maps"),
    ("post", "/v1/edits/{edit_id}/cancel"),
    ("get", "/v1/edits/{edit_id}/events"),
    ("get", "/v1/models"),
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/metrics"),
}


def references(content: Any) -> set[str]:
    if isinstance(content, dict):
        own = {content["$ref"]} if isinstance(content.get("$ref"), str) else set()
        return own.union(*map(references, content.values()))
    return set().union(*map(references, content)) if isinstance(content, list) else set()


def test_the_checked_in_description_is_that_of_the_code() -> None:
    assert CHECKED_IN.read_text() == text(), "python -m backend.openapi > docs/openapi.json"


def test_it_names_every_path_and_every_refusal() -> None:
    schema = create_app(Settings(), ApiKeys()).openapi()
    operations = {
        (method, path): operation for path, item in schema["paths"].items() for method, operation in item.items()
    }
    assert set(operations) == PROMISED
    for operation in operations.values():
        assert operation["responses"]["default"]["content"].keys() == {"application/problem+json"}
        assert "422" not in operation["responses"]
    assert schema["paths"]["/v1/edits"]["post"]["requestBody"]["required"]
    components = {f"#/components/schemas/{name}" for name in schema["components"]["schemas"]}
    assert references(schema) <= components
    assert set(schema["components"]["schemas"]["EditEvent"]["discriminator"]["mapping"]) >= TERMINAL_EVENTS
    assert schema["components"]["schemas"]["EditRequest"]["examples"]


def test_it_is_served(api: httpx.Client) -> None:
    assert api.get("/openapi.json").json() == json.loads(text())
