"""What a client may meet, each with a stable `code`. Knows no HTTP library.

RespellError
├── BadSetupError        bad_setup       the URL of the service, or the key, can't be one
├── UnreachableError     unreachable     nobody answers there
├── BadAnswerError       bad_answer      somebody answers, but not as this service does
├── RefusedError         (the service's code: image_not_found, queue_full, …)
├── EditFailedError      (the edit's code: text_not_found, bad_text, …)
├── EditCanceledError    edit_canceled
└── WaitTimeoutError     wait_timeout    the edit hasn't ended yet, and goes on
"""

from worker.contract import EditState, FieldProblem
from worker.errors import EditorError

RETRYABLE_STATUSES = frozenset({408, 429, 502, 503, 504, 507})
RETRYABLE_CODES = frozenset({"edit_running"})  # one that is to be deleted and hasn't stopped yet


class RespellError(EditorError):
    """Base. `status` is HTTP's, None where there was none; `retryable` says whether trying again may help."""

    code = "respell_error"
    status: int | None = None

    @property
    def detail(self) -> str:
        """For people."""
        return str(self)


class BadSetupError(RespellError):
    """No http or https URL, or no key that a header can hold."""

    code = "bad_setup"


class UnreachableError(RespellError):
    """The connection can't be made, or was lost."""

    code = "unreachable"
    retryable = True


class BadAnswerError(RespellError):
    """Not what this version of the contract says: another program, a proxy, or a service of another version."""

    code = "bad_answer"

    def __init__(self, detail: str, *, status: int) -> None:
        super().__init__(detail)
        self.status = status
        self.retryable = status in RETRYABLE_STATUSES


class RefusedError(RespellError):
    """The service says no. `errors` are the fields it doesn't like; `request_id` finds the request in its log."""

    def __init__(
        self,
        detail: str,
        *,
        code: str,
        status: int,
        errors: tuple[FieldProblem, ...] = (),
        request_id: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.code, self.status = code, status
        self.retryable = status in RETRYABLE_STATUSES or code in RETRYABLE_CODES
        self.errors, self.request_id = errors, request_id


class EditFailedError(RespellError):
    """The edit has ended without a picture; `state` knows all about it."""

    def __init__(self, state: EditState) -> None:
        failure = state.error
        super().__init__("the edit failed" if failure is None else failure.message)
        if failure is not None:
            self.code, self.retryable = failure.code, failure.retryable
        self.state = state


class EditCanceledError(RespellError):
    """Somebody canceled the edit."""

    code = "edit_canceled"

    def __init__(self, state: EditState) -> None:
        super().__init__("the edit was canceled")
        self.state = state


class WaitTimeoutError(RespellError):
    """The time to wait is over; `state` says where the edit stood."""

    code = "wait_timeout"
    retryable = True

    def __init__(self, detail: str, state: EditState) -> None:
        super().__init__(detail)
        self.state = state
