"""What happens to an edit, told as it happens: over a websocket, then the picture itself, or as server-sent events.

Both start after any event that the client names, on any replica. Knows no states and stores nothing.
"""

import asyncio
import contextlib
import re

from fastapi import APIRouter, Request, Response, WebSocket
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from backend.feed import Feed, feed, until_disconnect, while_there
from backend.problems import Refusal
from backend.results import existing
from backend.security import SUBPROTOCOL
from backend.services import Services, services_of
from worker.contract import EditId
from worker.errors import EditNotFoundError, EditorError, ResultExpiredError
from worker.records import StoredEvent

router = APIRouter(prefix="/v1/edits/{edit_id}", tags=["events"])
SOCKET_PATH = "/v1/edits/{edit_id}/ws"  # Starlette's own route: FastAPI's takes 8 KiB more for each open socket

PING_EVERY_S = 15.0  # server-sent events; websockets have pings of their own
SEND_TIMEOUT_S = 60.0  # a client that doesn't read
MAX_MESSAGES = 100  # from a client; none are needed
MESSAGES_WINDOW_S = 60.0

# Why a websocket is closed; 44xx are as HTTP's 4xx.
DONE, BAD_DATA, GONE, POLICY, RESTARTING, TRY_LATER = 1000, 1003, 1006, 1008, 1012, 1013
BAD_AFTER, NO_EDIT, EXPIRED = 4400, 4404, 4410

_SEQ = re.compile(r"[0-9]{1,9}")


async def edit_socket(socket: WebSocket) -> None:
    """JSON events after `?after=SEQ`, each a text message; the result as one binary message; the end.

    The connection is taken before the edit is looked for, because a browser can't see why one was refused.
    """
    services, edit_id, reason = services_of(socket), socket.path_params["edit_id"], ""
    code: int | None
    await socket.accept(subprotocol=SUBPROTOCOL if SUBPROTOCOL in socket.scope["subprotocols"] else None)
    try:
        after, is_over = await _start(services, edit_id, socket.query_params.get("after"))
        with feed(services.records, services.hub, edit_id, after=after) as events:
            async with while_there(events, _receive_all(socket)) as gone:
                code = await _tell(socket, services, events, is_over=is_over)
        if not gone.cancelled():
            code = gone.result()
    except HTTPException:
        code, reason = BAD_AFTER, "bad_last_event_id"
    except EditorError as error:
        code, reason = _close_code(error), error.code
    except WebSocketDisconnect:
        return
    if code is not None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # closed by the other side, or by the server
            await socket.close(code, reason)


@router.get(
    "/events",
    response_class=Response,
    responses={
        200: {
            "description": "The events, until the terminal one: `id` is `seq`, `event` the type, `data` the JSON.",
            "content": {"text/event-stream": {"schema": {"$ref": "#/components/schemas/EditEvent"}}},
        },
        204: {"description": "The client has them all and need not come again."},
    },
)
async def edit_events(request: Request, edit_id: EditId, after: str | None = None) -> Response:
    """The same events as over the websocket. Goes on after `Last-Event-ID`, which browsers send, or `?after=`."""
    services = services_of(request)
    seen, is_over = await _start(services, edit_id, request.headers.get("last-event-id", after))
    return Response(status_code=204) if is_over else EventStream(services, edit_id, after=seen)


class EventStream(Response):
    """Server-sent events. Looks out for the client's end all the while: who only sends doesn't notice it."""

    media_type = "text/event-stream"

    def __init__(self, services: Services, edit_id: str, *, after: int) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._services, self._edit_id, self._after = services, edit_id, after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        with feed(self._services.records, self._services.hub, self._edit_id, after=self._after) as events:
            async with while_there(events, until_disconnect(receive)):
                while (body := await _next_lines(events)) is not None:
                    try:
                        async with asyncio.timeout(SEND_TIMEOUT_S):
                            await send({"type": "http.response.body", "body": body, "more_body": True})
                    except TimeoutError:
                        return  # the server drops the connection of an answer without an end
        await send({"type": "http.response.body", "body": b""})


async def _tell(socket: WebSocket, services: Services, events: Feed, *, is_over: bool) -> int:
    """Sends all events and the result; → why to close."""
    event = None
    while not is_over and (event := await events.next()) is not None:
        await _send(socket, event.json)
        is_over = event.is_terminal
    if not is_over:
        return RESTARTING
    if event is None or event.type == "completed":
        state = await existing(services.records, events.edit_id)
        if state.result is not None:
            await _send(socket, await services.blobs.read_result(state.result.image_sha256, state.result.content_type))
    return DONE


async def _send(socket: WebSocket, message: str | bytes) -> None:
    """Raises WebSocketDisconnect for a client that is gone or doesn't read."""
    try:
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await (socket.send_text(message) if isinstance(message, str) else socket.send_bytes(message))
    except TimeoutError:
        raise WebSocketDisconnect(GONE) from None
    except RuntimeError as error:
        if "websocket.close" not in str(error):  # uvicorn's word after it has closed for want of a pong
            raise
        raise WebSocketDisconnect(GONE) from error


async def _receive_all(socket: WebSocket) -> int | None:
    """→ None when the client has gone, or the code to close with when it sends what it shouldn't."""
    loop = asyncio.get_running_loop()
    window_end, num_messages = 0.0, 0
    while (message := await socket.receive())["type"] != "websocket.disconnect":
        if message.get("bytes") is not None:
            return BAD_DATA
        if loop.time() > window_end:
            window_end, num_messages = loop.time() + MESSAGES_WINDOW_S, 0
        num_messages += 1
        if num_messages > MAX_MESSAGES:
            return POLICY
    return None


async def _next_lines(events: Feed) -> bytes | None:
    """The next event as SSE, or a ping; None at the end."""
    try:
        async with asyncio.timeout(PING_EVERY_S):
            event = await events.next()
    except TimeoutError:
        return b": ping\n\n"
    return None if event is None else _sse(event)


def _sse(event: StoredEvent) -> bytes:
    return f"id: {event.seq}\nevent: {event.type}\ndata: {event.json}\n\n".encode()


async def _start(services: Services, edit_id: str, after: str | None) -> tuple[int, bool]:
    """The `seq` that the client has seen, and whether that is the terminal event's. Raises Refusal."""
    state = await existing(services.records, edit_id)
    seen = 0
    if after:
        if not _SEQ.fullmatch(after) or int(after) > state.seq:
            raise Refusal("bad_last_event_id", f"wanted the seq of an event, 0 to {state.seq} so far")
        seen = int(after)
    return seen, state.is_terminal and seen == state.seq


def _close_code(error: EditorError) -> int:
    if isinstance(error, EditNotFoundError):
        return NO_EDIT
    return EXPIRED if isinstance(error, ResultExpiredError) else TRY_LATER
