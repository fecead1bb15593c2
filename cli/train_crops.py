"""`respell train label-encoder`, `crop-autoencoder`, `crops`: UDiffText's training by steps, on one process or many."""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.run_options import RunOptions, with_run_options
from cli.training_data import TrainingData, open_series
from worker.errors import BadOutputError

if TYPE_CHECKING:
    from models.config import CropModelConfig
    from models.train.crop_starts import Start

FINISHED = "model"  # the folder in a run's own for what has been trained


class Size(StrEnum):
    """Of models that are trained from nothing."""

    TINY = "tiny"
    PUBLISHED = "published"


class Trained(StrEnum):
    """What of the U-Net is trained: its cross-attention, that and the norm before it, or all."""

    ATTENTION = "attention"
    ATTENTION_AND_NORM = "attention-and-norm"
    UNET = "unet"


class AttentionForm(StrEnum):
    """The local attention loss: ours or the published one."""

    LOCAL = "local"
    PEAK = "peak"


SizeOption = Annotated[Size, typer.Option(help="Of a model that begins with nothing.")]
DatasetOption = Annotated[
    TrainingData, typer.Option(help="What is trained with; generator: pictures drawn from --assets.")
]
DataOption = Annotated[Path | None, typer.Option(help="The data set's folder, laid out as published, or of shards.")]


@with_run_options
def label_encoder(
    *,
    size: SizeOption = Size.PUBLISHED,
    positions: Annotated[bool, typer.Option(help="Also learn where each character stands, as published.")] = True,
    vitstr: Annotated[
        Path | None, typer.Option(help="vitstr_base_patch16_224.pth: what sees the pictures, instead of our reader.")
    ] = None,
    options: RunOptions,
) -> None:
    """The character encoder of models on crops: what texts look like. Comes before `crops`."""
    from models.checkpoints.label_store import save_label_encoder
    from models.checkpoints.readers import load_vitstr
    from models.data import assets as asset_store
    from models.nets.recogniser import Recogniser
    from models.train.crop_sizes import TINY, TINY_LABELS
    from models.train.label_encoder import LabelLosses, LabelRun, train_label_encoder
    from models.train.picture_encoders import RecogniserTokens, VitstrTokens

    run = LabelRun(losses=LabelLosses(positions=0.1 if positions else 0.0))
    if size is Size.TINY:
        run = replace(run, encoder=TINY.char_encoder, steps=TINY_LABELS)
    run = replace(run, steps=options.steps_config(run.steps))
    fonts = asset_store.load(options.assets, "train")
    accelerator = options.accelerator(run.steps)
    seen_by = RecogniserTokens(Recogniser.load()) if vitstr is None else VitstrTokens(load_vitstr(vitstr))
    trained = train_label_encoder(
        run,
        options.folder,
        assets=fonts,
        picture_encoder=seen_by.to(accelerator.device),
        accelerator=accelerator,
        num_workers=options.num_workers,
        max_minutes=options.max_minutes,
    )
    if accelerator.is_main_process:
        save_label_encoder(trained, options.folder / FINISHED)
        typer.echo(f"character encoder → {options.folder / FINISHED}")


@with_run_options
def crop_autoencoder(
    *,
    size: SizeOption = Size.TINY,
    dataset: DatasetOption = TrainingData.GENERATOR,
    data: DataOption = None,
    options: RunOptions,
) -> None:
    """The autoencoder of models on crops that begin with nothing; others have Stable Diffusion's."""
    from models.train.crop_autoencoder import CropAutoencoderRun, train_crop_autoencoder
    from models.train.crop_sizes import AUTOENCODER_STEPS

    config = _config(size)
    run = CropAutoencoderRun(options.steps_config(AUTOENCODER_STEPS), config.autoencoder)
    series = open_series(dataset, data, config, assets=options.assets, seed=options.seed)
    accelerator = options.accelerator(run.steps)
    trained = train_crop_autoencoder(
        run,
        options.folder,
        series=series,
        max_chars=config.char_encoder.max_chars,
        accelerator=accelerator,
        num_workers=options.num_workers,
        max_minutes=options.max_minutes,
    )
    if accelerator.is_main_process:
        trained.save_pretrained(options.folder / FINISHED / "vae")
        typer.echo(f"autoencoder → {options.folder / FINISHED}")


@with_run_options
def crops(
    *,
    start: Annotated[
        Path | None,
        typer.Option("--from", help="Begin with this model folder, or Stable Diffusion's for inpainting."),
    ] = None,
    size: SizeOption = Size.PUBLISHED,
    encoder: Annotated[Path | None, typer.Option(help="A trained character encoder, or a model that has one.")] = None,
    autoencoder: Annotated[
        Path | None, typer.Option(help="A folder with a trained autoencoder, where the model begins with nothing.")
    ] = None,
    trained: Annotated[Trained | None, typer.Option(help="What is trained; from nothing all of the U-Net.")] = None,
    attention: Annotated[AttentionForm, typer.Option(help="Which local attention loss.")] = AttentionForm.LOCAL,
    dataset: DatasetOption = TrainingData.GENERATOR,
    data: DataOption = None,
    parseq: Annotated[
        Path | None, typer.Option(help="parseq-bb5792a6.pt: what judges the spelling, instead of our reader.")
    ] = None,
    options: RunOptions,
) -> None:
    """The U-Net of models on crops. Leaves a folder `model` that `respell edit --model` takes."""
    from models.checkpoints.readers import load_parseq
    from models.train.crop_sizes import TINY_CROPS
    from models.train.crop_starts import save_start
    from models.train.crops import CropLosses, CropRun, train_crops
    from models.train.spelling import CtcJudge, ParseqJudge

    judge = CtcJudge.load() if parseq is None else ParseqJudge(load_parseq(parseq))
    begun = _begin(start, size, encoder, autoencoder, options)
    which = trained or (Trained.UNET if start is None else Trained.ATTENTION_AND_NORM)
    run = CropRun(CropLosses(attention_form=attention.value), which.value)
    if start is None and size is Size.TINY:
        run = replace(run, steps=TINY_CROPS)
    run = replace(run, steps=options.steps_config(run.steps))
    series = open_series(dataset, data, begun.config, assets=options.assets, seed=options.seed)
    accelerator = options.accelerator(run.steps)
    trainer = train_crops(
        run,
        begun,
        options.folder,
        series=series,
        judge=judge,
        accelerator=accelerator,
        num_workers=options.num_workers,
        max_minutes=options.max_minutes,
    )
    if accelerator.is_main_process:
        with trainer.averaged():
            save_start(begun, options.folder / FINISHED, name=options.folder.name)
        typer.echo(f"model → {options.folder / FINISHED}")


def _begin(
    start: Path | None, size: Size, encoder: Path | None, autoencoder: Path | None, options: RunOptions
) -> "Start":
    from models.checkpoints.label_store import load_label_encoder
    from models.train.crop_starts import load_autoencoder, start_from_folder, start_from_nothing

    spelling = None if encoder is None else load_label_encoder(encoder)
    if start is not None:
        if autoencoder is not None:
            raise BadOutputError("--autoencoder is for models that begin with nothing: --from has one of its own")
        return start_from_folder(start, seed=options.seed, encoder=spelling)
    if spelling is None or autoencoder is None:
        raise BadOutputError("give --from, or, to begin with nothing, --encoder and --autoencoder")
    return start_from_nothing(
        _config(size), seed=options.seed, encoder=spelling, autoencoder=load_autoencoder(autoencoder)
    )


def _config(size: Size) -> "CropModelConfig":
    from models.config import CropModelConfig
    from models.train.crop_sizes import TINY

    return TINY if size is Size.TINY else CropModelConfig()
