"""An edit of two words as a worker leaves it, with pictures that tell its drawings apart."""

import io

import numpy as np
from PIL import Image, ImageCms

from tests.backend.service import begin
from worker.contract import CandidateState, EditOutcome
from worker.records import Records
from worker.storage import BlobStore, content_key

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
BOXES = ((10, 10, 60, 20), (20, 60, 100, 30))
TWO_WORDS = [
    {"target": {"quad_px": [[10, 10], [70, 10], [70, 30], [10, 30]]}, "text": "TAXI"},
    {"target": {"quad_px": [[20, 60], [120, 60], [120, 90], [20, 90]]}, "text": "BUS"},
]


def with_words(mode: str, *levels: int) -> np.ndarray:
    """Noise, in which each word is one block of a level in its box; transparency, if any, is noise all over."""
    samples = np.random.default_rng(0).integers(0, 256, (100, 200, len(mode)), np.uint8)
    for (x, y, width, height), level in zip(BOXES, levels, strict=True):
        samples[y : y + height, x : x + width, :3] = level
    return samples


def play_words(
    records: Records, store: BlobStore, edit_id: str, *, mode: str = "RGB", has_boxes: bool = True
) -> EditOutcome:
    """Candidates 0 and 1 are the first word at levels 50 and 60, 2 and 3 the second at 150 and 160; 4 wasn't kept."""
    attempt = begin(records, edit_id)
    shas = [_stored(store, with_words(mode, *levels)) for levels in ((50, 150), (60, 150), (50, 150), (50, 160))]
    candidates = tuple(
        CandidateState(
            index=index, item=index // 2, ocr_text="TAXI", score=1.0, verified=True, char_errors=0, image_sha256=sha256
        )
        for index, sha256 in enumerate(shas)
    )
    unkept = candidates[3].model_copy(update={"index": 4, "image_sha256": None})
    outcome = EditOutcome(
        best=2,
        image_sha256=shas[0],
        content_type="image/png",
        changed_outside_mask_px=0,
        verified=True,
        candidates=(*candidates, unkept),
        boxes_px=BOXES if has_boxes else (),
        model="played",
        seed=7,
    )
    assert records.complete(edit_id, attempt.token, outcome) == "succeeded"
    return outcome


def _stored(store: BlobStore, samples: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(samples).save(buffer, "PNG", icc_profile=PROFILE)
    key = content_key("results", buffer.getvalue(), ".png")
    store.put(buffer.getvalue(), key)
    return key.rpartition("/")[2].removesuffix(".png")
