"""What a ticket runs: an edit, a generation, or the search for words. The only place that catches every exception.

The process's model, storage and records are given once (`equip`): a ticket holds nothing but an id.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from models.errors import ModelsError
from worker.contract import DetectResult, EditRequest, Failure, Region, StageName
from worker.devices import free_memory, trouble
from worker.drawing import EditDrawing
from worker.errors import (
    DeviceLostError,
    EditorError,
    InternalError,
    OutOfMemoryError,
    QueueUnavailableError,
    StaleAttemptError,
    StorageFullError,
    StorageUnavailableError,
)
from worker.link import EditCanceledError, HandedBackError, Link
from worker.making import Generation, PictureMaker
from worker.painter import Painter
from worker.pictures import load_photo
from worker.records import Attempt, Records
from worker.reporting import Reporter
from worker.storage import BlobStore
from worker.watchdog import Ticker, Watchdog, end_process

logger = logging.getLogger(__name__)

COMMIT_PATIENCE_S = 600.0  # a finished drawing waits that long for a queue that takes nothing
COMMIT_PAUSE_S = 1.0
DETECT_BEAT_S = 1.0
HANDED_BACK = "worker_stopped"  # the reason of a retry
# Another worker may have what this one lacks, and this one may have it again.
RETRIED_CODES = tuple(
    kind.code for kind in (StorageFullError, StorageUnavailableError, OutOfMemoryError, DeviceLostError)
)

T = TypeVar("T")


@dataclass
class Workplace:
    """What the tasks of this process work with. `link` is the running edit's."""

    name: str
    records: Records
    store: BlobStore
    painter: Painter
    maker: PictureMaker | None = None
    watchdog: Watchdog = field(default_factory=Watchdog)
    link: Link | None = None

    def hand_back(self) -> None:
        """The running edit stops at its next step and is queued again. May be called by a signal's handler."""
        if self.link is not None:
            self.link.hand_back()


_workplaces: list[Workplace] = []


def equip(workplace: Workplace) -> None:
    """From now on tasks run there."""
    _workplaces[:] = [workplace]


def run_edit(edit_id: str) -> None:
    """Draws an edit, or a generation, and commits what came of it."""
    place = _workplace()
    attempt = place.records.begin(edit_id, worker=place.name, device=place.painter.device)
    if attempt is None:
        logger.info("%s isn't queued: its ticket is dropped", edit_id)
        return
    started = time.monotonic()
    with Link(place.records, attempt) as link:
        place.link = link
        try:
            _insist(_result_of(place, attempt, link))
        except StaleAttemptError as error:
            logger.warning("%s", error)
        finally:
            place.link = None
    logger.info("%s: attempt %d over after %.2f s", edit_id, attempt.attempt, time.monotonic() - started)


def run_detect(image_id: str) -> None:
    """Looks for the words of a picture and stores them."""
    place = _workplace()
    if isinstance(place.records.get_detect(image_id), DetectResult):
        return
    started = time.monotonic()
    try:
        with place.watchdog, _held(place, image_id):
            words = place.painter.find(load_photo(place.store, image_id).rgb)
        regions = [
            Region(
                region_id=f"r{index}",
                quad_px=word.quad_px.round(2).tolist(),
                text=word.text,
                confidence=round(word.confidence, 4),
                char_height_px=round(word.char_height_px, 2),
            )
            for index, word in enumerate(words)
        ]
        result = DetectResult(image_id=image_id, regions=tuple(regions))
    except QueueUnavailableError:
        raise
    except Exception as error:
        failure = _failure(error, image_id)
        _insist(lambda: place.records.fail_detect(image_id, failure))
        _recover(failure.code)
    else:
        _insist(lambda: place.records.save_regions(image_id, result))
        logger.info("%s: %d words found in %.2f s", image_id, len(words), time.monotonic() - started)


@contextmanager
def _held(place: Workplace, image_id: str) -> Iterator[None]:
    """Others leave the picture's words to us, as long as we live."""
    place.records.hold_detect(image_id)
    lease = Ticker(
        "detect",
        DETECT_BEAT_S,
        lambda: place.records.hold_detect(image_id),
        tolerated=(QueueUnavailableError,),
    )
    lease.start()
    try:
        yield
    finally:
        lease.stop()


def _workplace() -> Workplace:
    if not _workplaces:
        raise RuntimeError("this process isn't equipped: tasks run in a worker, not where they are queued")
    return _workplaces[0]


def _result_of(place: Workplace, attempt: Attempt, link: Link) -> Callable[[], object]:
    """Draws, and gives the one call that tells the record how it went."""
    edit_id, token, records = attempt.edit_id, attempt.token, place.records
    work = _work(place, attempt, link)
    try:
        with place.watchdog:
            outcome = work.run()
        link.flush()
    except (StaleAttemptError, QueueUnavailableError):
        raise
    except EditCanceledError:
        work.discard()
        return lambda: records.commit_canceled(edit_id, token)
    except HandedBackError:
        return lambda: records.retrying(edit_id, attempt.attempt, HANDED_BACK)
    except Exception as error:
        failure = _failure(error, edit_id)
        if failure.code in RETRIED_CODES:
            return lambda: _try_again(place, attempt, failure.code)
        link.flush()
        if isinstance(work, Generation):
            failure = failure.model_copy(update={"image_id": work.image_id})

        def fail() -> None:
            _hand_over(place, work)
            records.fail(edit_id, token, failure)
            work.discard()

        return fail

    def complete() -> None:
        _hand_over(place, work)
        if records.complete(edit_id, token, outcome) == "canceled":
            work.discard()

    return complete


def _hand_over(place: Workplace, work: EditDrawing | Generation) -> None:
    """Before the end is told: who hears of it may ask for the picture."""
    if isinstance(work, Generation):
        work.hand_over(place.records.save_image)


def _work(place: Workplace, attempt: Attempt, link: Link) -> EditDrawing | Generation:
    request = attempt.request

    def check(stage: StageName) -> None:
        place.watchdog.feed(stage)
        link.check()

    reporter = Reporter(
        link.tell,
        check,
        num_items=len(request.edits if isinstance(request, EditRequest) else request.texts),
        num_candidates=request.n,
        previews=request.options.previews,
    )
    if not isinstance(request, EditRequest):
        return Generation(request, maker=place.maker, painter=place.painter, store=place.store, reporter=reporter)
    image_id = request.image_id

    def detected() -> DetectResult | None:
        found = place.records.get_detect(image_id)
        return found if isinstance(found, DetectResult) else None

    return EditDrawing(request, painter=place.painter, store=place.store, detected=detected, reporter=reporter)


def _try_again(place: Workplace, attempt: Attempt, reason: str) -> None:
    """Here or elsewhere; fails for good after the last attempt."""
    place.records.retrying(attempt.edit_id, attempt.attempt, reason)
    _recover(reason)


def _recover(code: str) -> None:
    """Makes this process fit for the next job, or ends it."""
    if code == OutOfMemoryError.code:
        free_memory()
    elif code == DeviceLostError.code:
        end_process("the device is lost")


def _failure(error: Exception, subject: str) -> Failure:
    """What the record says; our own faults are told in the log alone."""
    if not isinstance(error, EditorError | ModelsError) and (meant := trouble(error)) is not None:
        logger.warning("%s: %s", subject, error)
        error = meant
    if isinstance(error, EditorError):
        return Failure(code=error.code, message=str(error), retryable=error.retryable)
    if isinstance(error, ModelsError):
        return Failure(code=error.code, message=str(error))
    logger.exception("%s failed", subject)
    return Failure(code=InternalError.code, message="the worker failed; its log says why")


def _insist(commit: Callable[[], T]) -> T:
    """Tries for a while: what took minutes to draw isn't thrown away because the queue is full just now."""
    deadline = time.monotonic() + COMMIT_PATIENCE_S
    while True:
        try:
            return commit()
        except QueueUnavailableError as error:
            if time.monotonic() > deadline:
                raise
            logger.warning("not committed yet: %s", error)
            time.sleep(COMMIT_PAUSE_S)
