import numpy as np

from tests.worker.drawing_helpers import BOTH, drawing, quick, stored_picture
from worker.contract import CandidateState
from worker.painter import ModelPainter
from worker.storage import BlobStore


def peaks_px(candidate: CandidateState, sheet: np.ndarray) -> np.ndarray:
    """Where each character was attended to most, (x, y) px, for a strip that lies upright in the photo."""
    maps = candidate.maps
    assert maps is not None
    heats = sheet.reshape(len(maps.characters), maps.height, maps.width)
    (x0, y0), _, (x1, y1), _ = maps.quad_px
    rows, columns = np.unravel_index(heats.reshape(len(heats), -1).argmax(axis=1), heats.shape[1:])
    x, y = x0 + (columns + 0.5) * (x1 - x0) / maps.width, y0 + (rows + 0.5) * (y1 - y0) / maps.height
    return np.stack([x, y], axis=1)


def test_every_drawing_with_a_picture_has_maps_of_its_letters(
    painter: ModelPainter, store: BlobStore, image_id: str
) -> None:
    outcome = drawing(quick(image_id, *BOTH, n=2), painter, store).run()
    for candidate in outcome.candidates:
        maps = candidate.maps
        assert maps is not None
        assert "".join(one.character for one in maps.characters) == ("TAXI", "MARKT")[candidate.item]
        points = peaks_px(candidate, stored_picture(store, maps.sha256))
        top, bottom = ((30, 100), (112, 182))[candidate.item]
        assert (points[:, 0] > 30).all() and (points[:, 0] < 230).all()
        assert (points[:, 1] > top).all() and (points[:, 1] < bottom).all()


def test_a_removed_word_and_one_from_a_typeface_have_none(
    painter: ModelPainter, store: BlobStore, image_id: str
) -> None:
    removed = drawing(quick(image_id, {**BOTH[0], "text": ""}), painter, store).run()
    assert [candidate.maps for candidate in removed.candidates] == [None]
    typeset = drawing(quick(image_id, verify=True, options={"max_attempts": 1}), painter, store).run()
    assert [(one.kind, one.maps is None) for one in typeset.candidates] == [("model", True), ("typeset", True)]


def test_the_same_drawing_has_the_same_maps(painter: ModelPainter, store: BlobStore, image_id: str) -> None:
    first, second = (drawing(quick(image_id), painter, store).run().candidates[0].maps for _ in range(2))
    assert first is not None and first == second
