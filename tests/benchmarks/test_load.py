"""The load benchmark at a small scale: what must not happen under load doesn't, and the figures are counted right."""

import json
from pathlib import Path

import pytest

from benchmarks.load import SCENARIOS, as_json, main
from benchmarks.loading.emitting import FIRST_SEQ
from benchmarks.loading.figures import Figure, Outcome, exactly, percentile, spread
from benchmarks.loading.following import Follower, faults, flapping, replica_kill
from benchmarks.loading.queueing import queue_full
from benchmarks.loading.stage import allow_open_files
from benchmarks.loading.uploading import UPLOAD_BYTES, photos


def values(outcome: Outcome) -> dict[str, float]:
    return {figure.what: figure.value for figure in outcome.figures}


def test_clients_that_drop_and_resume_lose_nothing_and_get_nothing_twice(tmp_path: Path) -> None:
    outcome = flapping(tmp_path, clients=8, events=40, rate=40, seed=1)
    assert outcome.is_met, outcome.figures
    assert values(outcome)["events got"] == 8 * 40
    assert values(outcome)["connections"] > 8


def test_a_full_queue_refuses_one_more_and_tells_the_right_positions(tmp_path: Path) -> None:
    figures = values(queue_full(tmp_path, max_queued=20, seconds=0.6))
    assert (figures["accepted"], figures["queued at the end"]) == (20, 20)
    assert figures["refused"] > 0
    assert figures["further ones not refused with 429 and Retry-After"] == 0
    assert figures["positions off by"] <= 1


def test_when_an_api_process_is_killed_the_other_one_tells_the_rest(tmp_path: Path) -> None:
    outcome = replica_kill(tmp_path, edits=2, clients_an_edit=3)
    assert all(figure.is_met is not False for figure in outcome.figures if figure.unit != "s"), outcome.figures


def test_what_a_client_missed_got_twice_or_out_of_order_is_counted() -> None:
    fine, unlucky = Follower("edit_1"), Follower("edit_2", after=2)
    fine.seqs += [1, 2, 3]
    unlucky.seqs += [3, 5, 4, 4, 7]
    lost, twice, disordered = faults([fine, unlucky], first=FIRST_SEQ, last=[3, 7])
    assert (lost.value, twice.value, disordered.value) == (1, 1, 1)
    assert not any(figure.is_met for figure in (lost, twice, disordered))


def test_a_bar_is_met_on_it_and_missed_beyond_it() -> None:
    assert Figure("", 50, at_most=50).is_met and not Figure("", 50.1, at_most=50).is_met
    assert Figure("", 150, at_least=150).is_met and not Figure("", 149, at_least=150).is_met
    assert exactly("", 0, 0).is_met and not exactly("", 1, 0).is_met
    assert Figure("", 1).is_met is None
    assert Outcome("", (Figure("", 1), exactly("", 0, 0))).is_met
    assert not Outcome("", (Figure("", 1), exactly("", 1, 0))).is_met


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile(range(1, 101), 0.99) == 99
    assert percentile([5.0], 0.5) == 5
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 0.5)
    assert [figure.value for figure in spread("", [0.001, 0.002, 0.004])] == [2, 4, 4]


def test_uploads_are_different_pictures_of_the_wanted_size_and_the_same_for_a_seed() -> None:
    sent = list(photos(4, seed=3))
    assert len(set(sent)) == 4
    assert all(abs(len(jpeg) - UPLOAD_BYTES) < 0.1 * UPLOAD_BYTES for jpeg in sent)
    assert sent == list(photos(4, seed=3))


def test_the_json_holds_every_figure_with_its_bar() -> None:
    outcomes = {"uploads": Outcome("8 at a time", (Figure("accepted", 160, "1/s", at_least=150),))}
    told = json.loads(as_json(outcomes, seed=2))
    assert told["seed"] == 2
    assert told["scenarios"]["uploads"]["met"] is True
    assert told["scenarios"]["uploads"]["figures"][0]["at_least"] == 150


def test_too_few_open_files_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (100, 100))
    with pytest.raises(SystemExit, match="101 open files are needed and the system allows 100"):
        allow_open_files(101)


def test_scenarios_are_chosen_by_name(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["load.py", "--only", "nothing"])
    with pytest.raises(SystemExit):
        main()
    told = capsys.readouterr().err
    assert all(name in told for name in SCENARIOS)
