import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.charset import MAX_CHARS, unknown_characters
from models.config import STRIP_WIDTHS_PX
from models.data import assets
from models.data.drafts import sample_draft
from models.data.scenes import Pair, SceneSampler
from models.data.shards import write_shards
from models.data.stream import PairStream, collate
from models.data.words import sample_partner, sample_text


def sample(seed: int, *, removal_share: float = 0.0) -> Pair:
    return SceneSampler(assets.bundled(), removal_share=removal_share).sample(np.random.default_rng(seed))


def test_same_seed_same_pair_and_other_seed_other_pair() -> None:
    first, again, other = sample(3), sample(3), sample(4)
    assert np.array_equal(first.source, again.source) and np.array_equal(first.target, again.target)
    assert first.target_text == again.target_text
    assert first.source.shape != other.source.shape or not np.array_equal(first.source, other.source)


@pytest.mark.parametrize("seed", range(12))
def test_pairs_differ_inside_the_mask_alone_and_labels_lie_in_it(seed: int) -> None:
    pair = sample(seed)
    width = pair.mask.shape[1]
    assert width in STRIP_WIDTHS_PX and pair.source.shape == pair.target.shape == (64, width, 3)
    assert np.array_equal(pair.source[~pair.mask], pair.target[~pair.mask])
    assert not np.array_equal(pair.source, pair.target)
    assert (pair.labels[pair.mask] > 0).sum() >= 0.9 * (pair.labels > 0).sum()
    assert pair.labels.max() <= len(pair.target_text)
    x0, y0, x1, y1 = pair.text_box
    assert (x0 + x1) / 2 == pytest.approx(width / 2) and (y0 + y1) / 2 == pytest.approx(32)
    assert y1 - y0 <= 40.01 and x0 >= 11 and x1 <= width - 11


def test_strokes_of_the_new_word_stand_out_where_the_labels_say() -> None:
    errors = []
    for seed in range(12):
        pair = sample(seed)
        changed = np.abs(pair.source.astype(int) - pair.target.astype(int)).sum(axis=2)
        old_gone = np.abs(pair.target.astype(int) - np.median(pair.target[pair.labels > 0], axis=0)).sum(axis=2)
        errors.append(old_gone[pair.labels > 0].mean() < old_gone[(pair.labels == 0) & pair.mask].mean())
        assert changed.max() > 20
    assert np.mean(errors) > 0.8


def test_removal_pairs_have_no_letters() -> None:
    pair = sample(1, removal_share=1.0)
    assert pair.target_text == "" and pair.labels.max() == 0 and pair.char_boxes.shape == (0, 4)


def test_texts_keep_to_the_charset_and_the_limit() -> None:
    rng = np.random.default_rng(0)
    words = assets.bundled().words
    for _ in range(300):
        text = sample_text(rng, words)
        partner = sample_partner(rng, words, text)
        assert not unknown_characters(text + partner)
        assert 1 <= len(text) <= MAX_CHARS and 1 <= len(partner) <= MAX_CHARS


def test_held_out_families_never_train() -> None:
    assert assets.split_of("Noto Sans") == assets.split_of("Noto Serif Display")
    shares = [assets.split_of(f"family{i}") == "held_out" for i in range(2000)]
    assert 0.09 < np.mean(shares) < 0.18


def test_missing_assets_name_the_command(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="make assets"):
        assets.load(tmp_path, "train")


def test_draft_changes_the_mask_alone_and_is_nearer_to_the_target_than_the_source_is() -> None:
    gains = []
    for seed in range(40):
        pair = sample(seed)
        draft = sample_draft(np.random.default_rng(seed), pair)
        assert np.array_equal(draft.strip[~pair.mask], pair.source[~pair.mask])
        off = [np.abs(strip.astype(float) - pair.target)[pair.mask].mean() for strip in (pair.source, draft.strip)]
        gains.append(off[0] - off[1])
    assert np.mean(np.array(gains) > 0) > 0.8


def test_collate_shapes_and_ranges() -> None:
    pairs = [p for p in map(sample, range(30)) if p.mask.shape[1] == 256][:2]
    batch = collate(pairs, [sample_draft(np.random.default_rng(0), pair) for pair in pairs])
    assert batch.source.shape == (2, 3, 64, 256) and batch.mask.shape == (2, 1, 64, 256)
    assert batch.source.min() >= -1 and batch.source.max() <= 1
    assert batch.char_valid.sum(dim=1).tolist() == [len(p.target_text) for p in pairs]


def test_written_shards_hold_what_was_drawn(tmp_path: Path) -> None:
    sampler = SceneSampler(assets.bundled())
    (shard,) = write_shards(sampler, tmp_path, count=3, seed=9)
    with tarfile.open(shard) as tar:
        names = tar.getnames()
        assert len(names) == 15
        described = json.load(tar.extractfile("00000001.json"))  # type: ignore[arg-type]
        target = np.asarray(Image.open(io.BytesIO(tar.extractfile("00000001.target.png").read())))  # type: ignore[union-attr]
    pair = sampler.sample(np.random.default_rng((9, 1)))
    assert np.array_equal(target, pair.target) and described["target_text"] == pair.target_text


def test_pair_stream_is_deterministic_and_fills_batches(tmp_path: Path) -> None:
    folder = _assets_folder(tmp_path)
    first = next(iter(PairStream(folder, "train", strips_of_256=2, seed=1)))
    again = next(iter(PairStream(folder, "train", strips_of_256=2, seed=1)))
    assert first.texts == again.texts and (first.source == again.source).all()
    assert len(first.texts) * first.source.shape[-1] == 512


def _assets_folder(tmp_path: Path) -> Path:
    """A folder as `collect` makes it, out of the bundled fonts."""
    bundled = assets.bundled()
    (tmp_path / "fonts").mkdir()
    names = {}
    for family, (path,) in bundled.fonts.items():
        (tmp_path / "fonts" / path.name).write_bytes(path.read_bytes())
        names[family] = [path.name]
    (tmp_path / "words.txt").write_text("\n".join(bundled.words))
    (tmp_path / "index.json").write_text(json.dumps({"families": names, "photos": []}))
    return tmp_path
