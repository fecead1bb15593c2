"""From a prompt to its outcome: a picture is made, and the texts are written into it, as an edit of that picture.

The only file of the service that knows `ImageModel`. No queue, no Redis.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import BadModelError, NoPlaceError
from worker.contract import Box, EditItem, EditOutcome, EditRequest, GenerationRequest, ImageInfo, QuadTarget
from worker.drawing import EditDrawing
from worker.errors import NoImageModelError
from worker.painter import Image, Painter
from worker.photo import Photo
from worker.pictures import drop_photo, keep_photo
from worker.reporting import Reporter
from worker.storage import BlobStore

if TYPE_CHECKING:
    from models.generate.image_model import ImageModel

WARM_STEPS = 2


class PictureMaker:
    """A text-to-image model, loaded. Not safe for several threads at once."""

    def __init__(self, model: "ImageModel") -> None:
        """Raises BadModelError for one that couldn't be stopped."""
        if not model.tells_steps:
            raise BadModelError(f"{model.name} tells of no steps while it makes a picture, so it couldn't be stopped")
        self._model = model

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "PictureMaker":
        """The pipeline of diffusers in `folder`. Raises BadModelError."""
        from models.generate.image_model import ImageModel

        try:
            model = ImageModel.load(folder, device=device)
        except ModuleNotFoundError as error:
            raise BadModelError(f"{folder} needs {error.name}: pip install 'respell[generate]'") from error
        return cls(model)

    @property
    def name(self) -> str:
        return self._model.name

    def warm(self) -> None:
        """A picture in the model's own size and as few steps as all can: it holds its memory, and is known to work."""
        from models.generate.image_model import ImageOptions

        self._model.draw("warm", ImageOptions(seed=0, num_inference_steps=WARM_STEPS))

    def make(self, request: GenerationRequest, on_step: Callable[[int, int], None]) -> Image:
        """What `on_step` raises stops it, and passes through. Raises BadModelError for what the model can't be told."""
        from models.generate.image_model import ImageOptions

        assert request.seed is not None  # the record keeper takes no other
        asked = request.picture
        options = ImageOptions(
            request.seed,
            asked.num_inference_steps,
            asked.guidance_scale,
            None if asked.size_px is None else (asked.size_px[1], asked.size_px[0]),
        )
        return self._model.draw(request.prompt, options, on_step=on_step)


class Generation:
    """One request; `run` it once, `hand_over` its picture when it has ended, `discard` what nobody wants any more."""

    def __init__(
        self,
        request: GenerationRequest,
        *,
        maker: PictureMaker | None,
        painter: Painter,
        store: BlobStore,
        reporter: Reporter,
    ) -> None:
        self._request, self._maker, self._painter = request, maker, painter
        self._store, self._reporter = store, reporter
        self._made: ImageInfo | None = None
        self._is_ours = False  # to be taken back: it wasn't there before, and nobody has been told of it
        self._drawing: EditDrawing | None = None

    @property
    def image_id(self) -> str | None:
        """Of the picture without the texts, once it is made."""
        return None if self._made is None else self._made.image_id

    def run(self) -> EditOutcome:
        """Raises EditorErrors and ModelsErrors, and whatever the reporter raises to stop it."""
        if self._maker is None:
            raise NoImageModelError("the worker has no image model; all workers need one: RESPELL_IMAGE_MODEL")
        for text in self._request.texts:
            self._painter.check_text(text)
        started = time.perf_counter()
        self._reporter.stage("making_picture")
        picture = self._maker.make(self._request, self._reporter.making)
        self._made = self._keep(picture)
        made_at = time.perf_counter()
        edit = self._edit_of(picture, self._made.image_id)
        placed_at = time.perf_counter()
        self._drawing = EditDrawing(
            edit, painter=self._painter, store=self._store, detected=lambda: None, reporter=self._reporter
        )
        outcome = self._drawing.run()
        timings_s = dict(outcome.timings_s, making_picture=round(made_at - started, 4))
        timings_s["detecting"] = round(timings_s.get("detecting", 0.0) + placed_at - made_at, 4)
        return outcome.model_copy(update={"image_id": self._made.image_id, "timings_s": timings_s})

    def hand_over(self, save: Callable[[ImageInfo], None]) -> None:
        """Makes the picture, if there is one, a picture like those that were sent."""
        if self._made is not None:
            save(self._made)
            self._is_ours = False

    def discard(self) -> None:
        """Takes back the results, and the picture if it wasn't handed over."""
        if self._drawing is not None:
            self._drawing.discard()
        if self._made is not None and self._is_ours:
            drop_photo(self._store, self._made.image_id)
            self._is_ours = False

    def _keep(self, picture: Image) -> ImageInfo:
        image_id, self._is_ours = keep_photo(self._store, Photo(picture))
        height, width = picture.shape[:2]
        return ImageInfo(image_id=image_id, width=width, height=height, mode="RGB", orientation_applied=False)

    def _edit_of(self, picture: Image, image_id: str) -> EditRequest:
        """What is left to do: an edit of the picture, with a place for each text. Raises NoPlaceError."""
        request = self._request
        if request.box_px is not None:
            items = [EditItem(target=_target_at(request.box_px), text=request.texts[0])]
        else:
            self._reporter.stage("detecting")
            items = _items_over_lines(request.texts, picture, self._painter)
        alike = request.model_dump(exclude={"prompt", "texts", "picture", "box_px"})
        return EditRequest(image_id=image_id, edits=tuple(items), **alike)


def _target_at(box_px: Box) -> QuadTarget:
    x, y, width, height = box_px
    return QuadTarget(quad_px=((x, y), (x + width, y), (x + width, y + height), (x, y + height)))


def _items_over_lines(texts: tuple[str, ...], picture: Image, painter: Painter) -> list[EditItem]:
    from models.generate.lines import lines_for, sure_text

    try:
        lines = lines_for(texts, painter.find_lines(picture))
    except NoPlaceError as error:
        raise NoPlaceError(f"{error}; say where to write by box_px, or edit the picture that was made") from error
    return [
        EditItem(
            target=QuadTarget.model_validate({"quad_px": line.quad_px.tolist()}),
            text=text,
            old_text=sure_text(line),
        )
        for text, line in zip(texts, lines, strict=True)
    ]
