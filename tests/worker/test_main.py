import json
import os
import subprocess
import sys
from pathlib import Path

PYTHON_LINES = "from worker.watchdog import Watchdog\nwith Watchdog() as dog:\n    [dog.tick() for _ in range(999)]"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_a_worker_that_cannot_start_says_why_in_one_line() -> None:
    ended = run("-m", "worker.main", RESPELL_DEVICE="toaster")
    assert ended.returncode == 2 and ended.stdout == ""
    [line] = map(json.loads, ended.stderr.splitlines())
    assert line["level"] == "error" and "toaster" in line["message"]


def test_an_image_model_that_is_none_is_refused_before_the_worker_reports(tmp_path: Path) -> None:
    ended = run("-m", "worker.main", RESPELL_FAKE_MODEL_STEPS="1", RESPELL_IMAGE_MODEL=str(tmp_path))
    assert ended.returncode == 2
    [line] = map(json.loads, ended.stderr.splitlines())
    assert "is no pipeline folder of diffusers" in line["message"]


def test_a_model_that_hangs_ends_the_process_with_70_and_the_place_where_it_hung() -> None:
    ended = run("-c", PYTHON_LINES)
    assert ended.returncode == 70
    assert "no sign of life" in ended.stderr and "most recent call first" in ended.stderr
