"""What `respell edit` and `respell generate` were asked for, whether it is drawn here or by a service."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cli.place import Place
from models.errors import NoPlaceError


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
    redraw: int
    verify: bool
    fallback: Literal["typeset", "none"]
    maps: Path | None
    report: Path | None


@dataclass(frozen=True)
class AskedGeneration:
    """The command's options, checked; None leaves a choice to the image model. `box_px` is (x, y, w, h)."""

    prompt: str
    texts: list[str]
    box_px: tuple[float, ...] | None
    size_hw: tuple[int, int] | None
    out: Path
    steps: int | None
    guidance: float | None
    seed: int
    candidates: int
    report: Path | None

    @property
    def plain(self) -> Path:
        """Where the picture without the texts is kept, if there is no place for them."""
        return self.out.with_stem(f"{self.out.stem}.plain")

    def without_place(self, reason: str) -> NoPlaceError:
        """The refusal, once that picture is kept."""
        return NoPlaceError(f"{reason}; it is kept as {self.plain}: say where to write by --box x,y,w,h")
