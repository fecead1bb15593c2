"""Which worker gets which GPU, and the container's health check. The driver's tool is a small script here."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from cli.workers import GPU_VARIABLE, any_reports, visible_gpus, worker_services
from tests.cli.processes import is_alive, until
from worker.settings import Settings


def driver_that_says(folder: Path, script: str) -> dict[str, str]:
    """The environment of a machine whose nvidia-smi is this script."""
    path = folder / "nvidia-smi"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return {"PATH": str(folder)}


def test_the_gpus_are_those_the_driver_names(tmp_path: Path) -> None:
    environment = driver_that_says(tmp_path, "echo GPU-aa; echo GPU-bb")
    assert visible_gpus(environment) == ["GPU-aa", "GPU-bb"]
    assert visible_gpus({**environment, GPU_VARIABLE: "1, GPU-cc"}) == ["1", "GPU-cc"]
    assert visible_gpus({**environment, GPU_VARIABLE: ""}) == []


def test_without_a_driver_that_works_there_are_no_gpus(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert visible_gpus({"PATH": str(tmp_path)}) == []
    assert visible_gpus(driver_that_says(tmp_path, "echo 'no devices were found'; exit 6")) == []
    assert "nvidia-smi ended with 6, so no GPU is counted: no devices were found" in caplog.text


def test_workers_share_the_gpus_evenly(tmp_path: Path) -> None:
    script = f'{sys.executable} -c "import os; print(os.environ.get({GPU_VARIABLE!r}))"'
    environment = driver_that_says(tmp_path, "echo GPU-aa; echo GPU-bb")
    services = worker_services(3, environment)
    assert [service.child.name for service in services] == ["worker-1", "worker-2", "worker-3"]
    seen = []
    for service in services:
        service.child.command = ["/bin/sh", "-c", script]
        service.child.start()
        assert service.child.wait(60)
        service.child.kill()
        seen += service.child.last_lines
    assert seen == ["GPU-aa", "GPU-bb", "GPU-aa"]


def test_the_health_check_knows_only_the_workers_of_its_own_host(redis_url: str) -> None:
    assert not any_reports(redis_url)
    with redis.Redis.from_url(redis_url) as client:
        client.sadd("rq:workers", "rq:worker:elsewhere", "rq:worker:expired")
        client.hset("rq:worker:elsewhere", "hostname", "another-host")
        assert not any_reports(redis_url)


def test_a_container_runs_a_worker_until_it_is_told_to_stop(redis_url: str, tmp_path: Path) -> None:
    settings = Settings(redis_url=redis_url, storage=str(tmp_path / "blobs"), fake_model_steps=5)
    environment = {**os.environ, **settings.to_env(), GPU_VARIABLE: ""}
    command = [sys.executable, "-m", "cli.workers"]
    with subprocess.Popen(command, env=environment, start_new_session=True) as process:
        try:
            until(lambda: any_reports(redis_url), "a worker reports")
            healthy = subprocess.run([*command, "--healthy"], env=environment, check=False)
            assert healthy.returncode == 0
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()
    assert not is_alive(process.pid)
    assert subprocess.run([*command, "--healthy"], env=environment, check=False).returncode == 1


def test_a_setting_that_cannot_be_used_is_told_before_anything_starts() -> None:
    environment = {**os.environ, "RESPELL_MAX_QUEUED": "many"}
    command = [sys.executable, "-m", "cli.workers"]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 2
    assert "RESPELL_MAX_QUEUED: wanted a whole number" in finished.stderr and "started" not in finished.stderr
