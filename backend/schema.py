"""The OpenAPI description of the service: FastAPI's, with what it can't see for itself: bodies, events, refusals."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from backend.answers import ImageOfChoices, ImageOfEdit, ImageUrl
from backend.problems import MEDIA_TYPE
from worker.contract import EditRequest, Event, GenerationRequest, Problem

CONTRACT_VERSION = "1.0.0"  # of the paths /v1, not of the program
DESCRIPTION = """Changes the words in a photo: same style, right spelling, every other pixel untouched.

Send a picture (`POST /v1/images`), ask for an edit (`POST /v1/edits`), follow it over the websocket
`/v1/edits/{edit_id}/ws?after=SEQ` or as server-sent events, fetch the result. `POST /v1/generations` makes the picture,
too, where the service has an image model. Every refusal is a Problem (RFC 9457)
with a stable `code`; unknown fields are refused by name."""
REFUSAL = {
    "description": "Refused: see `code`.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_REF = "#/components/schemas/{model}"
_METHODS = ("get", "post", "delete")


def install_schema(app: FastAPI) -> None:
    """`app.openapi()` gives the whole description from now on."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = build_schema(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def build_schema(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    components = schema["components"]["schemas"]
    components |= _definitions()
    for unused in ("HTTPValidationError", "ValidationError"):
        components.pop(unused, None)
    for path in schema["paths"].values():
        for method in _METHODS:
            if method in path:
                path[method]["responses"] = {
                    **{status: content for status, content in path[method]["responses"].items() if status != "422"},
                    "default": REFUSAL,
                }
    schema["components"]["schemas"] = dict(sorted(components.items()))
    return schema


def _definitions() -> dict[str, Any]:
    bodies = (EditRequest, GenerationRequest, ImageOfChoices, ImageOfEdit, ImageUrl, Problem)
    _, models = models_json_schema([(model, "validation") for model in bodies], ref_template=_REF)
    event = TypeAdapter(Event).json_schema(ref_template=_REF)
    return {**models["$defs"], **event.pop("$defs"), "EditEvent": {"title": "EditEvent", **event}}
