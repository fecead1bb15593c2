"""The command in this process, and a photo with two words."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from cli.main import run

WORD_QUAD = "40,40 200,40 200,90 40,90"  # around EXIT in `photo`


@dataclass(frozen=True)
class Finished:
    """How a command ended: exit status, stdout, stderr."""

    status: int
    out: str
    err: str


Respell = Callable[..., Finished]


@pytest.fixture
def respell(capsys: pytest.CaptureFixture[str]) -> Respell:
    """`respell("detect", path)` runs that command line."""

    def run_command(*arguments: object) -> Finished:
        status = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Finished(status, captured.out, captured.err)

    return run_command


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """320 × 200, EXIT in a place of its own and PLAZA below it, on a graded ground with some noise."""
    rng = np.random.default_rng(0)
    ground = np.linspace(190, 235, 320)[None, :, None] + rng.normal(0, 2, (200, 320, 3))
    image = Image.fromarray(ground.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for text, place in (("EXIT", (52, 38)), ("PLAZA", (52, 120))):
        draw.text(place, text, fill=(30, 40, 90), font=ImageFont.load_default(48))
    path = tmp_path / "photo.png"
    image.save(path)
    return path


def files_under(folder: Path) -> dict[Path, bytes]:
    """Every file with its content, to see that a refusal left all as it was."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
