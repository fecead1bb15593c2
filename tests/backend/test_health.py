import json
import re
from collections.abc import Iterator

import httpx
import pytest

from tests.backend.service import Service, begin, play_edit, problem, send_edit, send_image
from worker.contract import Failure
from worker.records import Records

WORKER_KEY = "rq:worker:w1"


@pytest.fixture
def worker(records: Records) -> Iterator[None]:
    """Announced as RQ does it."""
    records.redis.sadd("rq:workers", WORKER_KEY, "rq:worker:dead")
    records.redis.hset(WORKER_KEY, "birth", "now")
    yield
    records.redis.delete("rq:workers", WORKER_KEY)


def value(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found is not None, f"{name} is not in\n{text}"
    return float(found[1])


def test_the_process_is_healthy_whatever_else_is_not(api: httpx.Client) -> None:
    response = api.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.usefixtures("worker")
def test_with_a_worker_it_is_ready(api: httpx.Client) -> None:
    assert api.get("/readyz").json() == {"status": "ready", "workers": 1}


def test_without_a_worker_it_is_not(api: httpx.Client) -> None:
    response = api.get("/readyz")
    assert problem(response) == (503, "not_ready")
    assert [error["pointer"] for error in response.json()["errors"]] == ["/worker"]
    assert int(response.headers["retry-after"]) > 0


@pytest.mark.usefixtures("worker")
def test_the_numbers_are_those_of_the_queue(api: httpx.Client, records: Records, running: Service) -> None:
    waiting, done, failed = (send_edit(api) for _ in range(3))
    play_edit(records, running.store, done)
    attempt = begin(records, failed)
    records.fail(failed, attempt.token, Failure(code="bad_text", message="too long"))
    text = api.get("/metrics").text
    expected = {
        "respell_edits_queued": 1,
        "respell_edits_running": 0,
        "respell_workers": 1,
        "respell_edits_created_total": 3,
        'respell_edits_ended_total{status="succeeded"}': 1,
        'respell_edits_ended_total{status="failed"}': 1,
        'respell_edit_failures_total{code="bad_text"}': 1,
        'respell_edits_read_back_total{verified="true"}': 1,
        "respell_edit_wait_seconds_count": 2,
        "respell_edit_run_seconds_count": 2,
    }
    assert {name: value(text, name) for name in expected} == expected
    assert value(text, "respell_queue_oldest_age_seconds") > 0
    assert waiting not in text


def test_refusals_are_counted_by_code(api: httpx.Client) -> None:
    name = 'respell_http_refusals_total{code="region_not_found",status="422"}'
    edit = {"image_id": send_image(api), "edits": [{"target": {"region_id": "r7"}, "text": "TAXI"}]}
    before = api.get("/metrics").text
    assert problem(api.post("/v1/edits", json=edit)) == (422, "region_not_found")
    after = api.get("/metrics").text
    assert value(after, name) == (value(before, name) if name in before else 0) + 1
    assert 'respell_http_requests_total{method="POST",route="/v1/edits",status="422"}' in after


def test_models_are_those_of_the_workers_that_live(api: httpx.Client, records: Records) -> None:
    assert api.get("/v1/models").json() == {"models": []}
    facts = {
        "name": "respell-base",
        "charset": "ABC é",
        "max_chars": 24,
        "min_char_height_px": 8.0,
        "image_model": None,
    }
    for name in ("worker-1", "worker-2", "worker-3"):
        records.redis.sadd("rq:workers", f"rq:worker:{name}")
    for name in ("worker-1", "worker-2"):  # the third is gone, and its key with it
        records.redis.hset(f"rq:worker:{name}", "model", json.dumps(facts))
    assert api.get("/v1/models").json() == {"models": [{**facts, "default": True}]}
