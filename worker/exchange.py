"""The file through which the web process and one of its children hand each other pictures; it lies in memory.

A pipe would take a picture in twenty pieces. Neither end maps the file: whatever the other does to it meanwhile spoils
what is read, but never the process that reads. Knows bytes alone.
"""

import os
import sys
import tempfile

from worker.errors import StorageFullError
from worker.storage import FULL_ERRNOS

KEPT_BYTES = 16 << 20  # pages that pictures of usual size find ready; those of a large one are given back


class Exchange:
    """Each end writes a whole picture, says by other means how long it is, and then leaves the file to the other."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    @classmethod
    def make(cls) -> "Exchange":
        """The web process's end; a child is started with the descriptor's number."""
        if sys.platform == "linux":
            return cls(os.memfd_create("respell-exchange"))
        with tempfile.TemporaryFile() as file:
            return cls(os.dup(file.fileno()))

    def put(self, data: bytes) -> None:
        """Raises StorageFullError where there is no room for it."""
        rest, position = memoryview(data), 0
        while rest:
            try:
                written = os.pwrite(self.descriptor, rest, position)
            except OSError as error:
                if error.errno in FULL_ERRNOS:
                    raise StorageFullError(f"no room for a picture: {error.strerror}") from error
                raise
            rest, position = rest[written:], position + written

    def take(self, num_bytes: int) -> bytes:
        """A copy of our own. Raises EOFError if there is less."""
        data = os.pread(self.descriptor, num_bytes, 0)
        if len(data) < num_bytes:
            raise EOFError(f"{num_bytes:,} bytes were announced, {len(data):,} are there")
        return data

    def trim(self) -> None:
        """Gives back what a large picture took."""
        if os.fstat(self.descriptor).st_size > KEPT_BYTES:
            os.ftruncate(self.descriptor, KEPT_BYTES)

    def close(self) -> None:
        """Once or more often: the number may be another file's soon."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
