"""What the queue costs an edit, and what a second worker is good for, with a model that only sleeps."""

import asyncio
import json
import time
from itertools import pairwise
from pathlib import Path
from statistics import median

from benchmarks.loading.editing import edit_body, edit_request, small_photo, store_photo
from benchmarks.loading.figures import Figure, Outcome
from benchmarks.loading.requests import Connection
from benchmarks.loading.stage import Stage, until
from worker.contract import EditRequest, EditState
from worker.drawing import EditDrawing
from worker.fake import FakePainter
from worker.photo import Photo
from worker.reporting import Reporter
from worker.storage import BlobStore, image_id_of, key_of

STEPS, STEP_MS = 25, 20.0  # half a second an edit
WORK_TIMEOUT_S = 120.0


def queue_overhead(folder: Path, *, edits: int = 24, seed: int = 0) -> Outcome:
    """From one start to the next in a backlog, against the same edits drawn without queue and records.

    Medians: now and then something else wants the processor.
    """
    directly_s, model_s = _draw_directly(folder / "directly", edits)
    states = _work_off(folder, workers=1, edits=edits, seed=seed)
    starts = sorted(state.started_at for state in states if state.started_at is not None)
    through_s = median(later - earlier for earlier, later in pairwise(starts))
    return Outcome(
        f"{edits} edits of {STEPS} × {STEP_MS:g} ms that wait for one worker; medians",
        (
            Figure("what the queue adds to an edit", 100 * (through_s / directly_s - 1), "%", at_most=2),
            Figure("one edit through the queue", 1000 * through_s, "ms"),
            Figure("from its start to its end", 1000 * median(map(_run_s, states)), "ms"),
            Figure("the same without a queue", 1000 * directly_s, "ms"),
            Figure("the model alone in that", 1000 * model_s, "ms"),
        ),
    )


def two_workers(folder: Path, *, edits: int = 12, seed: int = 0) -> Outcome:
    """A backlog of edits for one worker, and one of twice as many for two."""
    one_s = _span_s(_work_off(folder / "one", workers=1, edits=edits, seed=seed))
    two_s = _span_s(_work_off(folder / "two", workers=2, edits=2 * edits, seed=seed))
    return Outcome(
        f"{edits} edits of {STEPS} × {STEP_MS:g} ms for one worker, {2 * edits} for two",
        (
            Figure("throughput of two workers to one", 2 * one_s / two_s, "×", at_least=1.9),
            Figure("one worker", edits / one_s, "1/s"),
            Figure("two workers", 2 * edits / two_s, "1/s"),
        ),
    )


def _draw_directly(folder: Path, number: int) -> tuple[float, float]:
    """→ seconds of an edit in this process, photo read and picture stored; those of the model in it. Medians."""
    store = BlobStore(str(folder))
    png = Photo.open(small_photo()).encode(".png")
    store.put(png, key_of(image_id_of(png)))
    request = EditRequest.model_validate_json(edit_body(image_id_of(png), seed=0))
    painter = FakePainter(STEPS, step_ms=STEP_MS)
    edits_s, models_s = [], []
    for _ in range(number):
        started = time.perf_counter()
        reporter = Reporter(_ignore, _ignore, num_items=1, num_candidates=1, previews=False)
        drawing = EditDrawing(request, painter=painter, store=store, detected=lambda: None, reporter=reporter)
        models_s.append(drawing.run().timings_s["drawing"])
        edits_s.append(time.perf_counter() - started)
    return median(edits_s), median(models_s)


def _work_off(folder: Path, *, workers: int, edits: int, seed: int) -> list[EditState]:
    """→ the states of the edits after all have ended."""
    with Stage(folder, fake_model_steps=STEPS, fake_step_ms=STEP_MS) as stage:
        api = stage.start_api()
        stage.start_workers(workers)
        edit_ids = asyncio.run(_post(api.port, edits, seed))

        def states() -> list[EditState]:
            return [state for edit_id in edit_ids if (state := stage.records.get(edit_id)) is not None]

        until(lambda: stage.records.queue().queued == 0, "every edit is begun", timeout_s=WORK_TIMEOUT_S)
        until(lambda: all(state.is_terminal for state in states()), "every edit has ended")
        ended = states()
    if failed := [state.edit_id for state in ended if state.status != "succeeded"]:
        raise RuntimeError(f"{len(failed)} of {edits} edits didn't succeed")
    return ended


async def _post(port: int, number: int, seed: int) -> list[str]:
    async with Connection(port) as connection:
        photo_id = await store_photo(connection)
        answers = [await connection.ask(edit_request(photo_id, seed=seed + index)) for index in range(number)]
    return [str(json.loads(answer.body)["edit_id"]) for answer in answers]


def _run_s(state: EditState) -> float:
    assert state.started_at is not None and state.finished_at is not None
    return state.finished_at - state.started_at


def _span_s(states: list[EditState]) -> float:
    """From the first start to the last end, by Redis's clock."""
    started = [state.started_at for state in states if state.started_at is not None]
    finished = [state.finished_at for state in states if state.finished_at is not None]
    return max(finished) - min(started)


def _ignore(_: object) -> None:
    pass
