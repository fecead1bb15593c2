"""What the tests of the worker share: a stored photo, a request about it, a place to work at."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from worker.contract import AnyRequest, EditRequest, new_edit_id
from worker.fake import FakePainter
from worker.painter import Painter
from worker.photo import Photo
from worker.records import Records
from worker.storage import BlobStore, image_id_of, key_of, mask_id_of
from worker.tasks import Workplace

QUAD = ((40, 40), (200, 40), (200, 90), (40, 90))  # around EXIT in `photo_with_words`


def photo_with_words() -> Photo:
    """320 × 200, EXIT in a place of its own and PLAZA below it, on a graded ground with some noise."""
    rng = np.random.default_rng(0)
    ground = np.linspace(190, 235, 320)[None, :, None] + rng.normal(0, 2, (200, 320, 3))
    image = Image.fromarray(ground.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for text, place in (("EXIT", (52, 38)), ("PLAZA", (52, 120))):
        draw.text(place, text, fill=(30, 40, 90), font=ImageFont.load_default(48))
    return Photo(np.asarray(image))


def small_photo() -> Photo:
    """48 × 32: where the picture isn't the point."""
    return Photo(np.random.default_rng(0).integers(0, 255, (32, 48, 3), dtype=np.uint8))


def stored(store: BlobStore, photo: Photo) -> str:
    """→ the id of the photo in the store."""
    png = photo.encode(".png")
    store.put(png, key_of(image_id_of(png)))
    return image_id_of(png)


def stored_mask(store: BlobStore, mask: np.ndarray) -> str:
    png = Photo((mask * 255).astype(np.uint8)[:, :, None]).encode(".png")
    store.put(png, key_of(mask_id_of(png)))
    return mask_id_of(png)


def request_for(image_id: str, *items: dict[str, Any], **changes: Any) -> EditRequest:
    """A quick edit with seed 1; by default of the whole small photo's middle."""
    middle = {"target": {"quad_px": [[8, 8], [40, 8], [40, 24], [8, 24]]}, "text": "TAXI"}
    whole = {"image_id": image_id, "edits": list(items) or [middle], "n": 1, "seed": 1, **changes}
    return EditRequest.model_validate(whole)


def queue(records: Records, request: AnyRequest) -> str:
    """→ the id of a queued edit."""
    return records.create(new_edit_id(), request, fingerprint="f").accepted.edit_id


def workplace(records: Records, folder: Path, painter: Painter | None = None) -> Workplace:
    """With a model that only sleeps, three steps of 5 ms, unless another is given."""
    return Workplace("w1", records, BlobStore(str(folder)), painter or FakePainter(3, step_ms=5))


def results(folder: Path) -> set[str]:
    """The names of the files of all results in the store."""
    return {path.stem for path in (folder / "results").rglob("*.*")}
