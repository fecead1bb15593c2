"""The supervisor in a process of its own, over small real programs; signals and deaths are real."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.child import LEASH, Child
from cli.leash import EXIT_PARENT_GONE
from tests.cli.processes import descendants, is_alive, until

DRIVER = """
import json, logging, sys
from cli.child import Child
from cli.supervisor import Service, Supervisor

logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)

def write(name, line):
    sys.stderr.write(f"{name}: {line}\\n")

def service(name, command, drain_s):
    return Service(Child(name, command, on_line=write), drain_s)

stages, ready = json.loads(sys.argv[1])
stages = [[service(*arguments) for arguments in stage] for stage in stages]
try:
    Supervisor(stages).run(is_ready=lambda: ready, on_ready=lambda: write("ready", "now"))
except Exception as error:
    write("refused", error)
    sys.exit(2)
"""
# Ends `drain_s` after SIGTERM and notes its name in the diary.
POLITE = """
import signal, sys, time
name, drain_s, diary = sys.argv[1:]
def stop(*_):
    print("stopping", flush=True)
    time.sleep(float(drain_s))
    with open(diary, "a") as file:
        file.write(name + "\\n")
    sys.exit()
signal.signal(signal.SIGTERM, stop)
print("up", flush=True)
while True:
    time.sleep(0.05)
"""
# Knows no SIGTERM, and neither does its own child.
STUBBORN = "trap '' TERM; sleep 600 & echo up; while :; do sleep 1; done"

Stage = list[tuple[str, list[str], float]]


class Supervised:
    """A running supervisor and what it has written."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def log(self) -> str:
        return self._log.read_text()

    def wait_for(self, text: str, times: int = 1) -> None:
        until(lambda: self.log.count(text) >= times, f"{text!r} × {times} in the log")

    def pid_of(self, name: str) -> int:
        """Of its last start."""
        return int(self.log.rpartition(f"{name} started, pid ")[2].split()[0])

    def status(self) -> int:
        return self.process.wait(60)


@contextmanager
def supervised(folder: Path, *stages: Stage, ready: bool = True) -> Iterator[Supervised]:
    """In a session of its own, as in a terminal; killed at the end if it still runs."""
    log = folder / "log"
    command = [sys.executable, "-c", DRIVER, json.dumps([stages, ready])]
    with (
        log.open("w") as file,
        subprocess.Popen(command, stderr=file, text=True, start_new_session=True) as process,
    ):
        try:
            yield Supervised(process, log)
        finally:
            process.kill()


def polite(name: str, folder: Path, *, takes_s: float = 0.0, drain_s: float = 30.0) -> tuple[str, list[str], float]:
    return name, [sys.executable, "-S", "-c", POLITE, name, str(takes_s), str(folder / "diary")], drain_s


def shell(name: str, script: str, *, drain_s: float = 30.0) -> tuple[str, list[str], float]:
    return name, ["/bin/sh", "-c", script], drain_s


def test_ctrl_c_stops_each_stage_before_the_one_it_stands_on(tmp_path: Path) -> None:
    redis, worker, api = (
        polite(name, tmp_path, takes_s=s) for name, s in (("redis", 0), ("worker", 0.5), ("api", 0.2))
    )
    with supervised(tmp_path, [redis], [worker], [api]) as running:
        running.wait_for(": up", times=3)
        children = descendants(running.process.pid)
        os.killpg(running.process.pid, signal.SIGINT)  # a terminal sends it to the whole group
        assert running.status() == 0
    assert (tmp_path / "diary").read_text().split() == ["api", "worker", "redis"]
    assert len(children) == 3 and not any(map(is_alive, children))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_ways_to_be_told_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    with supervised(tmp_path, [polite("worker", tmp_path)]) as running:
        running.wait_for("worker: up")
        running.process.send_signal(number)
        assert running.status() == 0
    assert (tmp_path / "diary").read_text().split() == ["worker"]


def test_a_dead_child_comes_back_and_each_time_later(tmp_path: Path) -> None:
    with supervised(tmp_path, [polite("worker", tmp_path)], [polite("api", tmp_path)]) as running:
        for times in (1, 2):
            running.wait_for("worker: up", times)
            os.kill(running.pid_of("worker"), signal.SIGKILL)
            running.wait_for("worker ended by signal 9 (Killed)", times)
        running.wait_for("worker: up", times=3)
        assert "starts again in 0.3 s" in running.log and "starts again in 1 s" in running.log
        assert running.log.count("api started") == 1
        running.process.terminate()
        assert running.status() == 0


def test_what_a_dead_child_leaves_behind_goes_too(tmp_path: Path) -> None:
    with supervised(tmp_path, [shell("worker", "sleep 600 & echo child $! >&2; exec sleep 600")]) as running:
        running.wait_for("worker: child")
        grandchild = int(running.log.rpartition("worker: child ")[2].split()[0])
        os.kill(running.pid_of("worker"), signal.SIGKILL)
        until(lambda: not is_alive(grandchild), "the grandchild is gone")
        running.process.terminate()
        assert running.status() == 0


def test_no_child_outlives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    stubborn = shell("api", "trap '' TERM HUP INT; echo up; while :; do read line; done")
    with supervised(tmp_path, [polite("redis", tmp_path)], [polite("worker", tmp_path), stubborn]) as running:
        running.wait_for(": up", times=3)
        children = descendants(running.process.pid)
        assert len(children) == 3
        running.process.kill()
        until(lambda: not any(map(is_alive, children)), "all children are gone")


def test_a_child_that_will_not_stop_is_killed_with_its_own_children(tmp_path: Path) -> None:
    with supervised(tmp_path, [polite("redis", tmp_path)], [shell("api", STUBBORN, drain_s=0.0)]) as running:
        running.wait_for(": up", times=2)
        children = descendants(running.process.pid)
        running.process.terminate()
        assert running.status() == 0
        assert "api did not stop" in running.log
    assert len(children) >= 3 and not any(map(is_alive, children))
    assert (tmp_path / "diary").read_text().split() == ["redis"]


def test_a_second_signal_cuts_the_draining_short(tmp_path: Path) -> None:
    with supervised(tmp_path, [polite("redis", tmp_path)], [polite("worker", tmp_path, takes_s=500)]) as running:
        running.wait_for(": up", times=2)
        running.process.terminate()
        running.wait_for("worker: stopping")
        assert is_alive(running.process.pid)
        running.process.send_signal(signal.SIGINT)
        assert running.status() == 0
        assert "worker did not stop" in running.log
    assert (tmp_path / "diary").read_text().split() == ["redis"]


def test_whoever_takes_too_long_is_asked_once_more_before_it_is_killed(tmp_path: Path) -> None:
    counting = (
        "n=0; trap 'n=$((n+1)); echo asked $n; [ $n -lt 2 ] || exit 0' TERM; echo up; while :; do sleep 0.1; done"
    )
    with supervised(tmp_path, [shell("worker", counting, drain_s=2.5)]) as running:
        running.wait_for("worker: up")
        running.process.terminate()
        assert running.status() == 0
        assert "worker: asked 2" in running.log and "did not stop" not in running.log


def test_a_child_that_ends_in_good_order_comes_back_without_being_called_dead(tmp_path: Path) -> None:
    """As a worker does that has grown too large. The pause stays the shortest, however often it happens."""
    with supervised(tmp_path, [shell("worker", "echo up")]) as running:
        running.wait_for("worker: up", times=5)
        running.process.terminate()
        assert running.status() == 0
        assert running.log.count("worker ended in good order and starts again") >= 4
        assert "worker ended with status" not in running.log


def test_a_child_that_only_ends_never_gets_ready(tmp_path: Path) -> None:
    with supervised(tmp_path, [shell("worker", "exit 0")], ready=False) as running:
        assert running.status() == 2
        assert "worker ended 3 times before all was ready, the last time with status 0" in running.log


def test_a_child_that_keeps_dying_before_all_is_ready_ends_it(tmp_path: Path) -> None:
    broken = shell("worker", "echo no such model >&2; exit 7")
    with supervised(tmp_path, [polite("redis", tmp_path)], [broken], ready=False) as running:
        assert running.status() == 2
        (refused,) = (line for line in running.log.splitlines() if line.startswith("refused: "))
    assert "worker ended 3 times before all was ready, the last time with status 7; it said: no such model" in refused
    assert (tmp_path / "diary").read_text().split() == ["redis"]


def test_a_child_that_keeps_dying_later_is_tried_on(tmp_path: Path) -> None:
    with supervised(tmp_path, [shell("worker", "exit 7")]) as running:
        running.wait_for("worker ended with status 7", times=4)
        running.process.terminate()
        assert running.status() == 0


def test_a_child_is_not_started_from_another_thread() -> None:
    child = Child("worker", ["/bin/true"], on_line=lambda *_: None)
    refused = []

    def start() -> None:
        try:
            child.start()
        except RuntimeError as error:
            refused.append(str(error))

    thread = threading.Thread(target=start, name="helper")
    thread.start()
    thread.join()
    assert refused == ["worker was started from helper, not the main thread"]


def test_a_command_whose_parent_is_already_gone_does_not_run(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    somebody_else = str(os.getpid() + 1)
    command = [sys.executable, "-I", "-S", str(LEASH), somebody_else, "/bin/sh", "-c", f"echo ran > {trace}"]
    assert subprocess.run(command, check=False).returncode == EXIT_PARENT_GONE
    assert not trace.exists()


def test_a_line_without_end_is_handed_on_in_pieces() -> None:
    lines = []
    command = [sys.executable, "-c", "import os; os.write(1, b'x' * 200_000 + b'\\n\\xff\\n')"]
    child = Child("worker", command, on_line=lambda _, line: lines.append(line))
    child.start()
    assert child.wait(60) and child.exit_status == 0
    child.kill()
    assert "".join(lines[:-1]) == "x" * 200_000 and max(map(len, lines)) <= 65_536
    assert lines[-1] == "�"
