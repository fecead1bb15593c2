"""Redis away for 10 s while edits are accepted, wait and run: a real API process and a real worker."""

import time
from pathlib import Path

import httpx
import pytest

from cli.redis_server import RedisServer
from tests.backend.service import PATIENCE_S, edit_body, problem, send_edit, send_image, service
from tests.faults.workers import Start

pytestmark = pytest.mark.slow

OUTAGE_S = 10.0


def test_an_outage_in_every_phase_loses_nothing_that_was_accepted(
    workers: Start, redis_server: RedisServer, tmp_path: Path
) -> None:
    at = workers(num_steps=100)
    [child] = at.start()
    with (
        service(tmp_path / "api", redis_server.url, {"RESPELL_STORAGE": str(tmp_path)}) as running,
        httpx.Client(base_url=running.url, timeout=PATIENCE_S) as api,
    ):
        image_id = send_image(api)
        accepted = [send_edit(api) for _ in range(3)]  # one runs, two wait
        at.wait_for_step(accepted[0])
        redis_server.stop()
        back_at = time.monotonic() + OUTAGE_S
        refusals = []
        while time.monotonic() < back_at:
            refusals.append(api.post("/v1/edits", json=edit_body(image_id)))
            time.sleep(0.2)
        assert {problem(refusal) for refusal in refusals} == {(503, "queue_unavailable")}
        assert all(int(refusal.headers["retry-after"]) > 0 for refusal in refusals)
        redis_server.start()
        accepted.append(send_edit(api))
        at.wait_for_end(*accepted)
        assert [api.get(f"/v1/edits/{edit_id}").json()["status"] for edit_id in accepted] == ["succeeded"] * 4
    assert all(at.main_events(edit_id) == ["queued", "started", "completed"] for edit_id in accepted)
    assert child.is_running
