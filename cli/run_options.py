"""The options that all training by steps shares, said once; and what a run was begun with, for going on with it."""

import inspect
import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer
from pydantic import TypeAdapter

from worker.errors import BadOutputError

if TYPE_CHECKING:
    from accelerate import Accelerator

    from models.train.steps import StepsConfig

RUN_NAME = "run.json"
_CHECKPOINTS = "checkpoints"  # stands in a folder where a run has saved something
_IS_MAIN = os.environ.get("RANK", "0") == "0"  # of the processes that a launcher started
_CHANGEABLE = {"steps", "max_minutes", "num_workers", "cpu", "assets"}  # when a run is gone on with


@dataclass(frozen=True)
class RunOptions:
    """One run by steps. None: as published, or what fits the size."""

    out: Annotated[Path | None, typer.Option(help="The folder for a new run.")] = None
    resume: Annotated[Path | None, typer.Option(help="The folder of a run to go on with; its options hold.")] = None
    steps: Annotated[int | None, typer.Option(min=1, help="How many steps in all; as published by default.")] = None
    max_minutes: Annotated[
        float | None, typer.Option(min=0.01, help="Stop earlier, after this time, with everything saved.")
    ] = None
    batch_size: Annotated[int | None, typer.Option(min=1, help="Samples a process and a forward pass.")] = None
    accumulate: Annotated[int | None, typer.Option(min=1, help="Forward passes a step.")] = None
    lr: Annotated[float | None, typer.Option(min=0.0, help="The learning rate.")] = None
    mixed_precision: Annotated[str | None, typer.Option(help="no or bf16: what the networks compute in.")] = None
    log_every: Annotated[int, typer.Option(min=1, help="Steps that a figure in the log is the mean of.")] = 50
    save_every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")] = 1000
    pictures_every: Annotated[int, typer.Option(min=1, help="Steps between pictures of samples.")] = 1000
    num_workers: Annotated[int, typer.Option(min=0, help="Processes that draw samples, for each that trains.")] = 2
    cpu: Annotated[bool, typer.Option(help="Train on the CPU even where there is a GPU.")] = False
    assets: Annotated[Path, typer.Option(help="The folder that `respell assets` made.")] = Path("assets")
    seed: Annotated[int, typer.Option(min=0, help="Of the weights, the noise and the samples.")] = 0

    @property
    def folder(self) -> Path:
        assert self.out is not None, "filled in by with_run_options"
        return self.out

    def steps_config(self, defaults: "StepsConfig") -> "StepsConfig":
        """`defaults` with what was said on the command line. Raises typer.BadParameter for what isn't allowed."""
        names = ("steps", "batch_size", "accumulate", "lr", "mixed_precision")
        said = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        intervals = {name: getattr(self, name) for name in ("log_every", "save_every", "pictures_every", "seed")}
        try:
            return replace(defaults, **said, **intervals)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    def accelerator(self, steps: "StepsConfig") -> "Accelerator":
        """On whatever `accelerate launch` or this machine offers."""
        from accelerate import Accelerator
        from accelerate.utils import DistributedDataParallelKwargs

        unchanging = DistributedDataParallelKwargs(broadcast_buffers=False)  # buffers here are frozen nets' weights
        return Accelerator(cpu=self.cpu, mixed_precision=steps.mixed_precision, kwargs_handlers=[unchanging])


def with_run_options(command: Callable[..., None]) -> Callable[..., None]:
    """`command(…, options: RunOptions)` as a command that has all of RunOptions' options beside its own."""
    hints = get_type_hints(command, include_extras=True) | get_type_hints(RunOptions, include_extras=True)
    del hints["options"], hints["return"]
    shared = {f.name: f.default for f in fields(RunOptions)}
    own = {n: p.default for n, p in inspect.signature(command).parameters.items() if n != "options"}
    kind = command.__name__.replace("_", "-")
    adapters: dict[str, TypeAdapter[Any]] = {name: TypeAdapter(hint.__origin__) for name, hint in hints.items()}

    @wraps(command)
    def run(ctx: typer.Context, **values: Any) -> None:
        given = {name for name in values if _was_given(ctx, name)}
        folder: Path | None = values["resume"]
        if folder is not None:
            if refused := sorted(given - _CHANGEABLE - {"resume"}):
                names = ", ".join(f"--{name.replace('_', '-')}" for name in refused)
                raise BadOutputError(f"--resume goes on with the run's own options: leave out {names}")
            saved = {name: adapters[name].validate_python(value) for name, value in _saved(folder, kind).items()}
            values = saved | {name: values[name] for name in given}
        else:
            folder = values["out"] or Path("runs") / kind
            if _IS_MAIN:
                _check_new(folder)
        values |= {"out": folder, "resume": None}
        if _IS_MAIN:
            folder.mkdir(parents=True, exist_ok=True)
            dumped = {name: adapters[name].dump_python(value, mode="json") for name, value in values.items()}
            (folder / RUN_NAME).write_text(json.dumps({"command": kind, "options": dumped}, indent=1) + "\n")
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
        options = RunOptions(**{name: values.pop(name) for name in shared})
        command(**values, options=options)

    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints[name])
        for name, default in {**own, **shared}.items()
    ]
    context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    run.__signature__ = inspect.Signature([context, *parameters])  # type: ignore[attr-defined]
    run.__annotations__ = {"ctx": typer.Context, **hints}
    return run


def _was_given(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


def _saved(folder: Path, command: str) -> dict[str, Any]:
    path = folder / RUN_NAME
    if not path.is_file():
        raise BadOutputError(f"no run to go on with in {folder}: {RUN_NAME} is missing")
    saved = json.loads(path.read_text())
    if saved["command"] != command:
        raise BadOutputError(f"{folder} holds a run of {saved['command']}, not of {command}")
    options: dict[str, Any] = saved["options"]
    return options


def _check_new(folder: Path) -> None:
    if (folder / _CHECKPOINTS).is_dir():
        raise BadOutputError(f"{folder} holds a run: go on with --resume {folder}, or name another --out")
    if folder.is_file():
        raise BadOutputError(f"--out {folder} is a file, a folder is needed")
