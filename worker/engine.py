"""The loop of a worker process: takes tickets, keeps itself announced, finds lost edits, ends in good order.

The only file that subclasses RQ's worker, written for `rq>=2.12,<3`. Knows no pictures and nothing of what a job does.

What RQ 2.12 does not do, and is done here: heartbeats while a job runs in the same process; taking from several queues
without the loss of a ticket when the worker dies in between; ending without an exception in the middle of anything.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

import redis
from rq import worker_registration
from rq.exceptions import NoSuchJobError, StopRequested
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty
from rq.utils import as_text, now
from rq.worker import SimpleWorker, WorkerStatus

from worker.contract import ModelFacts
from worker.errors import EditNotFoundError, QueueUnavailableError
from worker.queueing import DOORBELL_KEY, QUEUES, SafeJob, intermediate_key, queue_key, rq_queues
from worker.records import Records
from worker.records.keys import WORKER_MODEL_FIELD
from worker.watchdog import Ticker, Watchdog

logger = logging.getLogger(__name__)

HEARTBEAT_S = 2.0
WORKER_TTL_S = 6
REAP_S = 1.0
REAPER_KEY = "rq:reaper"  # the name of the worker that reaps
REAPER_TTL_S = 3
DOORBELL_TIMEOUT_S = 2
OUTAGE_PAUSE_S = 1.0

_AWAY = (redis.RedisError, QueueUnavailableError)  # away, full, read-only: nothing that a new process would cure


class EditWorker(SimpleWorker):
    """One job at a time, in this process, which keeps its model warm."""

    death_penalty_class = TimerDeathPenalty  # does nothing at a timeout of -1; the other one sets an alarm
    dequeue_timeout = DOORBELL_TIMEOUT_S
    log_result_lifespan = False

    def __init__(
        self,
        records: Records,
        *,
        name: str,
        model: ModelFacts,
        watchdog: Watchdog,
        on_second_signal: Callable[[], None],
        is_worn_out: Callable[[], bool] = lambda: False,
    ) -> None:
        connection = records.redis
        super().__init__(
            rq_queues(connection),
            name=name,
            connection=connection,
            job_class=SafeJob,
            serializer=JSONSerializer,
            log_job_description=False,
        )
        self._records, self._on_second_signal, self._is_worn_out = records, on_second_signal, is_worn_out
        self._model = model.model_dump_json()
        self._is_waiting = False  # for the doorbell: the only place where a signal may break in
        self._tickers = (
            Ticker("heartbeat", HEARTBEAT_S, self.announce, tolerated=_AWAY),
            Ticker("reaper", REAP_S, self.reap, tolerated=_AWAY),
            Ticker("watchdog", 1.0, watchdog.tick),
        )

    @property
    def was_asked_to_stop(self) -> bool:
        """Whether `work` came back because of a signal, or of its age, not of an error."""
        return bool(self._stop_requested)

    # Being there

    def bootstrap(self, *args: Any, **kwargs: Any) -> None:
        super().bootstrap(*args, **kwargs)
        for ticker in self._tickers:
            ticker.start()

    def teardown(self) -> None:
        for ticker in self._tickers:
            ticker.stop()
        super().teardown()  # type: ignore[no-untyped-call]  # RQ is typed in part

    def register_birth(self) -> None:
        super().register_birth()  # type: ignore[no-untyped-call]
        self.connection.hset(self.key, WORKER_MODEL_FIELD, self._model)
        self.heartbeat()

    def announce(self) -> None:
        """One beat. Writes everything, so that a worker that was taken for dead is back with it."""
        execution = self.execution
        with self.connection.pipeline() as pipeline:
            self.last_heartbeat = now()
            written = {**self.serialize(), "state": self.get_state(), WORKER_MODEL_FIELD: self._model}
            pipeline.hset(self.key, mapping=written)
            worker_registration.register(self, pipeline)
            self.heartbeat(pipeline=pipeline)
            if execution is not None:
                for queue in self.queues:
                    execution.heartbeat(queue.started_job_registry, WORKER_TTL_S, pipeline=pipeline)
            pipeline.execute()

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """RQ calls this in the middle of its own doings; the key must not outlive a worker that is gone."""
        del timeout
        (self.connection if pipeline is None else pipeline).expire(self.key, WORKER_TTL_S)

    def get_heartbeat_ttl(self, job: Job) -> int:
        del job
        return WORKER_TTL_S

    def set_state(self, state: str, pipeline: Any = None) -> None:
        """Kept for the next beat: RQ's own would write a key that never expires."""
        del pipeline
        self._state = state

    def subscribe(self) -> None:
        """RQ's commands aren't listened to: who cancels an edit tells its record."""

    # Taking tickets

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """The next ticket; waits for one unless `timeout` is None."""
        del max_idle_time
        self.set_state(WorkerStatus.IDLE)
        while True:
            if self._stop_requested:
                raise StopRequested
            try:
                taken = self._take()
                if taken is not None or timeout is None:
                    return taken
                self._wait_for_doorbell()
            except _AWAY as error:
                logger.warning("no ticket can be taken: %s", error)
                time.sleep(OUTAGE_PAUSE_S)

    def execute_job(self, job: Job, queue: Queue) -> None:
        """A job that can't even be begun is found again by its record. A worker that is worn out takes no other."""
        try:
            super().execute_job(job, queue)
        except _AWAY as error:
            logger.warning("the ticket %s is left: %s", job.id, error)
        if self._is_worn_out():
            logger.info("this worker is worn out and makes room for a new one")
            self._stop_requested = True

    def _take(self) -> tuple[Job, Queue] | None:
        """The first ticket of the first queue that has one. Until its job begins it lies in the intermediate list."""
        for name, queue in zip(QUEUES, self.queues, strict=True):
            while (
                ticket := self.connection.lmove(queue_key(name), intermediate_key(name), "LEFT", "RIGHT")
            ) is not None:
                job = self._job_of(as_text(ticket))
                if job is not None:
                    return job, queue
                self.connection.lrem(intermediate_key(name), 1, as_text(ticket))
                with suppress(EditNotFoundError):  # RQ forgets the job of an edit that was queued again while it ran
                    self._records.requeue(as_text(ticket), after_s=0)
        return None

    def _job_of(self, job_id: str) -> Job | None:
        """None for a job that is gone, or that RQ can't have written."""
        try:
            job = SafeJob.fetch(job_id, connection=self.connection, serializer=JSONSerializer)
        except (NoSuchJobError, ValueError, KeyError, TypeError) as error:
            logger.warning("a ticket without a readable job is dropped: %s", type(error).__name__)
            return None
        job.redis_server_version = self.get_redis_server_version()  # type: ignore[no-untyped-call]
        return job

    def _wait_for_doorbell(self) -> None:
        self._is_waiting = True
        try:
            if not self._stop_requested:
                self.connection.blpop([DOORBELL_KEY], DOORBELL_TIMEOUT_S)
        finally:
            self._is_waiting = False

    def prepare_job_execution(self, job: Job, remove_from_intermediate_queue: bool = False) -> None:
        """RQ removes the ticket from the intermediate list only for workers with a single queue."""
        del remove_from_intermediate_queue
        super().prepare_job_execution(job, remove_from_intermediate_queue=True)

    # Finding lost edits

    def reap(self) -> None:
        """Lost edits run again, lost tickets are written again, dead workers are forgotten: by one worker of all."""
        if not self._leads():
            return
        reaped = self._records.reap()
        if reaped.retried or reaped.failed or reaped.requeued:
            logger.warning("lost edits: %s", reaped)
        for queue in self.queues:
            worker_registration.clean_worker_registry(queue)

    def _leads(self) -> bool:
        if self.connection.set(REAPER_KEY, self.name, nx=True, ex=REAPER_TTL_S):
            return True
        if self.connection.get(REAPER_KEY) != self.name.encode():
            return False
        self.connection.expire(REAPER_KEY, REAPER_TTL_S)
        return True

    # Ending

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """The first signal: ends after the job. Each further one: the job is handed back, so that it ends now."""
        del signum, frame
        if self._stop_requested:
            self._on_second_signal()
            return
        self._stop_requested = True
        if self._is_waiting:
            raise StopRequested
