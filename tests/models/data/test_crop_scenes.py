"""Claims about generated crops: exact masks, and samples that depend on their index alone."""

import numpy as np
import pytest
import torch

from models.data import assets
from models.data.crop_batches import GeneratedCrops, Share, ShuffledCrops, collate_crops, crop_batches
from models.data.crop_samples import CropSample
from models.data.crop_scenes import CropSceneSampler
from models.data.labels import LabelBatches
from models.nets.label_encoder import LABEL_CHARACTERS


def series(*, size_px: int = 64, max_chars: int = 5) -> GeneratedCrops:
    return GeneratedCrops(CropSceneSampler(assets.bundled(), size_px=size_px, max_chars=max_chars), seed=3)


@pytest.mark.parametrize("index", range(6))
def test_every_character_has_pixels_of_its_own_within_the_mask(index: int) -> None:
    sample = series()[index]
    assert sample.char_masks is not None and sample.char_masks.shape == (len(sample.text), 64, 64)
    assert 1 <= len(sample.text) <= 5 and set(sample.text) <= set(LABEL_CHARACTERS)
    assert sample.char_masks.any(axis=(1, 2)).all() and sample.char_masks.sum(axis=0).max() == 1
    assert not (sample.char_masks.any(axis=0) & ~sample.mask).any()
    x0, y0, x1, y1 = sample.text_box
    assert sample.mask[y0:y1, x0:x1].sum() == sample.mask.sum() > 0
    assert sample.mask[y0].any() and sample.mask[y1 - 1].any()


def test_letters_read_from_left_to_right() -> None:
    samples = [series()[index] for index in range(12)]
    centres = [
        [float(np.nonzero(mask)[1].mean()) for mask in sample.char_masks]
        for sample in samples
        if sample.char_masks is not None
    ]
    assert sum(xs == sorted(xs) for xs in centres) >= 11  # a turned pair of letters may stand one above the other


def test_a_sample_depends_on_its_index_alone() -> None:
    first, again = series()[7], series()[7]
    assert first.text == again.text and (first.image == again.image).all() and (first.mask == again.mask).all()
    assert (series()[8].image != first.image).any()


def test_a_data_set_is_seen_whole_before_it_is_seen_again() -> None:
    samples = [series()[index] for index in range(5)]
    shuffled = ShuffledCrops(samples, seed=1)
    rounds = [[samples.index(shuffled[5 * times + place]) for place in range(5)] for times in range(4)]
    assert all(sorted(order) == [0, 1, 2, 3, 4] for order in rounds) and len({tuple(order) for order in rounds}) > 1
    with pytest.raises(ValueError, match="no samples"):
        ShuffledCrops([], seed=1)


class Torn(list[CropSample]):
    """A data set in which some samples can't be read."""

    def __getitem__(self, index: int) -> CropSample:  # type: ignore[override]
        if index % 2:
            raise LookupError(index)
        return super().__getitem__(index)


def test_a_sample_that_cannot_be_read_is_replaced_by_another() -> None:
    samples = [series()[index] for index in range(4)]
    torn = ShuffledCrops(Torn(samples), seed=1, skips=(LookupError,))
    assert {samples.index(torn[place]) for place in range(4)} == {0, 2}


def test_processes_share_out_what_one_would_see() -> None:
    seen = series(size_px=32, max_chars=3)
    alone = next(crop_batches(seen, range(1), batch_size=4, max_chars=3, share=Share(), num_workers=0))
    halves = [
        next(crop_batches(seen, range(1), batch_size=2, max_chars=3, share=Share(rank, 2), num_workers=0))
        for rank in range(2)
    ]
    assert halves[0].texts + halves[1].texts == alone.texts and halves[0].indices + halves[1].indices == (0, 1, 2, 3)
    torch.testing.assert_close(torch.cat([half.images for half in halves]), alone.images)


def test_a_sample_without_character_masks_is_marked() -> None:
    whole = series()[0]
    bare = CropSample(whole.image, whole.mask, whole.text, whole.text_box)
    batch = collate_crops([(0, whole), (1, bare)], max_chars=5)
    assert batch.has_masks.tolist() == [True, False] and not batch.char_masks[1].any()
    assert batch.images.min() >= -1 and batch.images.max() <= 1
    with pytest.raises(ValueError, match="at most"):
        collate_crops([(0, series(max_chars=5)[index]) for index in range(8)], max_chars=1)


def test_texts_of_a_batch_differ_and_are_in_several_fonts() -> None:
    batches = LabelBatches(assets.bundled(), batch_size=40, max_chars=2, picture_hw=(48, 96), seed=0, share=Share(0, 1))
    batch = batches[0]
    assert len(set(batch.texts)) == 40 and {len(text) for text in batch.texts} == {1, 2}
    assert batch.pictures.shape == (40, 1, 48, 96) and batch.pictures.min() == 0 and batch.pictures.max() == 1
    assert batches[1].texts != batch.texts == batches[0].texts
