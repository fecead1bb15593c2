import errno
import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.worker.edit_helpers import photo_with_words, queue, request_for, results, small_photo, stored, workplace
from tests.worker.record_helpers import state, story
from worker import tasks
from worker.contract import DetectResult, EditRequest, Failure, ImageInfo, StageName
from worker.fake import FakePainter
from worker.logs import JsonFormatter
from worker.painter import Image, Painted, Watcher
from worker.records import Records
from worker.storage import BlobStore
from worker.targets import Target
from worker.watchdog import Watchdog


class InterruptedPainter(FakePainter):
    """Something happens in the middle of the drawing, before its second step."""

    def __init__(self, what: Callable[[], object]) -> None:
        super().__init__(40, step_ms=25)
        self.what = what
        self.steps_after = 0

    def paint(self, image: Image, target: Target, text: str, request: EditRequest, watcher: Watcher) -> Painted:
        tell = watcher.progress

        def interrupted(stage: StageName, candidate: int | None, step: int, total: int) -> None:
            if stage == "drawing" and step == 1:
                self.what()
            self.steps_after = step
            tell(stage, candidate, step, total)

        watcher.progress = interrupted  # type: ignore[method-assign]
        return super().paint(image, target, text, request, watcher)


def equipped(records: Records, folder: Path, painter: FakePainter | None = None) -> tasks.Workplace:
    place = workplace(records, folder, painter)
    tasks.equip(place)
    return place


def test_an_edit_ends_with_its_picture_in_the_store(records: Records, tmp_path: Path) -> None:
    place = equipped(records, tmp_path)
    edit_id = queue(records, request_for(stored(place.store, small_photo())))
    tasks.run_edit(edit_id)
    ended = state(records, edit_id)
    assert ended.status == "succeeded" and ended.worker == "w1" and ended.device == "cpu"
    assert ended.result is not None and ended.result.changed_outside_mask_px == 0 and ended.result.model == "fake"
    assert results(tmp_path) == {ended.result.image_sha256}
    path = next((tmp_path / "results").rglob("*.png"))
    assert hashlib.sha256(path.read_bytes()).hexdigest() == ended.result.image_sha256
    told = story(records, edit_id)
    assert told[:2] == ["queued", "started"] and told[-2:] == ["candidate", "completed"]
    assert [event.event().name for event in records.events(edit_id) if event.type == "stage"] == [
        "searching_noise", "drawing", "blending", "checking",
    ]  # fmt: skip


def test_the_last_step_is_always_told(records: Records, tmp_path: Path) -> None:
    place = equipped(records, tmp_path, FakePainter(7, step_ms=1))
    edit_id = queue(records, request_for(stored(place.store, small_photo())))
    tasks.run_edit(edit_id)
    steps = [json.loads(event.json) for event in records.events(edit_id) if event.type == "progress"]
    assert (steps[-1]["step"], steps[-1]["total"]) == (7, 7)


def test_a_ticket_of_an_edit_that_is_not_queued_is_dropped(records: Records, tmp_path: Path) -> None:
    place = equipped(records, tmp_path)
    edit_id = queue(records, request_for(stored(place.store, small_photo())))
    records.cancel(edit_id)
    tasks.run_edit(edit_id)
    assert story(records, edit_id) == ["queued", "canceled"]


def test_a_running_edit_is_canceled_within_a_few_steps_and_leaves_no_picture(records: Records, tmp_path: Path) -> None:
    painter = InterruptedPainter(lambda: records.cancel(edit_id))
    place = equipped(records, tmp_path, painter)
    edit_id = queue(records, request_for(stored(place.store, small_photo())))
    tasks.run_edit(edit_id)
    assert story(records, edit_id)[-1] == "canceled" and "completed" not in story(records, edit_id)
    assert painter.steps_after < 30
    assert results(tmp_path) == set()


def test_a_cancel_that_comes_while_the_result_is_stored_takes_the_picture_away(
    records: Records, tmp_path: Path
) -> None:
    class LateStore(BlobStore):
        def put(self, data: bytes, key: str) -> None:
            super().put(data, key)
            if key.startswith("results/"):
                records.cancel(edit_id)

    place = equipped(records, tmp_path)
    place.store = LateStore(str(tmp_path))
    edit_id = queue(records, request_for(stored(place.store, small_photo())))
    tasks.run_edit(edit_id)
    assert story(records, edit_id)[-1] == "canceled"
    assert results(tmp_path) == set()


def test_a_canceled_edit_leaves_the_equal_result_of_another_alone(records: Records, tmp_path: Path) -> None:
    place = equipped(records, tmp_path)
    request = request_for(stored(place.store, small_photo()))
    first, second = queue(records, request), queue(records, request)
    tasks.run_edit(first)
    kept = results(tmp_path)
    place.painter = InterruptedPainter(lambda: records.cancel(second))
    tasks.run_edit(second)
    assert story(records, second)[-1] == "canceled" and results(tmp_path) == kept != set()


def test_the_late_word_of_a_replaced_worker_changes_nothing(records: Records, tmp_path: Path) -> None:
    def another_takes_over() -> None:
        assert records.retrying(edit_id, 1) == "queued"
        assert records.begin(edit_id, worker="w2", device="cpu") is not None

    place = equipped(records, tmp_path, InterruptedPainter(another_takes_over))
    edit_id = queue(records, request_for(stored(place.store, small_photo())))
    tasks.run_edit(edit_id)
    now = state(records, edit_id)
    assert now.status == "running" and now.worker == "w2" and now.attempt == 2


def test_an_edit_that_is_handed_back_waits_for_its_next_attempt(records: Records, tmp_path: Path) -> None:
    painter = InterruptedPainter(lambda: place.hand_back())
    place = equipped(records, tmp_path, painter)
    edit_id = queue(records, request_for(stored(place.store, small_photo())))
    tasks.run_edit(edit_id)
    assert story(records, edit_id)[-1] == "retrying"
    assert state(records, edit_id).status == "queued" and state(records, edit_id).attempt == 2
    assert painter.steps_after == 1


def test_what_cannot_be_drawn_fails_with_its_code(records: Records, tmp_path: Path) -> None:
    place = equipped(records, tmp_path)
    missing = queue(records, request_for("img_" + "0a" * 32))
    tasks.run_edit(missing)
    far_away = {"target": {"quad_px": [[900, 8], [940, 8], [940, 24], [900, 24]]}, "text": "TAXI"}
    outside = queue(records, request_for(stored(place.store, small_photo()), far_away))
    tasks.run_edit(outside)
    for edit_id, code in ((missing, "image_not_found"), (outside, "bad_target")):
        error = state(records, edit_id).error
        assert error is not None and error.code == code and not error.retryable
        assert story(records, edit_id)[-1] == "failed"


def test_our_own_faults_are_told_in_the_log_alone_and_without_their_message(
    records: Records, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fault() -> None:
        raise RuntimeError("with the user's text: TAXI")

    place = equipped(records, tmp_path, InterruptedPainter(fault))
    edit_id = queue(records, request_for(stored(place.store, small_photo())))
    with caplog.at_level(logging.ERROR):
        tasks.run_edit(edit_id)
    assert state(records, edit_id).error == Failure(
        code="internal_error", message="the worker failed; its log says why"
    )
    line = json.loads(JsonFormatter().format(caplog.records[-1]))
    assert line["error"] == "RuntimeError" and line["trace"][-1].endswith(" fault")
    assert "TAXI" not in json.dumps(line)


def test_a_full_disk_is_another_attempt_and_in_the_end_a_failure(records: Records, tmp_path: Path) -> None:
    class FullStore(BlobStore):
        def put(self, data: bytes, key: str) -> None:
            if key.startswith("results/"):
                raise OSError(errno.EIO, "input/output error")
            super().put(data, key)

    place = equipped(records, tmp_path)
    place.store = FullStore(str(tmp_path))
    edit_id = queue(records, request_for(stored(place.store, small_photo())))
    for _ in range(3):
        tasks.run_edit(edit_id)
    error = state(records, edit_id).error
    assert error is not None and error.code == "storage_unavailable" and error.retryable
    assert story(records, edit_id).count("retrying") == 2


def test_the_watchdog_is_on_duty_only_while_the_model_draws(records: Records, tmp_path: Path) -> None:
    def silent() -> None:
        for _ in range(31):
            place.watchdog.tick()

    barked = []
    place = equipped(records, tmp_path, InterruptedPainter(silent))
    place.watchdog = Watchdog(on_stall=lambda: barked.append(1))
    edit_id = queue(records, request_for(stored(place.store, small_photo())))
    tasks.run_edit(edit_id)
    assert barked == [1]
    for _ in range(500):
        place.watchdog.tick()
    assert barked == [1]


def test_the_words_of_a_picture_are_found_and_stored_once(records: Records, tmp_path: Path) -> None:
    place = equipped(records, tmp_path)
    image_id = stored(place.store, photo_with_words())
    records.save_image(ImageInfo(image_id=image_id, width=320, height=200, mode="RGB", orientation_applied=False))
    tasks.run_detect(image_id)
    found = records.get_detect(image_id)
    assert isinstance(found, DetectResult)
    assert [(region.region_id, region.text) for region in found.regions] == [("r0", "EXIT"), ("r1", "PLAZA")]
    place.store = BlobStore(str(tmp_path / "elsewhere"))
    tasks.run_detect(image_id)
    assert records.get_detect(image_id) == found


def test_a_picture_that_is_gone_has_no_words(records: Records, tmp_path: Path) -> None:
    equipped(records, tmp_path)
    image_id = "img_" + "0a" * 32
    records.save_image(ImageInfo(image_id=image_id, width=32, height=32, mode="L", orientation_applied=False))
    tasks.run_detect(image_id)
    failure = records.get_detect(image_id)
    assert isinstance(failure, Failure) and failure.code == "image_not_found"


def test_tasks_do_not_run_where_nothing_is_equipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_workplaces", [])
    with pytest.raises(RuntimeError, match="isn't equipped"):
        tasks.run_edit("edit_" + "0a" * 16)
