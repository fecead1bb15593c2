"""The fonts, photographs and words that synthetic scenes are made of: collected once into a compact folder, then read.

Knows where Debian's packages (`packages.txt`) put their files; knows nothing of scenes. A family and its relatives
("Noto Sans", "Noto Serif") are either for training or held out, never both; so are photographs.
"""

import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.charset import PRINTABLE
from models.data.glyphs import FONT_FOLDER

logger = logging.getLogger(__name__)

FONT_ROOT = Path("/usr/share/fonts")
PHOTO_ROOTS = (Path("/usr/share/wallpapers"), Path("/usr/share/backgrounds"))
WORD_LIST = Path("/usr/share/dict/words")
# Families whose letters no reader can tell, or that are no text faces.
EXCLUDED_FAMILIES = (
    "Standard Symbols PS",
    "D050000L",
    "StayPuft",
    "Summersby",
    "unifur",
    "Museum",
    "Junkyard",
    "Isabella",
)
MAX_STYLES_PER_FAMILY = 6
PHOTO_LONG_SIDE_PX = 900
HELD_OUT_SHARE = 0.13

Split = Literal["train", "held_out"]


@dataclass(frozen=True)
class Assets:
    """One split of the collected folder: font files by family, photographs, words."""

    fonts: dict[str, list[Path]]
    photos: list[Path]
    words: list[str]


def split_of(name: str) -> Split:
    """Which split a name belongs to, by a hash of its first word, so that relatives stay together."""
    first_word = name.lower().split()[0]
    share = int(hashlib.sha256(first_word.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    return "held_out" if share < HELD_OUT_SHARE else "train"


def collect(out: Path) -> dict[str, int]:
    """Copy every usable font (subset to the charset), photograph (shrunk) and word into `out`; returns counts."""
    out.mkdir(parents=True, exist_ok=True)
    families = _collect_fonts(out / "fonts")
    photos = _collect_photos(out / "photos")
    words = sorted({w for w in WORD_LIST.read_text().split() if w.isascii() and w.isalpha() and 1 < len(w) <= 14})
    (out / "words.txt").write_text("\n".join(words))
    (out / "index.json").write_text(json.dumps({"families": families, "photos": photos}, indent=1))
    return {"families": len(families), "fonts": sum(map(len, families.values())), "photos": len(photos)}


def load(folder: Path, split: Split) -> Assets:
    """The assets of one split. Raises FileNotFoundError that names the command which makes the folder."""
    index_path = folder / "index.json"
    if not index_path.is_file():
        raise FileNotFoundError(f"no assets in {folder}: run `make assets` first")
    index = json.loads(index_path.read_text())
    fonts = {
        family: [folder / "fonts" / name for name in names]
        for family, names in index["families"].items()
        if split_of(family) == split
    }
    photos = [folder / "photos" / name for name in index["photos"] if split_of(name) == split]
    return Assets(fonts=fonts, photos=photos, words=(folder / "words.txt").read_text().split())


def bundled() -> Assets:
    """What needs no packages: the fonts that ship with Respell, a few words, no photographs. For tests and samples."""
    fonts = sorted(path for path in FONT_FOLDER.iterdir() if path.suffix in {".ttf", ".otf"})
    words = "street market river garden hotel station bakery museum bridge orchard harbour cinema".split()
    return Assets(fonts={path.stem: [path] for path in fonts}, photos=[], words=words)


def _collect_fonts(out: Path) -> dict[str, list[str]]:
    out.mkdir(exist_ok=True)
    families: dict[str, list[str]] = defaultdict(list)
    for path in sorted(p for p in FONT_ROOT.rglob("*") if p.suffix.lower() in {".ttf", ".otf"}):
        family = _subset_font(path, out)
        if family and family not in EXCLUDED_FAMILIES and len(families[family]) < MAX_STYLES_PER_FAMILY:
            families[family].append(path.name)
    return dict(families)


def _subset_font(path: Path, out: Path) -> str | None:
    """Write the charset's part of a font; returns its family, or None when a character is missing."""
    from fontTools import subset
    from fontTools.ttLib import TTFont, TTLibError

    try:
        font = TTFont(path)
        if not {ord(c) for c in PRINTABLE} <= set(font.getBestCmap() or {}):
            return None
        family = font["name"].getDebugName(16) or font["name"].getDebugName(1)
        subsetter = subset.Subsetter(subset.Options(layout_features=["kern"], hinting=False, notdef_outline=True))
        subsetter.populate(text=PRINTABLE + " ")
        subsetter.subset(font)
        font.save(out / path.name)
    except (TTLibError, KeyError, AssertionError, subset.Subsetter.SubsettingError) as error:
        logger.warning("font %s left out: %s", path.name, error)
        return None
    return str(family)


def _collect_photos(out: Path) -> list[str]:
    out.mkdir(exist_ok=True)
    names: list[str] = []
    seen: set[bytes] = set()
    for path in _photo_files():
        with Image.open(path) as opened:
            photo = opened.convert("RGB")
        photo.thumbnail((PHOTO_LONG_SIDE_PX, PHOTO_LONG_SIDE_PX))
        fingerprint = hashlib.sha256(photo.resize((8, 8)).tobytes()).digest()
        if fingerprint in seen:
            continue
        seen.add(fingerprint)
        name = f"{hashlib.sha256(photo.tobytes()).hexdigest()[:16]}.jpg"
        photo.save(out / name, quality=90)
        names.append(name)
    return names


def _photo_files() -> Iterator[Path]:
    for root in PHOTO_ROOTS:
        for path in sorted(root.rglob("*")):
            if path.suffix.lower() in {".jpg", ".png"} and path.is_file() and path.name != "screenshot.png":
                yield path


def load_photo(path: Path) -> NDArray[np.uint8]:
    """One photograph as uint8 (H, W, 3) RGB."""
    with Image.open(path) as opened:
        return np.asarray(opened.convert("RGB"))
