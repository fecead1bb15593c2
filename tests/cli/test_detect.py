import json
from pathlib import Path

from PIL import Image

from tests.cli.conftest import Respell


def test_detect_lists_texts_with_corners_that_edit_takes(respell: Respell, photo: Path) -> None:
    finished = respell("detect", photo)
    assert finished.status == 0 and finished.err == ""
    assert [line.split("  ")[-1] for line in finished.out.splitlines()] == ["EXIT", "PLAZA"]
    corners = finished.out.splitlines()[0].split('"')[1]
    out = photo.with_name("out.png")
    edit = respell("edit", photo, "--quad", corners, "--text", "MAŁY", "--out", out)
    assert "Ł" in edit.err  # the corners are fine, only the text is refused


def test_detect_writes_json(respell: Respell, photo: Path) -> None:
    document = json.loads(respell("detect", photo, "--json").out)
    assert (document["width"], document["height"]) == (320, 200)
    first = document["regions"][0]
    assert first["text"] == "EXIT" and first["confidence"] > 0.9 and 30 < first["char_height_px"] < 70
    (left, top), _, (right, bottom), _ = first["quad_px"]
    assert 40 < left < 60 < 150 < right < 190 and 30 < top < bottom < 100


def test_detect_says_when_there_is_no_text(respell: Respell, tmp_path: Path) -> None:
    blank = tmp_path / "blank.png"
    Image.new("RGB", (300, 200), "grey").save(blank)
    assert respell("detect", blank).out == "no text found\n"
    assert json.loads(respell("detect", blank, "--json").out)["regions"] == []
