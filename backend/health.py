"""Whether the process lives, whether the service can work, and its numbers. Starts and stops nothing."""

import asyncio

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from backend.answers import Healthy, ModelInfo, ModelsAnswer, Ready, answer
from backend.metrics import exposition
from backend.problems import not_ready
from backend.services import services_of
from backend.workers import announced_models, live_workers
from worker.contract import FieldProblem
from worker.errors import QueueUnavailableError, ServiceError

router = APIRouter(tags=["service"])

MIN_FREE_SHARE = 0.02
RETRY_AFTER_S = 5


@router.get("/healthz", response_model=Healthy)
async def healthz() -> Response:
    """The process answers; says nothing of Redis or workers."""
    return answer(Healthy(), headers={"Cache-Control": "no-store"})


@router.get("/readyz", response_model=Ready)
async def readyz(request: Request) -> Response:
    """Redis takes edits, a worker has reported in the last seconds, and the disk has room."""
    services = services_of(request)
    problems, num_workers = [], 0
    try:
        await services.records.ping()
        num_workers = await live_workers(services.records.redis)
        if num_workers == 0:
            problems.append(FieldProblem(pointer="/worker", detail="no worker has reported in the last seconds"))
    except QueueUnavailableError as error:
        problems.append(FieldProblem(pointer="/redis", detail=str(error)))
    try:
        if (free := await services.blobs.free_share()) < MIN_FREE_SHARE:
            problems.append(FieldProblem(pointer="/disk", detail=f"{free:.1%} of the disk is free"))
    except ServiceError as error:
        problems.append(FieldProblem(pointer="/disk", detail=str(error)))
    if problems:
        return not_ready(request, tuple(problems), retry_after_s=RETRY_AFTER_S)
    return answer(Ready(workers=num_workers), headers={"Cache-Control": "no-store"})


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request) -> Response:
    """Prometheus's text format: totals of the queue, and what this process answered."""
    services = services_of(request)
    records = services.records
    queue, stats, live = await asyncio.gather(records.queue(), records.stats(), live_workers(records.redis))
    text = exposition(services.metrics, queue, stats, live_workers=live)
    return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})


@router.get("/v1/models", response_model=ModelsAnswer)
async def models(request: Request) -> Response:
    """The models that workers draw with now; none while no worker has its model loaded."""
    found = await announced_models(services_of(request).records.redis)
    models = tuple(ModelInfo(**facts.model_dump(), default=number == 0) for number, facts in enumerate(found))
    return answer(ModelsAnswer(models=models), headers={"Cache-Control": "no-store"})
