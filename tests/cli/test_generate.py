"""Claims about `respell generate`, with a real pipeline of random weights: its pictures show nothing, so boxes say
where. The step from a found line to the right word is claimed on a real picture.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cli.generate import parse_size, place_texts, texts_of, write_texts
from cli.progress import EditProgress
from models.errors import BadTextError, NoPlaceError
from models.pipeline import TextEditor
from models.reading.words import WordReader
from tests.backend.service import service
from tests.cli.conftest import Respell
from tests.faults.workers import Workers
from tests.models.generate.conftest import tiny_pipeline
from worker.records import Records, worker_redis

__all__ = ["tiny_pipeline"]
SIGN = Path(__file__).parents[2] / "examples" / "station_sign.jpg"
SMALL = ("--size", "256x128", "--steps", 2, "--candidates", 1)


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.array(image.convert("RGB"))


def test_a_picture_is_made_and_the_quoted_text_written_in_the_box(
    respell: Respell, tmp_path: Path, tiny_pipeline: Path
) -> None:
    out, report = tmp_path / "sign.png", tmp_path / "sign.json"
    finished = respell(
        "generate", "--prompt", 'A sign that says "OPEN"', "--image-model", tiny_pipeline, *SMALL,
        "--box", "40,40,170,50", "--out", out, "--report", report,
    )  # fmt: skip
    assert finished.status == 0, finished.err
    assert finished.out.startswith("✓ OPEN, read back right, 0 pixels changed outside the mask")
    picture = pixels(out)
    assert picture.shape == (128, 256, 3)
    assert WordReader.load().read(np.ascontiguousarray(picture[35:95, 35:215])).text == "OPEN"
    told = json.loads(report.read_text())
    assert (told["prompt"], told["image_model"], told["size"]) == ('A sign that says "OPEN"', "tiny", [256, 128])
    (text,) = told["texts"]
    assert text["text"] == "OPEN" and text["verified"] and text["before"] is None


def test_where_no_line_is_found_the_plain_picture_is_kept_and_the_box_named(
    respell: Respell, tmp_path: Path, tiny_pipeline: Path
) -> None:
    out = tmp_path / "sign.png"
    finished = respell(
        "generate", "--prompt", "A sign", "--text", "OPEN", "--image-model", tiny_pipeline, *SMALL, "--out", out
    )
    assert finished.status == 2 and not out.exists()
    assert "lines of text for 1 texts" in finished.err and "--box x,y,w,h" in finished.err
    with Image.open(tmp_path / "sign.plain.png") as plain:
        assert plain.size == (256, 128)


def test_the_line_that_is_meant_is_rewritten_and_the_other_stays() -> None:
    image = pixels(SIGN)
    editor = TextEditor.load()
    places = place_texts(image, ["ASHFIELD"], None, editor)
    assert places[0].old_text == "ASHFORD"
    with EditProgress() as progress:
        (written,) = write_texts(editor, image, ["ASHFIELD"], places, seed=0, candidates=1, progress=progress)
    assert written.best.verified and {word.text for word in editor.reader.find(written.image)} == {
        "ASHFIELD",
        "Platform 2",
    }
    with pytest.raises(NoPlaceError, match="2 lines of text for 3 texts; it has 'ASHFORD', 'Platform 2'"):
        place_texts(image, ["A", "B", "C"], None, editor)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--prompt", "A sign"), "the prompt quotes no text"),
        (("--prompt", 'A "B" "C"', "--box", "1,2,30,40"), "--box is for one text, got 2: 'B', 'C'"),
        (("--prompt", 'A "B"', "--box", "1,2,30"), "--box takes x,y,w,h"),
        (("--prompt", 'A "B"', "--size", "big"), "--size takes WIDTHxHEIGHT in pixels, got 'big'"),
        (("--prompt", 'A "B"', "--size", "0x8"), "--size takes WIDTHxHEIGHT in pixels, got '0x8'"),
        (("--prompt", 'A "東"'), "characters not in the charset"),
        (("--prompt", 'A "B"'), "is no pipeline folder of diffusers"),
        (("--prompt", 'A "B"', "--server", "http://127.0.0.1:1"), "--image-model can't be chosen with --server"),
    ],
)
def test_what_cannot_be_done_is_refused_before_a_picture_is_made(
    respell: Respell, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    finished = respell("generate", *arguments, "--image-model", tmp_path, "--out", tmp_path / "out.png")
    assert finished.status == 2 and message in finished.err and not list(tmp_path.iterdir())


def test_something_has_to_make_the_picture(respell: Respell, tmp_path: Path) -> None:
    finished = respell("generate", "--prompt", 'A "B"', "--out", tmp_path / "out.png")
    assert finished.status == 2 and "--image-model or --server says what makes the picture" in finished.err


def test_texts_are_those_given_or_those_quoted() -> None:
    assert texts_of('say "A" and "B"', None) == ["A", "B"] and texts_of('say "A"', ["C"]) == ["C"]
    assert parse_size("640x512") == (512, 640)
    with pytest.raises(BadTextError, match="--text is ' '"):
        texts_of("a sign", [" "])


@pytest.mark.slow
def test_a_service_does_the_same_and_keeps_the_plain_picture_as_well(
    respell: Respell, tmp_path: Path, redis_url: str, tiny_pipeline: Path
) -> None:
    say = ("generate", "--prompt", 'A sign that says "OPEN"', "--size", "256x128", "--steps", 2, "--candidates", 1)
    box = ("--box", "40,40,170,50")
    here, there, report = tmp_path / "here.png", tmp_path / "there.png", tmp_path / "sign.json"
    with service(tmp_path / "api", redis_url) as running, worker_redis(redis_url) as client:
        workers = Workers(
            Records(client), redis_url, running.folder / "blobs", image_model=tiny_pipeline, built_in=True
        )
        try:
            workers.start()
            made = respell(*say, *box, "--out", there, "--server", running.url, "--report", report)
            missed = respell(*say, "--out", tmp_path / "none.png", "--server", running.url)
            refused = respell(*say, "--box", "250,40,170,50", "--out", there, "--server", running.url)
        finally:
            workers.kill()
    alone = respell(*say, *box, "--out", here, "--image-model", tiny_pipeline)
    assert made.status == alone.status == 0, made.err
    assert made.out.replace("there", "here") == alone.out
    assert (pixels(there) == pixels(here)).all()
    assert json.loads(report.read_text())["status"] == "succeeded"
    assert missed.status == 2 and "it is kept as" in missed.err and not (tmp_path / "none.png").exists()
    assert pixels(tmp_path / "none.plain.png").shape == (128, 256, 3)
    assert refused.status == 2 and "--box: reaches outside the picture of 256 × 128 px" in refused.err
