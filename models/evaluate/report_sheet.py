"""Contact sheets: pictures side by side with what they say, for a person to look at. Knows Pillow; no figures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from models.evaluate.metrics import Image

_FONT = Path(__file__).parent.parent / "data" / "fonts" / "DejaVuSans.ttf"

_GROUND, _PANEL = (23, 24, 27), (34, 36, 41)
_BRIGHT, _MUTED = (232, 234, 239), (142, 148, 160)
_GREEN, _RED = (116, 204, 138), (242, 116, 106)
_TITLE_PX, _HEADER_PX, _CAPTION_PX = 24, 15, 14
_MARGIN, _GAP, _ROW_GAP, _BLOCK_GAP = 32, 14, 22, 44
_INDEX_WIDTH, _CAPTION_HEIGHT, _HEADER_HEIGHT = 40, 24, 30
_MAX_ENLARGEMENT = 4.0


@dataclass(frozen=True)
class Cell:
    """A picture, what is written under it, and whether that is right (None: nothing to be right or wrong).

    `note` stands at the right end of the caption.
    """

    picture: Image = field(repr=False)
    caption: str
    is_right: bool | None = None
    note: str = ""


@dataclass(frozen=True)
class Layout:
    """The size of a sheet's cells, (w, h) px of the picture, and how many rows stand beside each other."""

    cell_width: int
    cell_height: int
    abreast: int = 1


def draw_sheet(
    title: str, subtitle: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[Cell]]], layout: Layout
) -> PillowImage.Image:
    """Rows of (short label, one cell a column) under their headers.

    Raises ValueError for a row without exactly one cell a column.
    """
    if any(len(cells) != len(columns) for _, cells in rows):
        raise ValueError(f"every row needs {len(columns)} cells: {[len(cells) for _, cells in rows]}")
    abreast = min(layout.abreast, max(1, len(rows)))
    block_width = _INDEX_WIDTH + len(columns) * (layout.cell_width + _GAP) - _GAP
    row_height = layout.cell_height + _CAPTION_HEIGHT + _ROW_GAP
    top = _MARGIN + _TITLE_PX + 34
    width = 2 * _MARGIN + abreast * (block_width + _BLOCK_GAP) - _BLOCK_GAP
    height = top + _HEADER_HEIGHT + -(-len(rows) // abreast) * row_height + _MARGIN - _ROW_GAP
    sheet = PillowImage.new("RGB", (width, height), _GROUND)
    pen = ImageDraw.Draw(sheet)
    pen.text((_MARGIN, _MARGIN), _shortened(title, _TITLE_PX, width - 2 * _MARGIN), _BRIGHT, _font(_TITLE_PX))
    subtitle = _shortened(subtitle, _HEADER_PX, width - 2 * _MARGIN)
    pen.text((_MARGIN, _MARGIN + _TITLE_PX + 10), subtitle, _MUTED, _font(_HEADER_PX))
    for block in range(abreast):
        left = _MARGIN + block * (block_width + _BLOCK_GAP) + _INDEX_WIDTH
        for column, name in enumerate(columns):
            place = (left + column * (layout.cell_width + _GAP), top + _HEADER_HEIGHT - 10)
            pen.text(place, name, _MUTED, _font(_HEADER_PX), anchor="ls")
    for index, (label, cells) in enumerate(rows):
        left = _MARGIN + index % abreast * (block_width + _BLOCK_GAP) + _INDEX_WIDTH
        y = top + _HEADER_HEIGHT + index // abreast * row_height
        pen.text((left - 12, y + layout.cell_height / 2), label, _MUTED, _font(_CAPTION_PX), anchor="rm")
        for column, cell in enumerate(cells):
            _draw_cell(sheet, cell, (left + column * (layout.cell_width + _GAP), y), layout)
    return sheet


def _draw_cell(sheet: PillowImage.Image, cell: Cell, corner: tuple[int, int], layout: Layout) -> None:
    """The picture as large as it fits, in the middle of its panel; the caption below."""
    x, y = corner
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((x, y, x + layout.cell_width - 1, y + layout.cell_height - 1), _PANEL)
    height, width = cell.picture.shape[:2]
    scale = min(layout.cell_width / width, layout.cell_height / height, _MAX_ENLARGEMENT)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    picture = PillowImage.fromarray(cell.picture).resize(size, PillowImage.Resampling.BICUBIC)
    sheet.paste(picture, (x + (layout.cell_width - size[0]) // 2, y + (layout.cell_height - size[1]) // 2))
    baseline, right = y + layout.cell_height + 18, x + layout.cell_width
    if cell.note:
        pen.text((right, baseline), cell.note, _MUTED, _font(_CAPTION_PX), anchor="rs")
        right -= round(_font(_CAPTION_PX).getlength(cell.note)) + 10
    if cell.is_right is not None:
        sign, colour = ("✓", _GREEN) if cell.is_right else ("✗", _RED)
        pen.text((x, baseline), sign, colour, _font(_CAPTION_PX), anchor="ls")
        x += 20
    # An empty reading is a finding, not a missing caption.
    caption, colour = (cell.caption, _BRIGHT) if cell.caption else ("(nothing)", _MUTED)
    pen.text((x, baseline), _shortened(caption, _CAPTION_PX, right - x), colour, _font(_CAPTION_PX), anchor="ls")


def _shortened(text: str, size_px: int, width_px: float) -> str:
    """The text, or as much of its beginning as fits, then an ellipsis."""
    font = _font(size_px)
    if font.getlength(text) <= width_px:
        return text
    while text and font.getlength(text + "…") > width_px:
        text = text[:-1]
    return text + "…"


@cache
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONT), size_px)
