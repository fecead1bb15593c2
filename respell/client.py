"""`RespellClient`: each call of the API as a method, and `edit`, which does the whole of it."""

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypeAlias

from respell.errors import EditCanceledError, EditFailedError, RefusedError, RespellError, WaitTimeoutError
from respell.transport import Transport
from respell.uploads import Upload, content_of
from respell.watching import watch
from worker.contract import (
    TERMINAL_EVENTS,
    AnyRequest,
    Box,
    CancelAnswer,
    CandidateState,
    DetectResult,
    EditAccepted,
    EditItem,
    EditOptions,
    EditRequest,
    EditState,
    Event,
    Find,
    FindTarget,
    GenerationRequest,
    ImageInfo,
    MaskInfo,
    MaskTarget,
    OutputOptions,
    PictureOptions,
    QuadTarget,
    Region,
    RegionTarget,
    StyleFrom,
    Target,
)

Corners: TypeAlias = Sequence[Sequence[float]]

DEFAULT_URL = "http://127.0.0.1:8000"
PATIENCE_S = 30.0
FIRST_LOOK_S, LAST_LOOK_S = 0.1, 1.0  # between looks at an edit


@dataclass(frozen=True)
class Edited:
    """An edit that succeeded: all about it, and the file."""

    state: EditState
    picture: bytes = field(repr=False)

    @property
    def best(self) -> CandidateState:
        """The drawing that `picture` shows."""
        outcome = self.state.result
        assert outcome is not None  # it succeeded
        return next(candidate for candidate in outcome.candidates if candidate.index == outcome.best)


class RespellClient:
    """`with RespellClient("http://127.0.0.1:8000") as client: client.edit("photo.jpg", "TAXI", find="EXIT")`.

    A service that is away, full or restarting is tried again for `patience_s`, but not one that has never answered.
    All methods raise RespellError. Several threads may share one client.
    """

    def __init__(
        self, base_url: str = DEFAULT_URL, *, api_key: str | None = None, patience_s: float = PATIENCE_S
    ) -> None:
        self._transport = Transport(base_url, api_key=api_key, patience_s=patience_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    def upload(self, photo: Upload) -> ImageInfo:
        """A file's path, its bytes, or a file opened in binary mode → what it is stored as."""
        return self._transport.ask(ImageInfo, "POST", "/v1/images", files={"image": content_of(photo)})

    def upload_url(self, url: str) -> ImageInfo:
        """A photo that the service fetches."""
        return self._transport.ask(ImageInfo, "POST", "/v1/images", json={"url": url})

    def upload_result(self, edit_id: str, choices: Sequence[int]) -> ImageInfo:
        """The picture that `result` gives for these choices, as the photo of the next edit; no bytes are sent."""
        body = {"edit_id": edit_id, "choices": list(choices)}
        return self._transport.ask(ImageInfo, "POST", "/v1/images", json=body)

    def upload_mask(self, mask: Upload) -> MaskInfo:
        """A picture of the photo's size, white = repaint; as `upload` takes one."""
        return self._transport.ask(MaskInfo, "POST", "/v1/masks", files={"mask": content_of(mask)})

    def image(self, image_id: str) -> bytes:
        """An upright PNG, each pixel as it will be edited."""
        return self._transport.send("GET", f"/v1/images/{image_id}").content

    def delete_image(self, image_id: str) -> bool:
        """Afterwards it isn't there; False if it wasn't before."""
        return self._delete(f"/v1/images/{image_id}", "image_not_found")

    def detect(self, image_id: str) -> tuple[Region, ...]:
        """The words in a photo, in reading order."""
        return self._transport.ask(DetectResult, "POST", f"/v1/images/{image_id}/detect").regions

    def submit(self, request: AnyRequest, *, idempotency_key: str | None = None) -> EditAccepted:
        """Queues an edit or a generation.

        The same key with the same request gives the first answer again; by default it is random.
        """
        if request.dry_run:
            raise ValueError("a dry run queues nothing: submit the request with dry_run=False")
        return self._transport.ask(
            EditAccepted,
            "POST",
            "/v1/generations" if isinstance(request, GenerationRequest) else "/v1/edits",
            content=request.model_dump_json(),
            headers={"Content-Type": "application/json", "Idempotency-Key": idempotency_key or uuid.uuid4().hex},
        )

    def state(self, edit_id: str) -> EditState:
        """Everything about an edit."""
        return self._transport.ask(EditState, "GET", f"/v1/edits/{edit_id}")

    def wait(self, edit_id: str, *, timeout_s: float | None = None) -> EditState:
        """The state of an edit once it has ended, however it did. Raises WaitTimeoutError; the edit goes on."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        pause_s = FIRST_LOOK_S
        while not (state := self.state(edit_id)).is_terminal:
            if deadline is not None:
                pause_s = min(pause_s, deadline - time.monotonic())
                if pause_s <= 0:
                    raise WaitTimeoutError(f"{edit_id} is {state.status} after {timeout_s:g} s", state)
            time.sleep(pause_s)
            pause_s = min(1.5 * pause_s, LAST_LOOK_S)
        return state

    def events(self, edit_id: str, *, after: int = 0) -> Iterator[Event]:
        """What happens to an edit as it happens, from the event after number `after` to the last.

        Each event once and in order, also when the service restarts in between.
        """
        with contextlib.closing(watch(self._transport, edit_id, after=after)) as messages:
            for message in messages:
                if isinstance(message, bytes):
                    return
                yield message
                if message.type in TERMINAL_EVENTS:
                    return

    def result(self, edit_id: str, *, choices: Sequence[int] | None = None) -> bytes:
        """The picture with all words changed, each with its best drawing; or with the chosen ones.

        `choices` has one candidate's index for each of `edits`, in their order.
        """
        query = "" if choices is None else "?choices=" + ",".join(map(str, choices))
        return self._transport.send("GET", f"/v1/edits/{edit_id}/result{query}").content

    def candidate(self, edit_id: str, index: int) -> bytes:
        """The picture with one of the other drawings."""
        return self._transport.send("GET", f"/v1/edits/{edit_id}/candidates/{index}").content

    def maps(self, edit_id: str, index: int) -> bytes:
        """Where each character of a drawing was attended to: a PNG that `maps` in the candidate's state describes."""
        return self._transport.send("GET", f"/v1/edits/{edit_id}/candidates/{index}/maps").content

    def cancel(self, edit_id: str) -> bool:
        """Stops an edit, at its next step if it runs; False when it had ended."""
        return self._transport.ask(CancelAnswer, "POST", f"/v1/edits/{edit_id}/cancel").cancelled

    def delete_edit(self, edit_id: str) -> bool:
        """Afterwards neither the edit nor its pictures are there; False if they weren't before. Stops it if it runs."""
        return self._delete(f"/v1/edits/{edit_id}", "edit_not_found")

    def edit(
        self,
        photo: Upload | ImageInfo,
        text: str,
        *,
        find: str | Find | None = None,
        quad_px: Corners | None = None,
        region_id: str | None = None,
        mask: Upload | None = None,
        style_from: StyleFrom | None = None,
        n: int = 4,
        seed: int | None = None,
        verify: bool = True,
        options: EditOptions | None = None,
        output: OutputOptions | None = None,
        on_event: Callable[[Event], object] | None = None,
    ) -> Edited:
        """Uploads, edits, follows, and gives the picture. One of `find`, `quad_px`, `region_id` and `mask` says where.

        `photo` may also be what `upload` gave. Stopped in the middle, by Ctrl-C or an error of `on_event`, it cancels
        the edit. Raises EditFailedError and EditCanceledError.
        """
        target = self._target(find=find, quad_px=quad_px, region_id=region_id, mask=mask)
        item = EditItem(target=target, text=text, style_from=style_from)
        image = photo if isinstance(photo, ImageInfo) else self.upload(photo)
        request = EditRequest(
            image_id=image.image_id,
            edits=(item,),
            n=n,
            seed=seed,
            verify=verify,
            options=options or EditOptions(),
            output=output or OutputOptions(),
        )
        return self._follow(self.submit(request).edit_id, on_event)

    def generate(
        self,
        prompt: str,
        texts: Sequence[str] = (),
        *,
        picture: PictureOptions | None = None,
        box_px: Box | None = None,
        n: int = 4,
        seed: int | None = None,
        verify: bool = True,
        options: EditOptions | None = None,
        output: OutputOptions | None = None,
        on_event: Callable[[Event], object] | None = None,
    ) -> Edited:
        """A picture from a prompt, with the texts written into it that the prompt quotes, or with `texts`.

        `box_px` says where one text goes: x, y, width, height. Stopped in the middle it cancels, and it raises, as
        `edit` does; after `no_place` the `image_id` of `error.state.error` is the picture without the texts.
        """
        request = GenerationRequest(
            prompt=prompt,
            texts=tuple(texts),
            picture=picture or PictureOptions(),
            box_px=box_px,
            n=n,
            seed=seed,
            verify=verify,
            options=options or EditOptions(),
            output=output or OutputOptions(),
        )
        return self._follow(self.submit(request).edit_id, on_event)

    def _target(
        self, *, find: str | Find | None, quad_px: Corners | None, region_id: str | None, mask: Upload | None
    ) -> Target:
        given = {"find": find, "quad_px": quad_px, "region_id": region_id, "mask": mask}
        named = [name for name, value in given.items() if value is not None]
        if len(named) != 1:
            raise ValueError(f"one of {', '.join(given)} says where to write, got {' and '.join(named) or 'none'}")
        if find is not None:
            return FindTarget(find=Find(text=find) if isinstance(find, str) else find)
        if quad_px is not None:
            return QuadTarget.model_validate({"quad_px": quad_px})
        if region_id is not None:
            return RegionTarget(region_id=region_id)
        assert mask is not None
        return MaskTarget(mask_id=self.upload_mask(mask).mask_id)

    def _delete(self, path: str, missing: str) -> bool:
        try:
            self._transport.send("DELETE", path)
        except RefusedError as error:
            if error.code != missing:
                raise
            return False
        return True

    def _follow(self, edit_id: str, on_event: Callable[[Event], object] | None) -> Edited:
        picture = None
        try:
            with contextlib.closing(watch(self._transport, edit_id, after=0)) as messages:
                for message in messages:
                    if isinstance(message, bytes):
                        picture = message
                    elif on_event is not None:
                        on_event(message)
        except RespellError:
            raise
        except BaseException:
            with contextlib.suppress(RespellError):  # what stopped it matters more
                self.cancel(edit_id)
            raise
        state = self.state(edit_id)
        if state.status == "failed":
            raise EditFailedError(state)
        if state.status == "canceled":
            raise EditCanceledError(state)
        return Edited(state, self.result(edit_id) if picture is None else picture)
