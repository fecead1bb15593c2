"""What happens to a search for words whose worker dies: real processes, the real reader."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.backend.service import PATIENCE_S, jpeg, send_image, service
from tests.cli.processes import until
from tests.faults.workers import Start

pytestmark = pytest.mark.slow


def test_the_words_are_found_within_10_seconds_although_the_worker_is_killed(
    workers: Start, redis_url: str, tmp_path: Path
) -> None:
    at = workers()
    at.start(2)
    environ = {"RESPELL_STORAGE": str(tmp_path)}
    with (
        service(tmp_path / "api", redis_url, environ) as api_process,
        httpx.Client(base_url=api_process.url, timeout=PATIENCE_S) as api,
        ThreadPoolExecutor() as threads,
    ):
        image_id = send_image(api, jpeg(3000, 2000))
        search = threads.submit(api.post, f"/v1/images/{image_id}/detect")
        until(lambda: at.searching(image_id), "a worker looks for words")
        victim = at.searching(image_id)
        assert victim is not None
        victim.kill()
        killed_at = time.monotonic()
        answer = search.result()
        assert answer.status_code == 200, answer.text
        assert time.monotonic() - killed_at <= 10
    assert len(at.running()) == 1
