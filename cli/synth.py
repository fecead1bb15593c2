"""`respell synth`: synthetic pairs as WebDataset shards, for whoever trains a model of their own."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.checks import check_folder


class Split(StrEnum):
    """Which fonts and photographs scenes are made of."""

    TRAIN = "train"
    HELD_OUT = "held_out"


def synth(
    count: Annotated[int, typer.Option(min=1, help="How many pairs.")],
    out: Annotated[Path, typer.Option(help="The folder for the shards.")],
    split: Annotated[Split, typer.Option(help="Fonts and photographs for training, or those held out.")] = Split.TRAIN,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same pairs.")] = 0,
    assets: Annotated[Path, typer.Option(help="The folder that `respell assets` made.")] = Path("assets"),
) -> None:
    """Write pairs: one scene with two words, masks, quads, and which pixel belongs to which character."""
    check_folder(out, "--out")
    from models.data import assets as asset_store
    from models.data.scenes import SceneSampler
    from models.data.shards import write_shards

    sampler = SceneSampler(asset_store.load(assets, split.value))
    write_shards(sampler, out, count=count, seed=seed)
    typer.echo(f"{count} pairs of {split.value} → {out}")
