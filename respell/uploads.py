"""A photo or mask to send, however it is held. Knows no HTTP."""

import os
from pathlib import Path
from typing import BinaryIO, TypeAlias

Upload: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO


def content_of(upload: Upload) -> bytes:
    """In memory, so that it can be sent again."""
    if isinstance(upload, bytes):
        return upload
    return Path(upload).read_bytes() if isinstance(upload, str | os.PathLike) else upload.read()
