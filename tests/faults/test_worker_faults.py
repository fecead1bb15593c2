"""What happens to edits when workers and Redis die: real processes, a model of 50 steps that only sleeps."""

import signal

import pytest

from cli.redis_server import RedisServer
from tests.cli.processes import until
from tests.faults.workers import Start, away, now_s
from tests.redis_server import settle

pytestmark = pytest.mark.slow


def test_an_edit_whose_worker_is_killed_runs_elsewhere_within_10_seconds_and_ends_once(workers: Start) -> None:
    at = workers(num_steps=100)
    at.start(2)
    [edit_id] = at.queue()
    at.wait_for_step(edit_id)
    victim = at.process_of(edit_id)
    killed_at = now_s(at.records.redis)
    victim.kill()
    at.wait_for_end(edit_id)
    assert at.main_events(edit_id) == ["queued", "started", "retrying", "started", "completed"]
    first, second = (event for event in at.story(edit_id) if event.type == "started")
    assert second.ts - killed_at <= 10
    assert (first.attempt, second.attempt) == (1, 2) and first.worker != second.worker
    ended = at.state(edit_id)
    assert ended.result is not None and at.is_stored(ended.result)


def test_a_worker_that_was_stopped_and_goes_on_commits_nothing_and_takes_the_next_edit(workers: Start) -> None:
    at = workers(num_steps=100)
    at.start(2)
    [edit_id] = at.queue()
    at.wait_for_step(edit_id)
    zombie = at.process_of(edit_id)
    zombie.send(signal.SIGSTOP)
    at.wait_for_end(edit_id)
    ended = at.state(edit_id)
    zombie.send(signal.SIGCONT)
    until(lambda: any("belongs to another attempt" in line for line in zombie.last_lines), "the zombie is refused")
    assert at.state(edit_id) == ended and ended.attempt == 2
    assert at.main_events(edit_id) == ["queued", "started", "retrying", "started", "completed"]
    for other in at.running():
        if other is not zombie:
            other.kill()
    [next_id] = at.queue()
    at.wait_for_end(next_id)
    assert at.main_events(next_id) == ["queued", "started", "completed"] and zombie.is_running


def test_50_queued_edits_survive_a_kill_of_redis(workers: Start, redis_server: RedisServer) -> None:
    at = workers(num_steps=5)
    [child] = at.start()
    child.send(signal.SIGSTOP)  # so that all of them wait
    edits = at.queue(50)
    settle(redis_server.url)
    redis_server.kill()
    redis_server.start()
    assert at.records.queue().queued == 50
    child.send(signal.SIGCONT)
    at.wait_for_end(*edits)
    for edit_id in edits:
        assert at.main_events(edit_id) == ["queued", "started", "completed"]
    assert child.is_running


def test_a_result_that_is_ready_while_redis_is_away_for_10_seconds_is_kept(
    workers: Start, redis_server: RedisServer
) -> None:
    at = workers(num_steps=50)
    [child] = at.start()
    [edit_id] = at.queue()
    at.wait_for_step(edit_id)
    away(redis_server, seconds=10)
    at.wait_for_end(edit_id)
    assert at.main_events(edit_id) == ["queued", "started", "completed"]
    assert child.is_running
    away(redis_server, seconds=3)  # and an idle worker is still there afterwards
    [next_id] = at.queue()
    at.wait_for_end(next_id)
    assert at.state(next_id).status == "succeeded" and child.is_running


def test_a_redis_that_takes_nothing_for_a_while_does_not_end_the_worker(workers: Start) -> None:
    at = workers(num_steps=5)
    [child] = at.start()
    at.wait_for_end(*at.queue())  # it is announced a little before it takes tickets, and ends if it can't begin
    at.records.redis.config_set("maxmemory", "1kb")
    until(lambda: any("memory" in line for line in child.last_lines), "the worker has noticed")
    at.records.redis.config_set("maxmemory", "256mb")
    [edit_id] = at.queue()
    at.wait_for_end(edit_id)
    assert at.main_events(edit_id) == ["queued", "started", "completed"] and child.is_running


def test_cancel_works_queued_running_done_and_twice(workers: Start) -> None:
    at = workers(num_steps=10, step_ms=250)
    at.start()
    running, queued, done = at.queue(3)
    at.wait_for_step(running)
    assert at.records.cancel(queued) and at.state(queued).status == "canceled"
    asked_at = now_s(at.records.redis)
    assert at.records.cancel(running)
    at.records.cancel(running)
    at.wait_for_end(running, done)
    assert at.main_events(running) == ["queued", "started", "canceled"]
    assert at.story(running)[-1].ts - asked_at <= 0.25 + 0.5  # a step, and what a busy machine takes
    before = [at.state(edit_id) for edit_id in (running, queued, done)]
    assert [at.records.cancel(edit_id) for edit_id in (running, queued, done)] == [False] * 3
    assert [at.state(edit_id) for edit_id in (running, queued, done)] == before
    assert before[2].status == "succeeded"


def test_an_edit_that_kills_its_workers_fails_after_three_attempts_and_the_others_are_done(workers: Start) -> None:
    at = workers(num_steps=10)
    at.start(4)
    [poison] = at.queue()
    good = at.queue(20)
    for attempt in (1, 2, 3):
        until(lambda attempt=attempt: at.is_running(poison, attempt), f"attempt {attempt} runs")
        at.process_of(poison).kill()
    at.wait_for_end(poison, *good)
    error = at.state(poison).error
    assert error is not None and error.code == "worker_lost" and error.retryable
    assert at.main_events(poison) == ["queued", *["started", "retrying"] * 2, "started", "failed"]
    for edit_id in good:
        assert at.main_events(edit_id) == ["queued", "started", "completed"]


def test_sigterm_lets_the_edit_end_and_leaves_the_next_one_to_others(workers: Start) -> None:
    at = workers(num_steps=100)
    [child] = at.start()
    running, waiting = at.queue(2)
    at.wait_for_step(running)
    child.send(signal.SIGTERM)
    assert child.wait(120) and child.exit_status == 0
    assert at.state(running).status == "succeeded" and at.state(waiting).status == "queued"


def test_a_restart_of_all_workers_under_load_fails_nothing(workers: Start) -> None:
    at = workers(num_steps=10)
    before = at.start(2)
    edits = at.queue(40)
    at.wait_for_step(edits[0])
    for child in before:
        at.start()  # its successor comes first, as in a deployment
        child.send(signal.SIGTERM)
        assert child.wait(30) and child.exit_status == 0
    at.wait_for_end(*edits)
    for edit_id in edits:
        assert at.main_events(edit_id) == ["queued", "started", "completed"]
    assert {at.state(edit_id).worker for edit_id in edits} >= {at.name_of(child) for child in at.running()}


def test_whoever_is_killed_when_each_edit_ends_once(workers: Start) -> None:
    at = workers(num_steps=10)
    at.start(3)
    edits = at.queue(60)
    for _ in range(3):
        until(lambda: any(at.state(edit_id).status == "running" for edit_id in edits), "somebody draws")
        at.running()[0].kill()
        at.start()
    at.wait_for_end(*edits)
    for edit_id in edits:
        first, *between, last = at.main_events(edit_id)
        assert (first, last) == ("queued", "completed")
        assert between in (["started"], ["started", "retrying", "started"])
    assert at.records.stats().counters["succeeded"] == 60


def test_an_edit_whose_worker_is_killed_between_pop_and_start_is_not_lost(workers: Start) -> None:
    at = workers(num_steps=1)
    [edit_id] = at.queue()
    at.pop_and_die(edit_id)
    at.start()
    at.wait_for_end(edit_id)
    assert at.main_events(edit_id) == ["queued", "started", "completed"]
