"""The numbers of /metrics: what this process answered, and the totals of the queue that Redis keeps for all.

Knows Prometheus; no routes.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from worker.records import Histogram as StoredHistogram
from worker.records import QueueState, Stats

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)
OUTCOMES = ("succeeded", "failed", "canceled")
FAILED_PREFIX = "failed:"


class HttpMetrics:
    """What this process answered since it started."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "respell_http_requests",
            "Answers by route and status.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.refusals = Counter(
            "respell_http_refusals", "Answers of 400 and above by code.", ["status", "code"], registry=self.registry
        )
        self.duration = Histogram(
            "respell_http_request_seconds",
            "From the head of a request to the end of its answer.",
            ["route"],
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self.sockets = Gauge("respell_websockets", "Open websockets.", registry=self.registry)

    def count(self, *, method: str, route: str, status: int, code: str | None, seconds: float) -> None:
        self.requests.labels(method, route, status).inc()
        if method != "WEBSOCKET":
            self.duration.labels(route).observe(seconds)
        if status >= 400:
            self.refusals.labels(status, code or "unknown").inc()


def exposition(http: HttpMetrics, queue: QueueState, stats: Stats, *, live_workers: int) -> bytes:
    """All numbers in Prometheus's text format."""
    registry = CollectorRegistry()
    registry.register(_QueueCollector(queue, stats, live_workers))
    return generate_latest(http.registry) + generate_latest(registry)


class _QueueCollector(Collector):
    def __init__(self, queue: QueueState, stats: Stats, live_workers: int) -> None:
        self._queue, self._stats, self._live_workers = queue, stats, live_workers

    def collect(self) -> Iterator[Metric]:
        queue, counters = self._queue, self._stats.counters
        yield GaugeMetricFamily("respell_edits_queued", "Edits that wait.", value=queue.queued)
        yield GaugeMetricFamily("respell_edits_running", "Edits that run.", value=queue.running)
        yield GaugeMetricFamily(
            "respell_queue_oldest_age_seconds", "How long the longest-waiting edit waits.", value=queue.oldest_age_s
        )
        depth = GaugeMetricFamily(
            "respell_queue_depth", "Tickets in a queue, searches for words too.", labels=["queue"]
        )
        for queue_name, length in queue.depth.items():
            depth.add_metric([queue_name], length)
        yield depth
        yield GaugeMetricFamily("respell_workers", "Workers that reported lately.", value=self._live_workers)
        yield CounterMetricFamily("respell_edits_created", "Edits accepted.", value=counters.get("created", 0))
        ended = CounterMetricFamily("respell_edits_ended", "Edits by how they ended.", labels=["status"])
        for status in OUTCOMES:
            ended.add_metric([status], counters.get(status, 0))
        yield ended
        yield CounterMetricFamily(
            "respell_edits_retried", "Attempts after a worker was lost.", value=counters.get("retried", 0)
        )
        failures = CounterMetricFamily("respell_edit_failures", "Failed edits by code.", labels=["code"])
        for name, number in counters.items():
            if name.startswith(FAILED_PREFIX):
                failures.add_metric([name.removeprefix(FAILED_PREFIX)], number)
        yield failures
        read_back = CounterMetricFamily(
            "respell_edits_read_back", "Results by whether they read as asked.", labels=["verified"]
        )
        read_back.add_metric(["true"], counters.get("verified", 0))
        read_back.add_metric(["false"], counters.get("unverified", 0))
        yield read_back
        yield _histogram("respell_edit_wait_seconds", "From accepted, or queued again, to started.", self._stats.wait_s)
        yield _histogram("respell_edit_run_seconds", "From the last start to the end.", self._stats.run_s)


def _histogram(name: str, text: str, stored: StoredHistogram) -> HistogramMetricFamily:
    buckets, total = [], 0
    for bound, number in zip((*map(str, map(float, stored.bounds_s)), "+Inf"), stored.counts, strict=True):
        total += number
        buckets.append((bound, total))
    return HistogramMetricFamily(name, text, buckets=buckets, sum_value=stored.sum_s)
