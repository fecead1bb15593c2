"""What happens to an edit, over its websocket, however often that is lost. Knows events; nothing of what they mean."""

import math
import time
from collections.abc import Generator

from pydantic import ValidationError
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import connect

from respell.errors import BadAnswerError, RefusedError, RespellError, UnreachableError
from respell.transport import Transport, refusal
from worker.contract import EVENT, Event

CLOSE_TIMEOUT_S = 1.0  # a picture that isn't wanted may be on its way
STEADY_S = 10.0  # a connection that held so long was a good one, even if there was nothing to tell

_DONE = 1000
_REFUSED = range(4400, 4500)  # HTTP's 4xx, with the code as the reason
_NOT_FOR_US = (1002, 1003, 1007, 1008, 1009, 1010)  # trying again would end the same way


def watch(transport: Transport, edit_id: str, *, after: int) -> Generator[Event | bytes]:
    """Each event above `after` once and in order; then the picture, if there is one.

    Connects again with the `seq` of the last event. Raises RespellError.
    """
    last_seq = after
    patience = None
    while True:
        connected_at = math.inf
        try:
            with connect(
                transport.socket_url(f"/v1/edits/{edit_id}/ws?after={last_seq}"),
                additional_headers=transport.headers,
                compression=None,
                close_timeout=CLOSE_TIMEOUT_S,
                max_size=None,  # of the picture
            ) as socket:
                transport.note_answer()
                connected_at = time.monotonic()
                while True:
                    message = socket.recv()
                    patience = None
                    if isinstance(message, bytes):
                        yield message
                        return
                    event = _event(message)
                    if event.seq > last_seq:
                        last_seq = event.seq
                        yield event
        except ConnectionClosed as error:
            if error.rcvd is not None and error.rcvd.code == _DONE:
                return
            failure = _closed(error)
        except InvalidStatus as error:
            failure = refusal(error.response.status_code, bytes(error.response.body or b""))
        except (OSError, WebSocketException) as error:
            failure = transport.unreachable(error)
        if time.monotonic() - connected_at > STEADY_S:
            patience = None
        patience = patience or transport.patience()
        patience.wait(failure)


def _event(message: str) -> Event:
    try:
        return EVENT.validate_json(message)
    except ValidationError as error:
        raise BadAnswerError("an event isn't as this version of Respell has them", status=101) from error


def _closed(error: ConnectionClosed) -> RespellError:
    """Why a websocket ended too early."""
    code, reason = (1006, "") if error.rcvd is None else (error.rcvd.code, error.rcvd.reason)
    if code in _REFUSED:
        return RefusedError(f"the events can't be had: {reason}", code=reason, status=code - 4000)
    if code in _NOT_FOR_US:
        return BadAnswerError(f"the websocket was closed with {code} {reason}".rstrip(), status=101)
    return UnreachableError(f"the websocket was closed with {code} {reason}".rstrip())
