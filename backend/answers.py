"""What only the web process answers, the rest is in `worker.contract`; and how any of it becomes a response."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field
from starlette.responses import Response

from worker.contract import AnyRequest, EditId, ModelFacts
from worker.contract.fields import Flag, Integer, Model


class DryRunAnswer(Model):
    """Everything about the request was checked, and nothing queued. `request` is as it would be queued."""

    dry_run: Literal[True] = True
    request: AnyRequest


class ImageUrl(Model):
    """A picture to be fetched."""

    url: str


class ImageOfEdit(Model):
    """The picture with one candidate of an edit, to go on from."""

    edit_id: EditId
    candidate: Annotated[Integer, Field(ge=0)]


class ImageOfChoices(Model):
    """The picture with one candidate for each of an edit's words, to go on from."""

    edit_id: EditId
    choices: tuple[Annotated[Integer, Field(ge=0)], ...]


class ModelInfo(ModelFacts):
    """A model that edits are drawn with."""

    default: Flag


class ModelsAnswer(Model):
    models: tuple[ModelInfo, ...]


class Healthy(Model):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(Model):
    """Redis, a worker and room for pictures are there."""

    status: Literal["ready"] = "ready"
    workers: int


def answer(content: Model, *, status_code: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """As JSON. It is our own data: FastAPI needn't check it again."""
    return Response(content.model_dump_json(), status_code, headers, media_type="application/json")
