"""`respell train`: the stages of the built-in model. Every run stops on time and can be gone on with."""

import logging
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.checks import check_device
from worker.errors import BadOutputError

if TYPE_CHECKING:
    from models.nets.autoencoder import Autoencoder
    from models.train.loop import LoopConfig

FINISHED = "final"  # the stem of the finished autoencoder's files
PROGRESS = "progress.json"  # stands in every folder that holds a run

train_app = typer.Typer(
    help="Train the built-in model on synthetic pairs (autoencoder, faces, char-encoder, inpainting), or one on crops "
    "(label-encoder, crops; crop-autoencoder where it begins with nothing)."
)

MaxMinutes = Annotated[float, typer.Option(min=0.01, help="Stop after this time.")]
ScheduleMinutes = Annotated[
    float | None,
    typer.Option(min=0.01, help="How long all runs together take, for the learning rate; --max-minutes by default."),
]
Out = Annotated[Path | None, typer.Option(help="The folder for a new run.")]
Resume = Annotated[Path | None, typer.Option(help="The folder of a run to go on with.")]
Assets = Annotated[Path, typer.Option(help="The folder that `respell assets` made.")]
Device = Annotated[str, typer.Option(help="Where torch computes: cpu, cuda, mps.")]
Seed = Annotated[int, typer.Option(min=0, help="Of the weights, the noise and the pairs.")]


@train_app.command("autoencoder")
def autoencoder(
    max_minutes: MaxMinutes,
    out: Out = None,
    resume: Resume = None,
    schedule_minutes: ScheduleMinutes = None,
    assets: Assets = Path("assets"),
    device: Device = "cpu",
    seed: Seed = 0,
) -> None:
    """Stage 1: strips to latents and back."""
    folder = run_folder(out, resume, default=Path("runs/autoencoder"))
    check_device(device)
    from models.checkpoints.shards import save_shards
    from models.config import AutoencoderConfig
    from models.data import assets as asset_store
    from models.train.autoencoder import LR, train_autoencoder

    asset_store.load(assets, "train")
    loop = _loop(max_minutes, schedule_minutes, lr=LR, seed=seed)
    trained = train_autoencoder(AutoencoderConfig(), loop, folder, assets=assets, device=device)
    save_shards(trained.state_dict(), folder, FINISHED)
    typer.echo(f"autoencoder → {folder}")


@train_app.command("char-encoder")
def char_encoder(
    max_minutes: MaxMinutes,
    out: Out = None,
    resume: Resume = None,
    schedule_minutes: ScheduleMinutes = None,
    assets: Assets = Path("assets"),
    device: Device = "cpu",
    seed: Seed = 0,
) -> None:
    """Stage 2, optional: what texts look like, before drawing them is learnt."""
    folder = run_folder(out, resume, default=Path("runs/char-encoder"))
    check_device(device)
    from models.checkpoints.shards import save_shards
    from models.config import CharEncoderConfig
    from models.data import assets as asset_store
    from models.train.char_encoder import LR, train_char_encoder

    loop = _loop(max_minutes, schedule_minutes, lr=LR, seed=seed)
    fonts = asset_store.load(assets, "train")
    trained = train_char_encoder(CharEncoderConfig(), loop, folder, assets=fonts, device=device)
    save_shards(trained.state_dict(), folder, FINISHED)
    typer.echo(f"character encoder → {folder}")


@train_app.command("inpainting")
def inpainting(
    max_minutes: MaxMinutes,
    out: Out = None,
    resume: Resume = None,
    autoencoder: Annotated[Path, typer.Option(help="The folder of the finished first stage.")] = Path(
        "runs/autoencoder"
    ),
    char_encoder: Annotated[Path | None, typer.Option(help="Start from this finished second stage.")] = None,
    faces: Annotated[Path, typer.Option(help="The folder of the finished matcher of faces.")] = Path("runs/faces"),
    schedule_minutes: ScheduleMinutes = None,
    assets: Assets = Path("assets"),
    device: Device = "cpu",
    seed: Seed = 0,
) -> None:
    """Stage 3: drawing the new word. Leaves a folder `model` that `respell edit --model` takes."""
    folder = run_folder(out, resume, default=Path("runs/inpainting"))
    check_device(device)
    from models.checkpoints.shards import load_shards
    from models.checkpoints.store import Model, load_face_matcher, save_model
    from models.config import ModelConfig, SamplerConfig
    from models.data import assets as asset_store
    from models.train.inpainting import LR, train_inpainting

    asset_store.load(assets, "train")
    loop = _loop(max_minutes, schedule_minutes, lr=LR, seed=seed)
    matcher = load_face_matcher(faces)
    config, sampler = ModelConfig(face_matcher=matcher.config), SamplerConfig()
    first_stage = _load_autoencoder(autoencoder, device)
    net = train_inpainting(
        config,
        first_stage,
        loop,
        folder,
        assets=assets,
        device=device,
        sigma_max=sampler.sigma_max,
        char_encoder=None if char_encoder is None else load_shards(char_encoder, FINISHED),
    )
    save_model(Model(folder.name, config, sampler, first_stage, net, matcher), folder / "model")
    typer.echo(f"model → {folder / 'model'}")


@train_app.command("faces")
def faces(
    max_minutes: MaxMinutes,
    out: Out = None,
    resume: Resume = None,
    schedule_minutes: ScheduleMinutes = None,
    assets: Assets = Path("assets"),
    device: Device = "cpu",
    seed: Seed = 0,
) -> None:
    """Which font a word is set in. Needs none of the other stages; the last one puts them together."""
    folder = run_folder(out, resume, default=Path("runs/faces"))
    check_device(device)
    from models.checkpoints.store import save_face_matcher
    from models.data import assets as asset_store
    from models.train.faces import LR, train_faces

    loop = _loop(max_minutes, schedule_minutes, lr=LR, seed=seed)
    trained = train_faces(loop, folder, assets=asset_store.load(assets, "train"), device=device)
    save_face_matcher(trained, folder)
    typer.echo(f"faces → {folder}")


def run_folder(out: Path | None, resume: Path | None, *, default: Path) -> Path:
    """The folder of the run. Raises BadOutputError for a new run where one is, and for going on where none is."""
    if out is not None and resume is not None:
        raise BadOutputError("--out is for a new run, --resume for one to go on with: give one of them")
    if resume is not None:
        if not (resume / PROGRESS).is_file():
            raise BadOutputError(f"no run to go on with in {resume}: {PROGRESS} is missing")
        return resume
    folder = out or default
    if (folder / PROGRESS).is_file():
        raise BadOutputError(f"{folder} holds a run: go on with --resume {folder}, or name another --out")
    if folder.is_file():
        raise BadOutputError(f"--out {folder} is a file, a folder is needed")
    return folder


def _loop(max_minutes: float, schedule_minutes: float | None, *, lr: float, seed: int) -> "LoopConfig":
    from models.train.loop import LoopConfig

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # both end the run with everything saved,
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell's "&" had them ignored
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    return LoopConfig(max_minutes=max_minutes, schedule_minutes=schedule_minutes or max_minutes, lr=lr, seed=seed)


def _load_autoencoder(folder: Path, device: str) -> "Autoencoder":
    from models.checkpoints.shards import load_shards
    from models.config import AutoencoderConfig
    from models.nets.autoencoder import Autoencoder

    autoencoder = Autoencoder(AutoencoderConfig())
    autoencoder.load_state_dict(load_shards(folder, FINISHED))
    return autoencoder.to(device)
