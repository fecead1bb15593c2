"""A run's checkpoints: everything that going on needs, in safetensors and JSON. Whoever is killed here leaves the last
one whole.

checkpoints/step-00001000/
    state.json               step, minutes, and the run's whole configuration
    weights.safetensors      what is trained; what is frozen comes from where the run started
    averages.safetensors     its exponential moving average
    moments.safetensors      AdamW's
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

FOLDER = "checkpoints"
_UNFINISHED = ".unfinished"
_KEPT = 2  # the newest, and the one before
_PARTS = ("weights", "averages", "moments")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """`weights`, `averages`: by the parameter's name; `moments`: "name.exp_avg", "name.exp_avg_sq".

    Of random numbers there is nothing here: those of a step come from the seed and the step.
    """

    step: int
    minutes: float
    config: Mapping[str, Any]
    weights: Mapping[str, Tensor]
    averages: Mapping[str, Tensor]
    moments: Mapping[str, Tensor]


def save_checkpoint(run: Path, checkpoint: Checkpoint) -> Path:
    """Write it beside and rename it; then remove those older than the one before."""
    folder = run / FOLDER / f"step-{checkpoint.step:08d}"
    unfinished = folder.with_name(folder.name + _UNFINISHED)
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for part in _PARTS:
        tensors = {name: t.detach().cpu().contiguous() for name, t in getattr(checkpoint, part).items()}
        save_file(tensors, unfinished / f"{part}.safetensors")
    state = {"step": checkpoint.step, "minutes": checkpoint.minutes, "config": checkpoint.config}
    (unfinished / "state.json").write_text(json.dumps(state, indent=1) + "\n")
    if folder.exists():  # the run was stopped and gone on with without a step between
        shutil.rmtree(folder)
    unfinished.rename(folder)
    for old in _finished(run)[:-_KEPT]:
        shutil.rmtree(old)
    return folder


def latest_checkpoint(run: Path) -> Path | None:
    """The newest finished one."""
    finished = _finished(run)
    return finished[-1] if finished else None


def load_checkpoint(folder: Path) -> Checkpoint:
    """Raises OSError or SafetensorError for one that isn't whole."""
    state = json.loads((folder / "state.json").read_text())
    tensors = {part: load_file(folder / f"{part}.safetensors") for part in _PARTS}
    return Checkpoint(state["step"], state["minutes"], state["config"], **tensors)


def saved_config(run: Path) -> dict[str, Any] | None:
    """The configuration in the newest checkpoint."""
    folder = latest_checkpoint(run)
    if folder is None:
        return None
    config: dict[str, Any] = json.loads((folder / "state.json").read_text())["config"]
    return config


def _finished(run: Path) -> list[Path]:
    return sorted(path for path in (run / FOLDER).glob("step-*") if path.suffix != _UNFINISHED)
