"""A worker process: `python -m worker.main`, told everything by environment variables (`worker.settings`).

It loads and warms its models before it announces itself. SIGTERM or SIGINT: ends after the job at hand; once more: the
job is handed back. Ends with 0 when asked to or grown too large, 2 when it can't start, 70 when its model hangs or its
device is lost, 1 otherwise.
"""

import logging
import os
import secrets
import sys
import threading
import time
from pathlib import Path

from models.errors import ModelsError
from worker import logs, tasks
from worker.devices import choose_device
from worker.engine import EditWorker
from worker.errors import EditorError
from worker.fake import FakePainter
from worker.making import PictureMaker
from worker.memory import MemoryLimit, resident_bytes
from worker.painter import ModelPainter, Painter
from worker.records import Records, worker_redis
from worker.settings import Settings
from worker.storage import BlobStore
from worker.watchdog import EXIT_STATUS

logger = logging.getLogger("worker")


def main() -> int:
    """→ the exit status."""
    logs.configure()
    threading.excepthook = _end_process
    try:
        settings = Settings.from_env()
        painter, maker = load_painter(settings), load_maker(settings)
    except (EditorError, ModelsError) as error:
        logger.error("%s", error)
        return 2
    return run(settings, painter, maker)


def load_painter(settings: Settings) -> Painter:
    """The model, warm. Raises BadModelError and BadSettingError."""
    if settings.fake_model_steps is not None:
        return FakePainter(settings.fake_model_steps, step_ms=settings.fake_step_ms)
    started = time.monotonic()
    painter = ModelPainter.load(settings.model, device=choose_device(settings.device))
    painter.warm()
    logger.info("model %s on %s, warm in %.1f s", painter.model_name, painter.device, time.monotonic() - started)
    return painter


def load_maker(settings: Settings) -> PictureMaker | None:
    """The model that makes pictures, warm, if there is to be one. Raises BadModelError and BadSettingError."""
    if settings.image_model is None:
        return None
    started = time.monotonic()
    maker = PictureMaker.load(Path(settings.image_model), device=choose_device(settings.device))
    maker.warm()
    logger.info("image model %s, warm in %.1f s", maker.name, time.monotonic() - started)
    return maker


def run(settings: Settings, painter: Painter, maker: PictureMaker | None = None) -> int:
    """Works until it is told to stop → the exit status."""
    name = f"worker-{secrets.token_hex(4)}"
    client = worker_redis(settings.redis_url)
    records = Records(client, max_queued=settings.max_queued, retention_s=settings.retention_s)
    workplace = tasks.Workplace(name, records, BlobStore(settings.storage), painter, maker)
    tasks.equip(workplace)
    worker = EditWorker(
        records,
        name=name,
        model=painter.facts.model_copy(update={"image_model": None if maker is None else maker.name}),
        watchdog=workplace.watchdog,
        on_second_signal=workplace.hand_back,
        is_worn_out=MemoryLimit.above(resident_bytes()).is_exceeded,
    )
    logger.info("%s begins, pid %d", name, os.getpid())
    worker.work(logging_level="WARNING")
    client.close()
    logger.info("%s ends", name)
    return 0 if worker.was_asked_to_stop else 1


def _end_process(args: threading.ExceptHookArgs) -> None:
    """Without its heartbeat or its link a worker is no good: the supervisor starts another."""
    trace = args.exc_value.__traceback__ if args.exc_value else None
    exc_info = (args.exc_type, args.exc_value, trace) if args.exc_value else None
    logger.critical("thread %s died", args.thread.name if args.thread else "?", exc_info=exc_info)
    os._exit(EXIT_STATUS)


if __name__ == "__main__":
    sys.exit(main())
