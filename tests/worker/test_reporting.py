import base64
import time

import cv2
import numpy as np
import pytest

from worker.contract import ProgressUpdate, StageName, StageUpdate, Update
from worker.painter import Judged
from worker.reporting import MAX_PREVIEW_BYTES, MIN_PREVIEW_GAP_S, Reporter, preview_jpeg

QUAD = np.array([(10.0, 20), (90, 20), (90, 44), (10, 44)])


def reporter(told: list[Update], *, num_items: int = 1, num_candidates: int = 1, previews: bool = False) -> Reporter:
    return Reporter(told.append, lambda _: None, num_items=num_items, num_candidates=num_candidates, previews=previews)


def draw(to: Reporter, *, num_steps: int, step_s: float = 0.0) -> None:
    to.progress("searching_noise", 0, 0, num_steps)
    for step in range(num_steps):
        to.progress("drawing", 0, step, num_steps)
        to.preview(lambda: np.zeros((32, 64, 3), np.uint8), QUAD)
        time.sleep(step_s)
    to.progress("blending", 0, 0, 1)
    to.progress("checking", 0, 0, 1)


def test_stages_are_told_once_each_and_at_most_ten_steps_a_second() -> None:
    told: list[Update] = []
    started = time.monotonic()
    draw(reporter(told), num_steps=60, step_s=0.01)
    seconds = time.monotonic() - started
    stages = [update.name for update in told if isinstance(update, StageUpdate)]
    steps = [update.step for update in told if isinstance(update, ProgressUpdate)]
    assert stages == ["searching_noise", "drawing", "blending", "checking"]
    assert steps[0] == 0 and steps[-1] == 60 and steps == sorted(set(steps))
    assert 2 <= len(steps) <= 10 * seconds + 2


def test_previews_are_small_few_and_only_there_when_asked_for() -> None:
    for previews in (True, False):
        told: list[Update] = []
        started = time.monotonic()
        draw(reporter(told, previews=previews), num_steps=60, step_s=0.01)
        seconds = time.monotonic() - started
        steps = [update for update in told if isinstance(update, ProgressUpdate)]
        shown = [update.preview for update in steps if update.preview]
        corners = tuple((float(x), float(y)) for x, y in QUAD)
        assert all(update.preview_quad_px == (corners if update.preview else None) for update in steps)
        assert len(shown) <= (seconds / MIN_PREVIEW_GAP_S + 1 if previews else 0)
        assert bool(shown) == previews
        for preview in shown:
            image = cv2.imdecode(np.frombuffer(base64.b64decode(preview), np.uint8), cv2.IMREAD_COLOR)
            assert image.shape == (32, 64, 3)


@pytest.mark.parametrize("size", [(64, 512), (1, 1), (3000, 20), (256, 256)])
def test_a_preview_is_at_most_10_kb_whatever_it_shows(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (*size, 3), dtype=np.uint8)
    data = preview_jpeg(noise)
    assert data.startswith(b"\xff\xd8\xff") and len(data) <= MAX_PREVIEW_BYTES


def test_the_eta_counts_the_words_still_to_come() -> None:
    told: list[Update] = []
    to = reporter(told, num_items=3, num_candidates=2)
    to.begin_item(1, first_candidate=2)
    to.progress("drawing", 0, 0, 4)
    eta_s = next(update.eta_s for update in told if isinstance(update, ProgressUpdate))
    elapsed_per_step = (time.monotonic() - to._started) / 8
    assert eta_s is not None and eta_s <= round(16 * elapsed_per_step, 1) + 0.1


def test_candidates_are_numbered_through_the_items() -> None:
    told: list[Update] = []
    to = reporter(told)
    to.begin_item(1, first_candidate=5)
    for index in range(3):
        to.judged(Judged(index, "model", 1, "TAXI", 0.5, True, 0))
    assert [(update.index, update.item) for update in told] == [(5, 1), (6, 1), (7, 1)]  # type: ignore[union-attr]


def test_every_sign_of_life_is_checked_and_what_is_raised_passes_through() -> None:
    seen: list[StageName] = []

    def check(stage: StageName) -> None:
        seen.append(stage)
        if len(seen) == 4:
            raise KeyboardInterrupt

    to = Reporter(lambda _: None, check, num_items=1, num_candidates=1, previews=False)
    with pytest.raises(KeyboardInterrupt):
        draw(to, num_steps=9)
    assert seen == ["searching_noise", "drawing", "drawing", "drawing"]
