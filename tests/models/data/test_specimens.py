from itertools import islice

import numpy as np
import pytest
import torch

from models.data import assets
from models.data.faces import own_slant
from models.data.scenes import SceneSampler
from models.data.specimens import HEIGHT_PX, WIDTH_PX, SpecimenBatch, SpecimenStream, font_list, replayed, specimen_of
from models.regions.ink import LOW_CONFIDENCE, estimate_ink


def test_a_specimen_shows_the_strokes_at_one_height() -> None:
    sampler, heights = SceneSampler(assets.bundled(), removal_share=0.0), []
    for index in range(12):
        pair = sampler.sample(np.random.default_rng((1, index)))
        ink = estimate_ink(pair.source, pair.text_box)
        if ink.confidence < LOW_CONFIDENCE:
            continue
        specimen = specimen_of(ink)
        assert specimen.shape == (HEIGHT_PX, WIDTH_PX) and specimen.dtype == np.uint8
        rows = np.flatnonzero((specimen > 100).any(axis=1))
        heights.append(rows[-1] - rows[0] + 1)
    assert len(heights) > 6
    assert np.median(heights) == pytest.approx(36, abs=2)


def test_the_stream_tells_each_specimens_font_and_slant() -> None:
    fonts = font_list(assets.bundled())
    batch = next(iter(SpecimenStream(assets.bundled(), batch_size=16, seed=3)))
    assert batch.specimens.shape == (16, HEIGHT_PX, WIDTH_PX) and len(batch) == 16
    assert int(batch.fonts.min()) >= 0 and int(batch.fonts.max()) < len(fonts)
    own = torch.tensor([own_slant(fonts[index]) for index in batch.fonts.tolist()])
    assert (batch.slants - own).abs().max() <= 0.4
    again = next(iter(SpecimenStream(assets.bundled(), batch_size=16, seed=3)))
    assert torch.equal(batch.specimens, again.specimens)


def test_specimens_are_drawn_again_until_they_are_too_old() -> None:
    fresh = [SpecimenBatch(torch.full((4, 1, 1), index), torch.full((4,), index), torch.zeros(4)) for index in range(5)]
    seen = [set(batch.fonts.tolist()) for batch in replayed(fresh, times=3, capacity=8, seed=0)]
    assert len(seen) == 15
    assert all(kept <= {index // 3, max(index // 3 - 1, 0)} for index, kept in enumerate(seen))
    first = [batch.fonts for batch in islice(replayed(fresh, times=3, capacity=8, seed=0), 4)]
    second = [batch.fonts for batch in islice(replayed(fresh, times=3, capacity=8, seed=0), 4)]
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
