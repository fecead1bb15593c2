import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.checkpoints.shards import MAX_SHARD_BYTES, load_shards, save_shards
from models.checkpoints.store import load_model, save_model
from models.errors import BadModelError


def test_what_is_saved_is_loaded_in_half_precision(tiny_model: Path, tmp_path: Path) -> None:
    model = load_model(tiny_model)
    save_model(replace(model, name="again"), tmp_path / "again")
    again = load_model(tmp_path / "again")
    assert again.name == "again" and again.config == model.config and again.sampler == model.sampler
    for before, after in zip(model.net.parameters(), again.net.parameters(), strict=True):
        assert torch.equal(before, after) and after.dtype == torch.float32 and not after.requires_grad


def test_shards_stay_under_the_limit_and_join_to_the_same(tmp_path: Path) -> None:
    tensors = {f"t{i}": torch.randn(1000, 1000) for i in range(9)}
    paths = save_shards(tensors, tmp_path, "weights")
    assert len(paths) == 3 and all(path.stat().st_size <= MAX_SHARD_BYTES + 4096 for path in paths)
    loaded = load_shards(tmp_path, "weights")
    assert loaded.keys() == tensors.keys() and all(torch.equal(loaded[k], tensors[k]) for k in tensors)
    paths[1].unlink()
    with pytest.raises(FileNotFoundError, match="2 of 3"):
        load_shards(tmp_path, "weights")


def test_a_smaller_save_leaves_no_old_shard_behind(tmp_path: Path) -> None:
    save_shards({f"t{i}": torch.randn(1000, 1000) for i in range(5)}, tmp_path, "weights")
    save_shards({"t": torch.zeros(3)}, tmp_path, "weights")
    assert load_shards(tmp_path, "weights").keys() == {"t"}


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: shutil.rmtree(folder), "model_index.json is missing"),
        (lambda folder: (folder / "model_index.json").write_text("{"), "not JSON"),
        (
            lambda folder: (folder / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}'),
            "StableDiff",
        ),
        (lambda folder: next((folder / "unet").glob("*.safetensors")).write_bytes(b"12"), "damaged"),
        (lambda folder: next((folder / "vae").glob("*.safetensors")).unlink(), "damaged"),
        (lambda folder: _edit_config(folder, "unet", "layers_per_block", 2), "architecture"),
        (lambda folder: _edit_config(folder, "unet", "surprise", 2), "surprise"),
    ],
)
def test_anything_but_a_whole_model_is_refused(tiny_model: Path, tmp_path: Path, damage, message: str) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    damage(folder)
    with pytest.raises(BadModelError, match=message):
        load_model(folder)


def _edit_config(folder: Path, part: str, name: str, value: int) -> None:
    index = json.loads((folder / "model_index.json").read_text())
    index["config"][part][name] = value
    (folder / "model_index.json").write_text(json.dumps(index))
