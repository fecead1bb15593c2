"""The bundled typefaces, made anew from Debian's packages: `python -m models.data.bundling`.

`fonts/faces.json` lists them. Subset to the charset, without hinting, and renamed inside, as their licences ask of
modified versions. Knows files; how letters are set is `models.data.faces`'s.
"""

import json
import re
import shutil
from pathlib import Path

from models.charset import ACCENTED, CHARSET
from models.data.assets import FONT_ROOT
from models.data.glyphs import FONT_FOLDER

FACES_FILE = FONT_FOLDER / "faces.json"

_ROOTS = (FONT_ROOT, Path("/usr/share/texmf/fonts"))
_COPYRIGHT_FILE = "/usr/share/doc/{package}/copyright"
_KEPT_NAMES = (0, 13, 14)  # copyright, licence and its address
_LICENCE_TEXT = re.compile(r"(?i)this font software|licensed under|this font is|----")  # some notices go on with it
_MAX_NOTICE_CHARS = 160
_TABLE_HEAD = "| file | made from | licence | copyright | Debian package |\n|---|---|---|---|---|\n"


def bundle(folder: Path = FONT_FOLDER) -> int:
    """Every face that has a source is written anew, with its licence and the table of README.md; returns how many.

    Raises FileNotFoundError for a package that isn't installed.
    """
    faces = json.loads(FACES_FILE.read_text())
    installed = {path.name: path for root in _ROOTS for path in root.rglob("*") if path.is_file()}
    for face in faces:
        if face["source"] not in installed:
            raise FileNotFoundError(f"{face['source']} isn't there: install the package {face['package']}")
        if not face["kept"]:
            face["lacks"], face["copyright"] = _subset(installed[face["source"]], folder / face["file"])
        licence = Path(_COPYRIGHT_FILE.format(package=face["package"]))
        shutil.copyfile(licence, folder / "licences" / f"{face['package']}.txt")
    (folder / FACES_FILE.name).write_text(json.dumps(faces, indent=1, ensure_ascii=False) + "\n")
    readme = folder / "README.md"
    before, _, after = readme.read_text().partition(_TABLE_HEAD)
    rest = after[after.index("\n\n") :]
    rows = [
        f"| `{face['file']}` | {face['source']} | {face['licence']} | {face['copyright']} | {face['package']} |"
        for face in faces
    ]
    readme.write_text(before + _TABLE_HEAD + "\n".join(rows) + rest)
    return len(faces)


def _subset(source: Path, out: Path) -> tuple[str, str]:
    """Writes the charset's part of a font; returns the characters that it lacks, and its copyright."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    font = TTFont(source, recalcTimestamp=False)
    lacks = "".join(sorted(c for c in CHARSET + ACCENTED if ord(c) not in (font.getBestCmap() or {})))
    options = subset.Options(layout_features=["kern"], hinting=False, notdef_outline=True, name_IDs=list(_KEPT_NAMES))
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=CHARSET + ACCENTED)
    subsetter.subset(font)
    names = font["name"]
    family, full = "Respell", f"Respell {out.stem}"
    for name_id, text in ((1, full), (2, "Regular"), (3, full), (4, full), (6, f"{family}-{out.stem}")):
        names.setName(text, name_id, 3, 1, 0x409)
    font.save(out)
    notice = " ".join((names.getDebugName(0) or "").replace("|", "/").split())
    return lacks, _LICENCE_TEXT.split(notice)[0].strip(" .,-")[:_MAX_NOTICE_CHARS]


if __name__ == "__main__":
    print(f"{bundle()} faces in {FONT_FOLDER}")  # noqa: T201
