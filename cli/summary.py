"""The last line of `respell edit`, wherever the edit was drawn."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol


class Drawing(Protocol):
    """A candidate, of the models' kind or of the contract's."""

    @property
    def kind(self) -> str: ...

    @property
    def ocr_text(self) -> str | None: ...

    @property
    def verified(self) -> bool: ...


def summary(text: str, best: Drawing, candidates: Sequence[Drawing], *, changed_outside_mask_px: int, out: Path) -> str:
    """One line for a person: what was written, how it reads, what else changed, where it is."""
    drawn = sum(candidate.kind == "model" for candidate in candidates)
    none_right = f"none of {drawn} drawn candidates reads right"
    parts = [text or "word removed"]
    if best.kind == "typeset":
        parts.append(f"{'typeset' if text else 'painted over'}, as {none_right}")
    if best.ocr_text is None:
        parts.append("not read back")
    elif best.verified:
        parts.append("read back right" if text else "nothing reads there now")
    else:
        which = "this reads" if best.kind == "typeset" else f"{none_right}, the best reads"
        parts.append(f"{which} {best.ocr_text!r}")
    count = changed_outside_mask_px
    parts.append(f"{count} pixel{'' if count == 1 else 's'} changed outside the mask")
    mark = "•" if best.ocr_text is None else "✓" if best.verified else "✗"
    return f"{mark} {', '.join(parts)} → {out}"
