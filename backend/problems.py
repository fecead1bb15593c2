"""The only place where a refusal becomes HTTP: Problem Details (RFC 9457), never with what the client sent in it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response

from worker.contract import FieldProblem, Problem, field_problems
from worker.errors import EditorError, InternalError, InvalidRequestError

MEDIA_TYPE = "application/problem+json"
REQUEST_ID_HEADER = "X-Request-ID"
CLIENT_CLOSED = 499  # as nginx logs it; nobody is there to read it

STATUS_OF_CODE = {
    "malformed_json": 400,
    "malformed_form": 400,
    "empty_image": 400,
    "bad_idempotency_key": 400,
    "bad_last_event_id": 400,
    "unauthorized": 401,
    "origin_refused": 403,
    "not_found": 404,
    "image_not_found": 404,
    "mask_not_found": 404,
    "edit_not_found": 404,
    "candidate_not_found": 404,
    "maps_not_found": 404,
    "method_not_allowed": 405,
    "request_timeout": 408,
    "result_not_ready": 409,
    "edit_running": 409,
    "result_expired": 410,
    "upload_too_large": 413,
    "unsupported_media_type": 415,
    "unsupported_image": 415,
    "unsupported_image_type": 415,
    "queue_full": 429,
    "internal_error": 500,
    "decoder_failed": 500,
    "queue_unavailable": 503,
    "storage_unavailable": 503,
    "no_worker": 503,
    "no_image_model": 503,
    "not_ready": 503,
    "storage_full": 507,
}  # all others: 422, what was asked for can't be done; 503 if trying again may help
CODE_OF_STATUS = {401: "unauthorized", 404: "not_found", 405: "method_not_allowed", 413: "upload_too_large"}
HEADERS_OF_STATUS = {
    401: {"WWW-Authenticate": "Bearer"},
    408: {"Connection": "close"},
    429: {"Retry-After": "5"},
    503: {"Retry-After": "5"},
    507: {"Retry-After": "30"},
}


class Refusal(HTTPException):
    """A refusal that only HTTP knows: a malformed body, a missing key, a body that doesn't come."""

    def __init__(self, code: str, detail: str, *, retry_after_s: int | None = None) -> None:
        headers = None if retry_after_s is None else {"Retry-After": str(retry_after_s)}
        super().__init__(STATUS_OF_CODE[code], detail, headers)
        self.code = code


def invalid_field(pointer: str, detail: str) -> RequestValidationError:
    """A field that keeps to the contract and yet can't be used, such as corners outside the picture."""
    place = tuple(int(part) if part.isdigit() else part for part in pointer.strip("/").split("/"))
    return RequestValidationError([{"type": "unusable", "loc": place, "msg": detail}])


def status_of(error: EditorError) -> int:
    return STATUS_OF_CODE.get(error.code, 503 if error.retryable else 422)


def refuse(connection: HTTPConnection, error: EditorError | HTTPException | RequestValidationError) -> Response:
    """Any refusal → its response."""
    if isinstance(error, RequestValidationError):
        errors = field_problems(error.errors())
        detail = f"{errors[0].pointer or 'the body'}: {errors[0].detail}" if errors else "the request is invalid"
        if len(errors) > 1:
            detail += f" (and {len(errors) - 1} more)"
        return _response(connection, 422, InvalidRequestError.code, detail, errors=errors)
    if isinstance(error, HTTPException):
        code = getattr(error, "code", None) or CODE_OF_STATUS.get(error.status_code, f"http_{error.status_code}")
        return _response(connection, error.status_code, code, str(error.detail), headers=error.headers)
    retry_after_s = getattr(error, "retry_after_s", None)
    headers = None if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return _response(connection, status_of(error), error.code, str(error), headers=headers)


def not_ready(connection: HTTPConnection, errors: tuple[FieldProblem, ...], *, retry_after_s: int) -> Response:
    """The answer of a service that lacks something; each of `errors` says what."""
    detail = "; ".join(error.detail for error in errors)
    headers = {"Retry-After": str(retry_after_s)}
    return _response(connection, 503, "not_ready", detail, headers=headers, errors=errors)


def install(app: FastAPI) -> None:
    """Every way in which a request may fail ends in `refuse`."""
    for kind in (EditorError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _on_refusal)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)
    app.add_exception_handler(Exception, _on_bug)


async def _on_refusal(request: Request, error: Exception) -> Response:
    return refuse(request, cast(EditorError | HTTPException | RequestValidationError, error))


async def _on_disconnect(_request: Request, _error: Exception) -> Response:
    return Response(status_code=CLIENT_CLOSED)


async def _on_bug(request: Request, _error: Exception) -> Response:
    """Starlette raises the error again after this, and the server logs it."""
    return refuse(request, InternalError("an error of ours; the log of the service knows more under this request_id"))


def _response(
    connection: HTTPConnection,
    status: int,
    code: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: tuple[FieldProblem, ...] = (),
) -> Response:
    state = connection.scope.setdefault("state", {})
    state["problem_code"] = code  # for the log and the counters
    request_id = state.get("request_id")
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=detail,
        request_id=request_id,
        errors=errors,
    )
    known = {} if request_id is None else {REQUEST_ID_HEADER: request_id}
    return Response(
        problem.model_dump_json(exclude_none=True),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **known, **HEADERS_OF_STATUS.get(status, {}), **(headers or {})},
    )
