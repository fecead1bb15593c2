"""Claims about the names: every tensor of the published checkpoints has its place, at full size, without memory."""

import re
from hashlib import sha256
from pathlib import Path

import pytest
import torch

from models.checkpoints.crop_store import empty_nets, parts_of
from models.checkpoints.udifftext_keys import ENCODER_PREFIX, Dropped, Placed, destination, dialect_of
from models.config import CropModelConfig
from tests.models.checkpoints.published_files import PublishedNets, prefixed

TABLE = Path(__file__).parents[4] / "shared" / "reference" / "checkpoint-keys.tsv"
# sha256 of all "source, shape, diffusers' name" of the table, sorted: what was read off the published code, in short
DIGESTS = {
    "unet": "8c0e746fb0d74fc6101436db8313fea5e58bf3fa0a5f48466c1ccd7038863239",
    "char_encoder": "9e79e202d3e6dad51867879153481374cd1cfd331ab76a3f6a9eb774e6b0da47",
    "vae": "0308332ccaf46dd4a274e71f2c6ab2a1141d941cd2caa3b6bdd155355de41169",
}

Row = tuple[str, list[int], str]


def expected_shapes() -> dict[str, dict[str, list[int]]]:
    net, autoencoder = empty_nets(CropModelConfig())
    parts = parts_of(net, autoencoder).items()
    return {part: {name: list(t.shape) for name, t in module.state_dict().items()} for part, module in parts}


def full_size_names(dialect: str) -> list[str]:
    with torch.device("meta"):
        nets = PublishedNets(CropModelConfig(), dialect)
    modules = {
        "model.diffusion_model.": nets.unet,
        "conditioner.embedders.0.": nets.encoder,
        "first_stage_model.": nets.autoencoder,
    }
    return [name for prefix, module in modules.items() for name in prefixed(module, prefix)]


def digest(rows: list[Row]) -> str:
    return sha256("\n".join(sorted(f"{source}\t{shape}\t{name}" for source, shape, name in rows)).encode()).hexdigest()


def test_every_full_size_tensor_goes_where_the_published_table_says() -> None:
    shapes = expected_shapes()
    rows: dict[str, list[Row]] = {part: [] for part in shapes}
    for source in full_size_names("v2"):
        place = destination(source, "v2")
        assert isinstance(place, Placed), source
        # the table has no names of ours for the character encoder
        name = "-" if place.part == "char_encoder" else place.name
        rows[place.part].append((source, shapes[place.part].pop(place.name), name))
    assert not any(shapes.values())  # each of ours is filled, once
    assert {part: len(found) for part, found in rows.items()} == {"unet": 686, "char_encoder": 146, "vae": 248}
    assert {part: digest(found) for part, found in rows.items()} == DIGESTS


@pytest.mark.skipif(not TABLE.exists(), reason="the table of published names isn't in a clone")
def test_every_row_of_the_published_table_is_mapped_as_it_says() -> None:
    shapes = expected_shapes()
    rows = [line.split("\t") for line in TABLE.read_text().splitlines() if not line.startswith("#")]
    dropped, placed = 0, dict[str, list[Row]]()
    for source, shape, _, target in rows:
        place = destination(re.sub(r"^\[.*\]", ENCODER_PREFIX, source), "v2")
        if isinstance(place, Dropped):
            dropped += 1
            assert target == "-"
            continue
        assert isinstance(place, Placed), source
        assert target in ("-", place.name)
        after = shape.split("->")[-1]  # of 1×1 convolutions that become linear layers
        assert str(shapes[place.part][place.name]) == after
        placed.setdefault(place.part, []).append((source, shapes[place.part][place.name], target))
    assert len(rows) == 1105 and dropped == 25
    assert {part: digest(found) for part, found in placed.items()} == DIGESTS


def test_v1_has_the_same_tensors_under_its_own_names_and_32_dead_ones() -> None:
    places = {name: destination(name, "v1") for name in full_size_names("v1")}
    dead = {name for name, place in places.items() if isinstance(place, Dropped)}
    assert len(dead) == 32 and all(re.search(r"transformer_blocks\.0\.norm2\.(weight|bias)$", name) for name in dead)
    v2 = {destination(name, "v2") for name in full_size_names("v2")}
    assert {place for name, place in places.items() if name not in dead} == v2


@pytest.mark.parametrize(
    "name",
    [
        "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.v_attn.to_q.weight",
        "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.norm2.weight",
        "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.add_attn.to_q.weight",
        "model.diffusion_model.input_blocks.1.0.in_layers.1.weight",
        "model.diffusion_model.input_blocks.1.2.in_layers.0.weight",
        "model.diffusion_model.middle_block.3.in_layers.0.weight",
        "model.diffusion_model.label_emb.0.weight",
        "model_ema.decay",
        "conditioner.embedders.0.model.ln_final.weight",
        "conditioner.embedders.2.model.encoder.surprise.weight",
        "first_stage_model.encoder.mid.attn_1.to_q.weight",
        "first_stage_model.loss.logvar",
        "betas",
    ],
)
def test_a_name_that_nothing_published_has_is_nowhere_at_home(name: str) -> None:
    assert destination(name, "v2") is None


def test_the_dialect_is_that_of_the_cross_attention() -> None:
    assert dialect_of(set(full_size_names("v1"))) == "v1" and dialect_of(set(full_size_names("v2"))) == "v2"
    assert dialect_of(set(full_size_names("v1") + full_size_names("v2"))) is None
    assert dialect_of({"model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_q.weight"}) is None
