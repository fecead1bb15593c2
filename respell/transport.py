"""Requests and their answers: addresses, keys, retries, refusals. Knows HTTP; no pictures, no edits."""

import random
import re
import time
from collections.abc import Mapping
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError

from respell.errors import BadAnswerError, BadSetupError, RefusedError, RespellError, UnreachableError
from worker.contract import Model, Problem

TIMEOUT = httpx.Timeout(75.0, connect=10.0)  # the service itself answers within 60 s
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0

_KEY = re.compile(r"[\x21-\x7e]+")
_M = TypeVar("_M", bound=Model)


class Patience:
    """How long a service that is away is waited for, from the first time that it fails."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._deadline: float | None = None
        self._pause_s = FIRST_PAUSE_S

    def wait(self, error: RespellError, *, retry_after_s: float | None = None) -> None:
        """Sleeps before the next try; raises `error` when that can't help or the time is over."""
        if not error.retryable:
            raise error
        now = time.monotonic()
        self._deadline = now + self._seconds if self._deadline is None else self._deadline
        pause_s = self._pause_s * random.uniform(0.5, 1.0) if retry_after_s is None else retry_after_s
        if now + pause_s > self._deadline:
            raise error
        time.sleep(pause_s)
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)


class Transport:
    """One service. Whatever is sent may be sent again: the service takes nothing twice."""

    def __init__(self, base_url: str, *, api_key: str | None, patience_s: float) -> None:
        self._base_url = _checked_address(base_url)
        if api_key is not None and not _KEY.fullmatch(api_key):
            raise BadSetupError("an API key has printable ASCII characters without spaces")  # and isn't shown
        self.headers = {} if api_key is None else {"Authorization": f"Bearer {api_key}"}
        self._http = httpx.Client(headers=self.headers, timeout=TIMEOUT)
        self._patience_s = patience_s
        self._has_answered = False

    def close(self) -> None:
        self._http.close()

    def send(self, method: str, path: str, **content: Any) -> httpx.Response:
        """A successful answer; `content` as httpx takes it. Raises RespellError."""
        patience = None
        while True:
            retry_after_s = None
            try:
                response = self._http.request(method, self._base_url + path, **content)
            except (httpx.TransportError, httpx.DecodingError) as error:
                failure: RespellError = self.unreachable(error)
            else:
                self.note_answer()
                if response.is_success:
                    return response
                failure = refusal(response.status_code, response.content)
                retry_after_s = _seconds(response.headers)
            patience = patience or self.patience()
            patience.wait(failure, retry_after_s=retry_after_s)

    def ask(self, kind: type[_M], method: str, path: str, **content: Any) -> _M:
        """The answer as one of the contract's models. Raises RespellError."""
        response = self.send(method, path, **content)
        try:
            return kind.model_validate_json(response.content)
        except ValidationError as error:
            raise BadAnswerError(
                f"{self._base_url} doesn't answer as this version of Respell does: no {kind.__name__}",
                status=response.status_code,
            ) from error

    def socket_url(self, path: str) -> str:
        return "ws" + self._base_url.removeprefix("http") + path

    def patience(self) -> Patience:
        """A service that has never answered isn't waited for: its address may be wrong."""
        return Patience(self._patience_s if self._has_answered else 0.0)

    def note_answer(self) -> None:
        self._has_answered = True

    def unreachable(self, error: Exception) -> UnreachableError:
        failure = UnreachableError(f"can't reach {self._base_url}: {str(error) or type(error).__name__}")
        failure.__cause__ = error
        return failure


def refusal(status: int, body: bytes) -> RespellError:
    """An answer that isn't a success → its error."""
    try:
        problem = Problem.model_validate_json(body)
    except ValidationError:
        return BadAnswerError(f"HTTP {status}, and not in the words of Respell", status=status)
    return RefusedError(
        problem.detail, code=problem.code, status=status, errors=problem.errors, request_id=problem.request_id
    )


def _checked_address(base_url: str) -> str:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise BadSetupError(f"{base_url!r} is no URL: {error}") from error
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query or url.fragment:
        raise BadSetupError(f"wanted the URL of a service such as http://127.0.0.1:8000, got {base_url!r}")
    return str(url).rstrip("/")


def _seconds(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds; None without one, or for a date."""
    value = headers.get("Retry-After", "")
    return float(value) if re.fullmatch(r"[0-9]{1,9}", value) else None
