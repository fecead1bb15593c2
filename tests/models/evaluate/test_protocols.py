"""The items are fixed, and the door sees them as they are."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from models.config import SamplerConfig
from models.evaluate.outcomes import Drawn, measure
from models.evaluate.protocols import edit_pair, quad_of, single_shot, subject_of
from models.evaluate.protocols_photos import edit_photos, photo_items
from models.evaluate.protocols_reading import MAIN_READER, load_readers
from models.evaluate.style import StyleMatch
from models.regions.strip import rectify, strip_frame
from tests.models.evaluate.scenes import PasteEditor, pairs, rapidocr

PHOTOS = Path(__file__).parents[4] / "shared" / "photos"


def test_the_same_seed_gives_the_same_pairs_and_another_gives_others() -> None:
    first, again, other = pairs(3), pairs(5), pairs(3, seed=8)
    assert all(np.array_equal(a.source, b.source) for a, b in zip(first, again[:3], strict=True))
    assert [a.target_text for a in first] != [a.target_text for a in other]


def test_the_doors_strip_of_a_pair_is_the_pair() -> None:
    for pair in pairs(12):
        frame = strip_frame(quad_of(pair))
        assert frame.text_box == pytest.approx(pair.text_box)
        assert np.array_equal(rectify(pair.source, frame), pair.source)


def test_the_new_word_is_always_another_word() -> None:
    assert all(pair.target_text.strip() and pair.target_text != pair.source_text for pair in pairs(40))


def test_the_true_picture_is_perfectly_near_and_the_old_word_is_not() -> None:
    some, readers = pairs(3), rapidocr()
    subjects = [subject_of(pair) for pair in some]
    truth = measure(subjects, [Drawn(pair.target) for pair in some], readers)
    old = measure(subjects, [Drawn(pair.source) for pair in some], readers)
    assert all(outcome.ssim == pytest.approx(1) for outcome in truth)
    assert all(outcome.style == StyleMatch(0, 0, 1, 1, 1, 0) for outcome in truth)
    assert all(far.ssim < 0.9 and far.psnr_db < near.psnr_db for far, near in zip(old, truth, strict=True))


def test_every_reader_that_is_there_reads_a_clear_word() -> None:
    readers, notes = load_readers()
    assert len(readers) + len(notes) == 2  # the second reader, or a note that it isn't there
    word = np.full((48, 140, 3), 235, np.uint8)
    cv2.putText(word, "EXIT", (16, 38), cv2.FONT_HERSHEY_DUPLEX, 1.3, (20, 20, 60), 3, cv2.LINE_AA)
    assert {read([word, 255 - word])[turn] for read in readers.values() for turn in (0, 1)} == {"EXIT"}


def test_a_refusal_leaves_the_picture_and_says_why() -> None:
    pair = pairs(1)[0]
    options = single_shot(7, 0, SamplerConfig())
    drawn = edit_pair(PasteEditor(refused=pair.target_text), pair, options)
    assert drawn.refused == "bad_text"
    assert np.array_equal(drawn.picture, pair.source)


def test_photo_words_are_read_where_they_stand(tmp_path: Path) -> None:
    pair = next(pair for pair in pairs(20) if pair.source_text.isalpha() and pair.text_box[3] - pair.text_box[1] == 40)
    Image.fromarray(pair.source).save(tmp_path / "sign.png")
    entry = {"photo": "sign.png", "quad_px": quad_of(pair).tolist(), "text": pair.source_text, "new_text": "GATE"}
    (tmp_path / "manifest.json").write_text(json.dumps([entry]))
    readers = rapidocr()
    (outcome,) = edit_photos(
        PasteEditor(), photo_items(tmp_path / "manifest.json"), readers, seed=7, sampler=SamplerConfig()
    )
    assert outcome.texts == outcome.paste_texts
    assert outcome.texts[MAIN_READER] == "GATE"
    assert outcome.drawn.changed_outside_mask_px == 0


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="the test photos are not here")
def test_the_masks_of_the_real_photos_hold_their_words() -> None:
    items = photo_items(PHOTOS / "manifest.json")
    assert len(items) >= 17
    for item in items:
        x, y = np.clip(item.quad_px.mean(axis=0).astype(int), 0, None)
        assert item.mask[y, x]
        assert item.mask.shape == item.image.shape[:2]
        assert not item.mask.all()
