"""One child process: on a leash, in a session of its own, its lines handed on. Doesn't know what runs in it.

A session of its own, because Ctrl-C in a terminal goes to the whole foreground group: the order in which children stop
is the supervisor's to choose.
"""

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

LEASH = Path(__file__).with_name("leash.py")
MAX_LINE_BYTES = 65_536
NUM_LAST_LINES = 20
CLOSING_PIPE_S = 2.0


class Child:
    """`start` any number of times, one after the other; what it wrote last is in `last_lines`."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        on_line: Callable[[str, str], None],  # the child's name, the line
        env: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.name = name
        self.command = list(command)
        self.last_lines: deque[str] = deque(maxlen=NUM_LAST_LINES)
        self._on_line = on_line
        self._env = env
        self._pass_fds = tuple(pass_fds)
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._group_may_live = False

    def start(self) -> None:
        """From the main thread only: the kernel pulls the leash when the *thread* that forked ends."""
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError(f"{self.name} was started from {threading.current_thread().name}, not the main thread")
        if self.is_running:
            raise RuntimeError(f"{self.name} is running already, pid {self.pid}")
        self.last_lines.clear()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *self.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self._env,
            pass_fds=self._pass_fds,
            start_new_session=True,
        )
        self._group_may_live = True
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=self._hand_on, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Of the running child, or of the last one."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Also reaps it when it has ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """None while it runs; -9 after a SIGKILL."""
        return None if self._process is None else self._process.poll()

    def send(self, signal_number: signal.Signals) -> None:
        """To the child itself, not to what it has started; nothing if it has ended."""
        if self._process is not None:
            self._process.send_signal(signal_number)

    def wait(self, timeout_s: float) -> bool:
        """Whether it has ended by then."""
        if self._process is None:
            return True
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """With -9, and whatever it has started and left behind in its session's group; then its last lines are read."""
        if self._process is None or not self._group_may_live:
            return
        self._group_may_live = False  # its number may belong to another group some day
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # nobody is left in the group
        except PermissionError:
            self._process.kill()  # macOS, when all that is left of the group is a zombie
        self._process.wait()
        if self._reader is not None:
            self._reader.join(CLOSING_PIPE_S)

    def _hand_on(self, pipe: IO[bytes]) -> None:
        with pipe:
            while line := pipe.readline(MAX_LINE_BYTES):
                text = line.decode(errors="replace").rstrip()
                self.last_lines.append(text)
                self._on_line(self.name, text)
