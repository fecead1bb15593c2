import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Respell

ENTRY = "from cli.main import main; main()"


def test_help_names_every_command(respell: Respell) -> None:
    finished = respell("--help")
    assert finished.status == 0
    for command in ("edit", "detect", "train", "synth", "assets", "evaluate", "up"):
        assert command in finished.out
        assert respell(command, "--help").status == 0


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; from cli.main import run; run(['edit', '--help']); print(*sys.modules)"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    loaded = finished.stdout.splitlines()[-1].split()
    assert "cli.edit" in loaded and not {"torch", "diffusers", "cv2", "numpy", "PIL"} & set(loaded)


@pytest.mark.parametrize("arguments", [["paint"], ["edit"], ["train"]])
def test_an_incomplete_command_line_is_refused_without_a_traceback(arguments: list[str]) -> None:
    finished = subprocess.run([sys.executable, "-c", ENTRY, *arguments], capture_output=True, text=True, timeout=30)
    assert finished.returncode == 2
    assert "Traceback" not in finished.stderr


def test_the_installed_command_refuses_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ENTRY, "detect", str(tmp_path / "missing.png")]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr == f"error: can't read {tmp_path / 'missing.png'}: No such file or directory\n"


def test_a_terminal_without_check_marks_is_no_obstacle(photo: Path) -> None:
    command = [sys.executable, "-c", f"import sys; sys.stdout.reconfigure(encoding='ascii'); {ENTRY}", "detect"]
    finished = subprocess.run([*command, str(photo)], capture_output=True, text=True, timeout=60)
    assert finished.returncode == 0 and "EXIT" in finished.stdout
