"""Of several words one drawing each."""

from itertools import product

import numpy as np
import pytest
from PIL import ImageCms

from tests.worker.drawing_helpers import BOTH, drawing, quick
from tests.worker.edit_helpers import photo_with_words, stored, stored_mask
from worker.contract import EditOutcome
from worker.errors import BadOutputError
from worker.mixing import mixed
from worker.painter import ModelPainter
from worker.photo import Photo
from worker.rendering import render
from worker.rendering_protocol import Part, Rendering, pack_request, unpack_request
from worker.storage import BlobStore

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def file_of(store: BlobStore, sha256: str | None) -> bytes:
    assert sha256 is not None
    return store.get(f"results/{sha256[:2]}/{sha256}.png")


def mixture(store: BlobStore, outcome: EditOutcome, chosen: tuple[int, ...]) -> bytes:
    """As the web process has it made, without the pipes."""
    parts = []
    for index in chosen:
        candidate = outcome.candidates[index]
        box = outcome.boxes_px[candidate.item]
        _, file = render(file_of(store, candidate.image_sha256), Rendering("png", 95, box))
        parts.append(Part(box[0], box[1], file))
    request = pack_request(Rendering("png", 95), file_of(store, outcome.image_sha256), parts)
    wanted, data, unpacked = unpack_request(request)
    return render(data, wanted, unpacked)[1]


@pytest.mark.parametrize("mode", ["RGB", "gray of 16 bits with transparency"])
def test_each_word_of_a_mixture_is_that_of_its_candidate_and_all_else_is_the_photo(
    painter: ModelPainter, store: BlobStore, mode: str
) -> None:
    samples = photo_with_words().samples
    if mode != "RGB":
        samples = np.dstack([samples[..., :1], samples[::-1, :, :1]]).astype(np.uint16) * 257 + 3
    photo = Photo(samples, PROFILE)
    outcome = drawing(quick(stored(store, photo), *BOTH, n=3), painter, store).run()
    masks = np.zeros(photo.image_hw, bool)
    for x, y, width, height in outcome.boxes_px:
        masks[y : y + height, x : x + width] = True
    for first, second in product((0, 1, 2), (3, 4, 5)):
        made = Photo.open(mixture(store, outcome, (first, second)))
        assert made.samples.dtype == samples.dtype and made.icc_profile == PROFILE
        one, other = (Photo.open(file_of(store, outcome.candidates[index].image_sha256)) for index in (first, second))
        assert (made.samples[:105] == one.samples[:105]).all()
        assert (made.samples[105:] == other.samples[105:]).all()
        assert (made.samples[~masks] == samples[~masks]).all()
        if mode != "RGB":
            assert (made.samples[..., 1] == samples[..., 1]).all()


def test_words_whose_boxes_overlap_keep_what_was_chosen_for_each(
    painter: ModelPainter, store: BlobStore, image_id: str
) -> None:
    masks = [np.zeros((200, 320), bool) for _ in range(2)]
    masks[0][36:94, 36:204] = True
    masks[1][60:140, 120:300] = True  # over the first
    items = [
        {"target": {"mask_id": stored_mask(store, mask)}, "text": text}
        for mask, text in zip(masks, ("TAXI", "ZUG"), strict=True)
    ]
    outcome = drawing(quick(image_id, *items, n=2), painter, store).run()
    assert outcome.boxes_px == ((36, 36, 168, 58), (120, 60, 180, 80))
    best = Photo.open(file_of(store, outcome.image_sha256)).samples
    others = [candidate for candidate in outcome.candidates if candidate.image_sha256 != outcome.image_sha256]
    made = Photo.open(mixture(store, outcome, tuple(candidate.index for candidate in others))).samples
    one, other = (Photo.open(file_of(store, candidate.image_sha256)).samples for candidate in others)
    seen_of_first = masks[0] & ~masks[1]
    assert (made[seen_of_first] == one[seen_of_first]).all() and (one != best)[seen_of_first].any()
    assert (made[masks[1]] == other[masks[1]]).all() and (other != best)[masks[1]].any()


def test_a_part_of_another_kind_or_outside_is_refused() -> None:
    photo = photo_with_words()
    gray = Photo(photo.samples[:8, :8, :1]).encode(".png")
    deep = Photo(photo.samples[:8, :8].astype(np.uint16) * 257).encode(".png")
    alike = Photo(photo.samples[:8, :8]).encode(".png")
    for part in (Part(0, 0, gray), Part(0, 0, deep), Part(316, 0, alike)):
        with pytest.raises(BadOutputError, match="doesn't fit"):
            mixed(photo, [part])
    assert (mixed(photo, [Part(0, 0, alike)]).samples == photo.samples).all()
