"""Uploads → files of our own, in a few warm processes (`worker.ingest`), of which a hostile picture hurts one alone.

Knows processes and how pictures reach them; decodes nothing itself.
"""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import worker
from worker.errors import EditorError, UnreadablePhotoError, UploadTooLargeError
from worker.exchange import Exchange
from worker.ingest_protocol import (
    ANSWER_HEAD,
    MAX_UPLOAD_BYTES,
    REQUEST_HEAD,
    ImageFacts,
    Refusal,
    check_ready,
    parse_answer,
    unpack_answer_head,
)

logger = logging.getLogger(__name__)

DEFAULT_PROCESSES = 3  # two cores have work while one of them waits for its next picture
DEFAULT_TIMEOUT_S = 10.0
START_TIMEOUT_S = 60.0
MAX_WAITING = 64  # each holds an upload in memory
PICTURES_PER_PROCESS = 1000  # then a fresh one, whatever the decoders may have leaked
_PIPE_BUFFER_BYTES = 1 << 16
_KEPT_BYTES = 64 << 20


class ImageRefused(EditorError):
    """What the decoder refused, under its code."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class DecoderBusyError(EditorError):
    """As many uploads wait as may."""

    code = "decoder_busy"
    retryable = True
    retry_after_s = 1


class DecoderFailedError(EditorError):
    """No decoding process can be started: our fault."""

    code = "decoder_failed"


@dataclass(frozen=True)
class DecodedImage:
    """What is stored of an upload."""

    facts: ImageFacts
    file: bytes


class DecodePool:
    """`async with DecodePool() as decoders: await decoders.decode(data)`. Belongs to one event loop."""

    def __init__(
        self,
        *,
        processes: int = DEFAULT_PROCESSES,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        max_waiting: int = MAX_WAITING,
        memory_mb: int | None = None,
        module: str = "worker.ingest",
    ) -> None:
        self._timeout_s, self._max_waiting = timeout_s, max_waiting
        self._command = [module] if memory_mb is None else [module, "--memory-mb", str(memory_mb)]
        self._idle: asyncio.Queue[_Child | None] = asyncio.Queue()  # None: to be started
        for _ in range(processes):
            self._idle.put_nowait(None)
        self._children: set[_Child] = set()
        self._restarts: set[asyncio.Task[None]] = set()
        self._waiting = 0
        self._is_closed = False

    async def __aenter__(self) -> Self:
        """Starts all children. Raises DecoderFailedError."""
        try:
            for _ in range(self._idle.qsize()):
                self._idle.get_nowait()
                self._idle.put_nowait(await self._start())
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends all children; a picture in the middle of its decoding is refused."""
        self._is_closed = True
        for task in self._restarts:
            task.cancel()
        await asyncio.gather(*self._restarts, return_exceptions=True)
        await asyncio.gather(*(self._end(child) for child in list(self._children)))

    @property
    def pids(self) -> list[int]:
        return [child.process.pid for child in self._children]

    async def decode(self, data: bytes) -> DecodedImage:
        """An upload of any bytes → the picture to store.

        Raises ImageRefused with the code of the refusal, UploadTooLargeError, DecoderBusyError, DecoderFailedError.
        """
        if len(data) > MAX_UPLOAD_BYTES:
            raise UploadTooLargeError(f"the upload has {len(data):,} bytes, at most {MAX_UPLOAD_BYTES:,} are allowed")
        return await self.ask(data)

    async def ask(self, data: bytes) -> DecodedImage:
        """A request as the children's module has it → its answer. Raises as `decode`."""
        child = await self._take()
        answer: tuple[ImageFacts | Refusal, bytes] | None = None
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await child.ask(data)
        except TimeoutError as error:
            raise _unreadable(f"decoding took more than {self._timeout_s:g} s") from error
        except (EOFError, ConnectionError, ValueError) as error:
            raise _unreadable("it brought the decoder down") from error
        finally:
            self._give_back(child, is_sound=answer is not None)
        result, file = answer
        if isinstance(result, Refusal):
            raise ImageRefused(result.message, code=result.code)
        return DecodedImage(result, file)

    async def _take(self) -> "_Child":
        if self._waiting >= self._max_waiting:
            raise DecoderBusyError(f"{self._waiting} uploads are waiting to be decoded, no more may")
        self._waiting += 1
        try:
            child = await self._idle.get()
        finally:
            self._waiting -= 1
        try:
            self._check_open()
            if child is not None and child.process.returncode is None:
                return child
            if child is not None:
                await self._end(child)
            return await self._start()
        except BaseException:
            self._idle.put_nowait(None)
            raise

    def _give_back(self, child: "_Child", *, is_sound: bool) -> None:
        """A child in the middle of an answer, or an old one, is replaced behind the scenes."""
        if self._is_closed or (is_sound and child.num_pictures < PICTURES_PER_PROCESS):
            self._idle.put_nowait(child)
            return
        if not is_sound:
            logger.warning("decoder %d ended in the middle of a picture", child.process.pid)
        task = asyncio.create_task(self._replace(child))
        self._restarts.add(task)
        task.add_done_callback(self._restarts.discard)

    async def _replace(self, child: "_Child") -> None:
        fresh: _Child | None = None
        try:
            await self._end(child)
            fresh = await self._start()
        except DecoderFailedError as error:
            logger.error("%s", error)
        finally:
            self._idle.put_nowait(fresh)

    async def _start(self) -> "_Child":
        self._check_open()
        child = await _Child.start(self._command)
        self._children.add(child)
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                check_ready((await child.read())[0])
        except (TimeoutError, EOFError, ConnectionError, ValueError) as error:
            await self._end(child)
            raise DecoderFailedError("no process to decode pictures can be started") from error
        except BaseException:
            await self._end(child)
            raise
        return child

    def _check_open(self) -> None:
        if self._is_closed:
            raise DecoderFailedError("the service is shutting down")

    async def _end(self, child: "_Child") -> None:
        await child.kill()
        self._children.discard(child)


class _Child:
    """One process, its pipes, and the file through which pictures go."""

    def __init__(self, process: Process, exchange: Exchange) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._exchange = exchange
        self.process, self._requests, self._answers = process, process.stdin, process.stdout
        self._lock = asyncio.Lock()  # one reader at a time
        self.num_pictures = 0

    @classmethod
    async def start(cls, module_and_arguments: list[str]) -> Self:
        """With an environment that holds none of our secrets."""
        environment = {
            "PYTHONPATH": str(Path(worker.__file__).parent.parent),
            "PATH": os.defpath,
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "OPENCV_LOG_LEVEL": "OFF",
            # The C library keeps the memory of a picture for the next one: fresh pages take it a tenth of its time.
            "MALLOC_MMAP_THRESHOLD_": str(_KEPT_BYTES // 2),
            "MALLOC_TRIM_THRESHOLD_": str(_KEPT_BYTES),
        }
        exchange = Exchange.make()
        descriptor = exchange.descriptor
        command = [sys.executable, "-P", "-m", *module_and_arguments, "--exchange", str(descriptor)]
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, env=environment, start_new_session=True, pass_fds=[descriptor]
            )
        except BaseException:
            exchange.close()
            raise
        return cls(process, exchange)

    async def ask(self, data: bytes) -> tuple[ImageFacts | Refusal, bytes]:
        """Raises EOFError or ConnectionError if the child is gone, ValueError if it talks nonsense."""
        self.num_pictures += 1
        async with self._lock:
            self._exchange.put(data)
            self._requests.write(REQUEST_HEAD.pack(len(data)))
            await self._requests.drain()
            text, file_bytes = await self.read()
            file = self._exchange.take(file_bytes)
            self._exchange.trim()
        return parse_answer(text), file

    async def read(self) -> tuple[bytes, int]:
        """The JSON of the next answer, and how long its file is."""
        json_bytes, file_bytes = unpack_answer_head(await self._answers.readexactly(ANSWER_HEAD.size))
        return await self._answers.readexactly(json_bytes), file_bytes

    async def kill(self) -> None:
        """Waits until nothing of it is left."""
        if self.process.returncode is None:
            self.process.kill()
        self._requests.close()
        async with self._lock:
            while await self._answers.read(_PIPE_BUFFER_BYTES):
                pass
        await self.process.wait()
        self._exchange.close()


def _unreadable(reason: str) -> ImageRefused:
    return ImageRefused(f"the picture can't be read: {reason}", code=UnreadablePhotoError.code)
