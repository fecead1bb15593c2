"""The contact sheet of the published protocol: each word's crop, its reconstruction, its edit, and what is read."""

from collections.abc import Sequence
from pathlib import Path

from models.evaluate.metrics import Image
from models.evaluate.published.figures import reads_exactly
from models.evaluate.published.protocol import TASKS, Judged
from models.evaluate.report_sheet import Cell, Layout, draw_sheet

MAX_ROWS = 16


def write_sheet(out: Path, model: str, dataset: str, reader: str, judged: Sequence[Judged]) -> None:
    """`words.png`."""
    rows = [(str(number), _cells(one)) for number, one in enumerate(judged, start=1)]
    sheet = draw_sheet(
        f"{model} on {dataset}",
        f"first seed · under each picture what {reader} reads in the word's box",
        ["original", "reconstruction", "edit"],
        rows,
        Layout(256, 256, abreast=2),
    )
    sheet.save(out / "words.png")


def _cells(one: Judged) -> list[Cell]:
    result = one.result
    cells = [_cell(one.sample.image, result.text, result.untouched, note="is")]
    for task in TASKS:
        first = result.of(task)[0]
        said = f"refused: {first.refused}" if first.refused else first.reading
        cells.append(_cell(one.pictures[task], first.wanted, said, note="wanted"))
    return cells


def _cell(picture: Image, wanted: str, said: str, *, note: str) -> Cell:
    is_right = reads_exactly(wanted, said)
    return Cell(picture, said, is_right, "" if is_right else f"{note} {wanted}")
