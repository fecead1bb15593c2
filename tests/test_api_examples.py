"""The examples of docs/api.md and the README, run as printed against a whole service with the built-in model."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from backend.problems import STATUS_OF_CODE
from cli.main import run
from tests.cli.test_up import up
from tests.models.generate.pipelines import save_tiny_pipeline
from worker.contract import EVENT, Problem
from worker.errors import ServiceError

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "api.md").read_text()
README = (ROOT / "README.md").read_text()
DOCUMENTED_URL = "127.0.0.1:8000"
PHOTO_SIZE = (960, 640)
MADE_SIZE = (512, 512)  # of what has no photo
TIMEOUT_S = 300
NEVER_ANSWERED = {
    "bad_setting",
    "service_error",
    "stale_attempt",
    "unsupported_image_type",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of one `respell up` for all the examples, with an image model of random weights."""
    image_model = save_tiny_pipeline(tmp_path_factory.mktemp("pipelines") / "tiny", vae_blocks=4)
    environ = {"RESPELL_FAKE_MODEL_STEPS": ""}
    with up(tmp_path_factory.mktemp("up"), "--image-model", str(image_model), environ=environ) as running:
        running.wait_until_ready()
        yield f"127.0.0.1:{running.port}"


def blocks(text: str, *languages: str) -> list[str]:
    """The fenced code blocks in one of those languages."""
    return re.findall(rf"^```(?:{'|'.join(languages)})\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def session(folder: Path, address: str, command: list[str], parts: list[str]) -> str:
    """Blocks one after another, in a folder with the example picture → what they print."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    script = folder / ("script" if command[0] != "node" else "script.mjs")
    script.write_text("\n".join(parts).replace(DOCUMENTED_URL, address))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    finished = subprocess.run(
        [*command, str(script)], cwd=folder, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def assert_is_edited(picture: bytes, *, size: tuple[int, int] = PHOTO_SIZE) -> None:
    with Image.open(io.BytesIO(picture)) as image:
        assert (image.format, image.size) == ("PNG", size)


def json_values(output: str) -> list[dict[str, object]]:
    """The JSON objects that were printed one after another."""
    values, decoder, at = [], json.JSONDecoder(), output.find("{")
    while at >= 0:
        value, end = decoder.raw_decode(output, at)
        values.append(value)
        at = output.find("{", end)
    return values


@pytest.mark.slow
def test_the_python_examples_work_as_printed(address: str, tmp_path: Path) -> None:
    printed = session(tmp_path, address, [sys.executable, "-W", "error"], blocks(with_address(GUIDE), "python"))
    assert "queued\nstarted\n" in printed and "completed\nBUSY 0\n" in printed
    assert "\n3 stage\n" in printed and "text_not_found no text 'CLOSED' in the picture" in printed
    assert_is_edited((tmp_path / "busy-python.png").read_bytes())
    assert "the picture has 0 lines of text for 1 texts" in printed
    for name in ("plain.png", "open-python.png"):
        assert_is_edited((tmp_path / name).read_bytes(), size=MADE_SIZE)


def with_address(text: str) -> str:
    """`RespellClient()` means the documented address: say so, that it can be replaced."""
    return re.sub(r"RespellClient\((?!\")(\w|\))", rf'RespellClient("http://{DOCUMENTED_URL}", \1', text)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_javascript_examples_work_as_printed(address: str, tmp_path: Path) -> None:
    flags = ["--experimental-websocket"] if node_version() < 22 else []
    printed = session(tmp_path, address, ["node", *flags], blocks(GUIDE, "js"))
    assert printed.count("queued\nstarted\n") == printed.count("completed\n") == 2
    picture = (tmp_path / "busy-js.png").read_bytes()
    assert_is_edited(picture)
    assert (tmp_path / "busy-socket.png").read_bytes() == picture


def node_version() -> int:
    return int(subprocess.check_output(["node", "--version"], text=True).strip("v").split(".")[0])


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_examples_work_as_printed(address: str, tmp_path: Path) -> None:
    printed = session(tmp_path, address, ["sh", "-eu"], blocks(GUIDE, "sh"))
    assert_is_edited((tmp_path / "busy.png").read_bytes())
    assert_is_edited((tmp_path / "open.png").read_bytes(), size=MADE_SIZE)
    found, edited, *events, canceled = json_values(printed)
    assert [region["text"] for region in found["regions"]] == ["CAFE", "OPEN"]  # type: ignore[attr-defined]
    assert edited["status"] == "succeeded" and edited["request"]["output"]["format"] == "jpeg"  # type: ignore[index]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert canceled == {"cancelled": False}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_example_of_the_readme_works_as_printed(address: str, tmp_path: Path) -> None:
    parts = [block for block in blocks(README, "sh", "bash") if "curl" in block]
    if not parts:
        pytest.skip("the README has none")
    session(tmp_path, address, ["sh", "-eu"], parts)
    pictures = list(tmp_path.glob("*.png"))
    assert pictures
    for picture in pictures:
        assert_is_edited(picture.read_bytes())


@pytest.mark.slow
def test_the_command_line_writes_the_same_picture_with_and_without_a_server(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contents, lines = [], []
    for name, where in (("local.png", ()), ("remote.png", ("--server", f"http://{address}"))):
        out = tmp_path / name
        photo = str(ROOT / "examples" / "cafe_sign.jpg")
        arguments = ("--find", "OPEN", "--text", "BUSY", "--seed", "3", "--candidates", "2", "--out", str(out))
        assert run(["edit", photo, *arguments, *where]) == 0
        contents.append(out.read_bytes())
        lines.append(capsys.readouterr().out.replace(name, ""))
    assert contents[0] == contents[1]
    assert lines[0] == lines[1] and lines[0].startswith("✓ BUSY, read back right, 0 pixels changed outside the mask")


def test_the_table_of_errors_has_each_code_with_its_status() -> None:
    rows = re.findall(r"^\| ([0-9]{3}(?:, [0-9]{3})*) \| (.*?) \|", GUIDE, re.MULTILINE)
    documented = {
        code: {int(status) for status in statuses.split(", ")}
        for statuses, codes in rows
        for code in re.findall(r"`(\w+)`", codes)
    }
    for code, status in STATUS_OF_CODE.items():
        assert code in NEVER_ANSWERED or status in documented[code], code
    for code, statuses in documented.items():
        default = 503 if code == "decoder_busy" else 422
        assert STATUS_OF_CODE.get(code, default) in statuses, code
    codes = {kind.code for kind in ServiceError.__subclasses__()}
    assert codes - NEVER_ANSWERED <= set(re.findall(r"`(\w+)`", GUIDE))


def test_the_examples_of_events_and_refusals_keep_to_the_contract() -> None:
    frame = {"edit_id": "edit_" + "0" * 32, "seq": 1, "ts": 0.5}
    rows = re.findall(r"^\| `(\w+)` \| .* \| `(\{\"type\".*\})` \|$", GUIDE, re.MULTILINE)
    assert [EVENT.validate_python(frame | json.loads(example)).type for _, example in rows] == [
        name for name, _ in rows
    ]
    assert {name for name, _ in rows} == set(EVENT.json_schema()["discriminator"]["mapping"])
    problems = [block for block in blocks(GUIDE, "json") if '"title"' in block]
    assert [Problem.model_validate_json(block).code for block in problems] == ["invalid_request"]
