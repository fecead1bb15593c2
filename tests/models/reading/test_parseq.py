"""Claims about reading with PARSeq; its weights are not in this repository, so of what it reads none is right."""

import numpy as np
import pytest
import torch

from models.nets.parseq import decode_words
from models.reading.parseq import ParseqReader
from tests.models.nets.published_readers import tiny_parseq


def test_crops_of_any_size_are_read_in_order() -> None:
    net, rng = tiny_parseq(), np.random.default_rng(0)
    crops = [rng.integers(0, 256, (20 + 3 * i, 50 + 9 * i, 3), np.uint8) for i in range(35)]
    reader = ParseqReader(net)
    texts = reader.read(crops)
    assert texts == [reader.read([crop])[0] for crop in crops] and len(set(texts)) > 5
    assert reader.read([]) == [] and reader.name == "PARSeq"


def test_a_crop_of_the_networks_own_size_enters_as_it_is() -> None:
    net = tiny_parseq()
    crop = np.random.default_rng(1).integers(0, 256, (32, 128, 3), np.uint8)
    image = torch.from_numpy(crop).permute(2, 0, 1)[None].float() / 127.5 - 1
    assert ParseqReader(net).read([crop]) == decode_words(net(image))


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match=r"uint8 \(h, w, 3\) .* got uint8 \(4, 9\)"):
        ParseqReader(tiny_parseq()).read([np.zeros((4, 9), np.uint8)])
