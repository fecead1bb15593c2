"""`respell edit --server URL`: the same edit, drawn by a service; and what `respell generate` has of it.

Loads no model and no torch.
"""

import io
import os
import uuid
from contextlib import suppress
from pathlib import Path

import typer
from pydantic import ValidationError

from cli.asked import AskedEdit
from cli.finding import parse_find
from cli.place import Place, Points
from cli.progress import LABELS, EditProgress
from cli.summary import summary
from respell import (
    Edited,
    EditFailedError,
    EditOptions,
    EditRequest,
    Event,
    Find,
    OutputOptions,
    RefusedError,
    RespellClient,
    RespellError,
    StyleQuad,
)
from worker.contract import (
    FieldProblem,
    OutputFormat,
    ProgressEvent,
    QueuedEvent,
    RetryingEvent,
    StageEvent,
    field_problems,
)
from worker.errors import BadMaskFileError, BadOutputError, EditorError, InvalidRequestError, UnreadablePhotoError

KEY_VARIABLE = "RESPELL_API_KEY"
FORMAT_BY_SUFFIX: dict[str, OutputFormat] = {
    ".png": "png",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".webp": "webp",
    ".tif": "png",  # which the service doesn't write: converted here
    ".tiff": "png",
}
OPTION_OF_FIELD = {
    "n": "--candidates",
    "seed": "--seed",
    "num_inference_steps": "--steps",
    "guidance_scale": "--guidance",
    "feather_px": "--feather",
    "text": "--text",
    "style_from": "--style-quad",
    "quad_px": "the place",
    "prompt": "--prompt",
    "texts": "--text",
    "box_px": "--box",
    "size_px": "--size",
}


class TextNotThereError(EditorError):
    """The text to find isn't in the photo; `found` is what the photo says."""

    code = "text_not_found"

    def __init__(self, message: str, found: tuple[str, ...]) -> None:
        super().__init__(message)
        self.found = found


def edit_remotely(asked: AskedEdit, server: str) -> None:
    """Writes the picture, the report and the maps, and says so. Raises EditorErrors, the client's among them."""
    output = OutputOptions(format=format_of(asked.out))
    with RespellClient(server, api_key=os.environ.get(KEY_VARIABLE) or None) as client:
        try:
            edited = _edit(client, asked, output)
        except ValidationError as error:
            raise invalid(field_problems(error.errors())) from error
        except RefusedError as error:
            raise invalid(error.errors) if error.errors else error from error
        except EditFailedError as error:
            request = error.state.request
            if error.code != TextNotThereError.code or not isinstance(request, EditRequest):
                raise
            raise TextNotThereError(str(error), _texts(client, request.image_id)) from error
        write_picture(asked.out, edited.picture)
        if asked.maps is not None:
            _write_maps(client, edited, asked.photo, asked.maps)
    outcome = edited.state.result
    assert outcome is not None  # it succeeded
    if asked.report is not None:
        asked.report.write_text(edited.state.model_dump_json(indent=1) + "\n")
    changed = outcome.changed_outside_mask_px
    typer.echo(summary(asked.text, edited.best, outcome.candidates, changed_outside_mask_px=changed, out=asked.out))


def _edit(client: RespellClient, asked: AskedEdit, output: OutputOptions) -> Edited:
    place = asked.place
    find = None if place.find is None else parse_find(place.find)
    style_quad_px = place.style_quad_px
    photo = _read(asked.photo, UnreadablePhotoError, "")
    mask = None if place.mask is None else _read(place.mask, BadMaskFileError, "the mask can't be read: ")
    options = EditOptions(
        num_inference_steps=asked.steps,
        guidance_scale=asked.guidance,
        search_candidates=asked.search_candidates,
        refine=asked.refine,
        feather_px=asked.feather,
        redraw=asked.redraw,
        fallback=asked.fallback,
    )
    with ServerProgress() as progress:
        return client.edit(
            photo,
            asked.text,
            find=None if find is None else Find(text=find[0], occurrence=find[1]),
            quad_px=_corners(place),
            mask=mask,
            style_from=None if style_quad_px is None else StyleQuad.model_validate({"quad_px": style_quad_px}),
            n=asked.candidates,
            seed=asked.seed,
            verify=asked.verify,
            options=options,
            output=output,
            on_event=progress.show_event,
        )


def check_options(*, model: str | None, image_model: Path | None = None) -> None:
    """Raises typer.BadParameter for what a service can't be asked for."""
    for name, given in (("--model", model), ("--image-model", image_model)):
        if given is not None:
            raise typer.BadParameter(f"{name} can't be chosen with --server: the service draws with its own")


def _write_maps(client: RespellClient, edited: Edited, photo: Path, folder: Path) -> None:
    import numpy as np
    from PIL import Image

    from cli.maps import NO_MAPS, write_maps
    from worker.photo import Photo

    maps = edited.best.maps
    if maps is None:
        typer.echo(NO_MAPS, err=True)
        return
    sheet = Image.open(io.BytesIO(client.maps(edited.state.edit_id, edited.best.index)))
    heats = np.asarray(sheet).reshape(len(maps.characters), maps.height, maps.width)
    text = "".join(one.character for one in maps.characters)
    write_maps(text, heats, np.array(maps.quad_px), Photo.open(photo).rgb, folder)


class ServerProgress(EditProgress):
    """The same bar, moved by the events of the service."""

    @property
    def description(self) -> str:
        return self._bar.tasks[self._task].description

    def show_event(self, event: Event) -> None:
        match event:
            case QueuedEvent():
                self._tell(f"queued, number {event.position}")
            case StageEvent():
                self._tell("looking for the text" if event.name == "detecting" else LABELS[event.name])
            case ProgressEvent(candidate=None):
                self.show("making_picture", None, event.step, event.total)
            case ProgressEvent():
                self.show("drawing", event.candidate, event.step, event.total)
            case RetryingEvent():
                self._tell("the worker was lost, waiting for another")

    def _tell(self, description: str) -> None:
        self._bar.update(self._task, description=description, total=None)


def format_of(out: Path) -> OutputFormat:
    """What the service is to write. Raises BadOutputError."""
    try:
        return FORMAT_BY_SUFFIX[out.suffix.lower()]
    except KeyError:
        suffix = out.suffix or "a file without suffix"
        raise BadOutputError(f"can't write {suffix!r}, only {', '.join(FORMAT_BY_SUFFIX)}") from None


def _read(path: Path, kind: type[UnreadablePhotoError | BadMaskFileError], prefix: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise kind(f"{prefix}can't read {path}: {error.strerror or error}") from error


def _corners(place: Place) -> Points | None:
    if place.box_px is None:
        return place.quad_px
    x, y, width, height = place.box_px
    return ((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def invalid(problems: tuple[FieldProblem, ...]) -> InvalidRequestError:
    """The first field that was refused, as the command line calls it."""
    problem = problems[0]
    named = (OPTION_OF_FIELD[part] for part in problem.pointer.split("/") if part in OPTION_OF_FIELD)
    return InvalidRequestError(f"{next(named, problem.pointer)}: {problem.detail}")


def _texts(client: RespellClient, image_id: str) -> tuple[str, ...]:
    with suppress(RespellError):  # that the text isn't there is known without
        return tuple(region.text for region in client.detect(image_id))
    return ()


def write_picture(out: Path, picture: bytes) -> None:
    """The file whole or not at all. Raises BadOutputError."""
    if out.suffix.lower() in (".tif", ".tiff"):
        from worker.photo import Photo

        Photo.open(picture).save(out)
        return
    unfinished = out.with_name(f".{uuid.uuid4().hex}.part")
    try:
        unfinished.write_bytes(picture)
        os.replace(unfinished, out)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise BadOutputError(f"can't write {out}: {error.strerror or error}") from error
