"""Which pictures stand beside each other on a report's contact sheets. Draws with `report_sheet`, writes PNG files."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from models.data.scenes import Pair
from models.evaluate.metrics import Image, reads_right
from models.evaluate.outcomes import Outcome
from models.evaluate.protocols_neighbours import NeighbourItem
from models.evaluate.protocols_photos import PhotoOutcome
from models.evaluate.protocols_reading import MAIN_READER
from models.evaluate.report_sheet import Cell, Layout, draw_sheet
from models.regions.quad import Quad
from models.regions.strip import rectify, strip_frame

ROWS_PER_SHEET = 20

_PAIR_COLUMNS = {
    "old_word": "old word",
    "target": "true new word",
    "single": "single shot",
    "best_of_4": "best of 4",
    "typeset": "draft alone",
    "paste": "plain paste",
}
_NEIGHBOUR_COLUMNS = {
    "target": "truth",
    "best_of_4": "ours, best of 4",
    "typeset": "draft alone",
    "paste": "plain paste",
}


def write_pair_sheets(out: Path, model: str, pairs: Sequence[Pair], methods: Mapping[str, Sequence[Outcome]]) -> None:
    """`pairs-01.png` and on."""
    pages = range(0, len(pairs), ROWS_PER_SHEET)
    for page, first in enumerate(pages, start=1):
        indices = range(first, min(first + ROWS_PER_SHEET, len(pairs)))
        rows = [
            (str(index + 1), [_pair_cell(name, pairs[index], methods[name][index]) for name in _PAIR_COLUMNS])
            for index in indices
        ]
        subtitle = f"sheet {page} of {len(pages)} · under each picture what RapidOCR reads, and SSIM to the true word"
        sheet = draw_sheet(f"{model}: synthetic pairs", subtitle, [*_PAIR_COLUMNS.values()], rows, Layout(330, 72))
        sheet.save(out / f"pairs-{page:02}.png")


def write_photo_sheet(out: Path, model: str, outcomes: Sequence[PhotoOutcome]) -> None:
    """`photos.png`."""
    rows = []
    for index, outcome in enumerate(outcomes, start=1):
        item, text = outcome.item, outcome.texts[MAIN_READER]
        said = f"refused: {outcome.drawn.refused}" if outcome.drawn.refused else text
        before = Cell(_surroundings(item.image, item.quad_px), item.text)
        edited = _surroundings(outcome.drawn.picture, item.quad_px)
        is_right = reads_right(item.new_text, text)
        wanted = "" if is_right else f"wanted {item.new_text}"
        rows.append((str(index), [before, Cell(edited, said, is_right, wanted)]))
    subtitle = "best of 4 · under each new picture what RapidOCR reads there"
    sheet = draw_sheet(f"{model}: real photos", subtitle, ["before", "after"], rows, Layout(460, 190, abreast=2))
    sheet.save(out / "photos.png")


def write_neighbour_sheet(
    out: Path, model: str, items: Sequence[NeighbourItem], methods: Mapping[str, Sequence[Outcome]]
) -> None:
    """`neighbours.png`: the neighbour, then the truth and what was drawn without seeing it, as strips of 64 px."""
    rows = []
    for index, item in enumerate(items):
        cells = [Cell(rectify(item.hidden, strip_frame(item.style_quad_px)), item.neighbour)]
        for name in _NEIGHBOUR_COLUMNS:
            outcome = methods[name][index]
            text = outcome.texts[MAIN_READER]
            note = item.photo.split(".")[0] if name == "target" else f"{outcome.ssim:.2f}  {outcome.psnr_db:.1f} dB"
            cells.append(Cell(outcome.strip, text, reads_right(item.text, text), note))
        rows.append((str(index + 1), cells))
    columns = ["the neighbour", *_NEIGHBOUR_COLUMNS.values()]
    subtitle = (
        "a word of a real sign hidden and drawn again in its neighbour's style · what RapidOCR reads, SSIM and PSNR"
    )
    draw_sheet(f"{model}: neighbours", subtitle, columns, rows, Layout(400, 84)).save(out / "neighbours.png")


def _pair_cell(method: str, pair: Pair, outcome: Outcome) -> Cell:
    if method == "old_word":
        return Cell(outcome.strip, pair.source_text)
    text = outcome.texts[MAIN_READER]
    is_right = reads_right(pair.target_text, text)
    note = f"{outcome.ssim:.2f}"
    if method == "target":
        note = "" if is_right else f"is {pair.target_text}"
    return Cell(outcome.strip, text, is_right, note)


def _surroundings(image: Image, quad: Quad) -> Image:
    """The photo around a quad, with three quarters of the text's height on every side."""
    (left, top), (right, bottom) = quad.min(axis=0), quad.max(axis=0)
    room = 0.75 * float(np.linalg.norm(quad[3] - quad[0]))
    x0, y0 = max(0, round(left - room)), max(0, round(top - room))
    return np.ascontiguousarray(image[y0 : round(bottom + room), x0 : round(right + room)])
