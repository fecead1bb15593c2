"""What `respell edit` was asked for, whether it is drawn here or by a service."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cli.place import Place


@dataclass(frozen=True)
class AskedEdit:
    """The command's options, checked; None leaves a choice to the model."""

    photo: Path
    place: Place
    text: str
    out: Path
    candidates: int
    seed: int
    steps: int | None
    guidance: float | None
    search_candidates: int | None
    refine: bool | None
    feather: float | None
    verify: bool
    fallback: Literal["typeset", "none"]
    maps: Path | None
    report: Path | None
