"""The one setting that only the web process has: API keys. The others are in `worker.settings`."""

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from worker.errors import BadSettingError

VARIABLE = "RESPELL_API_KEYS"
MIN_KEY_CHARS = 16
MAX_KEY_CHARS = 200

_HASHED = re.compile(r"sha256:([0-9a-f]{64})")
_KEY = re.compile(rf"[A-Za-z0-9_.~+/=-]{{{MIN_KEY_CHARS},{MAX_KEY_CHARS}}}")


@dataclass(frozen=True)
class ApiKeys:
    """SHA-256 hashes of the keys that are taken; the keys themselves are forgotten at once."""

    hashes: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """RESPELL_API_KEYS: keys separated by commas, each as it is or as `sha256:` and 64 hexadecimal digits.

        Several, so that one can be replaced while both work. Raises BadSettingError, without the key.
        """
        value = (os.environ if environ is None else environ).get(VARIABLE, "")
        return cls(tuple(_hash_of(entry.strip()) for entry in value.split(",") if entry.strip()))

    def owner_of(self, key: str) -> str | None:
        """The hash of a key that is taken; None for any other. Takes the same time for all."""
        given, owner = sha256_hex(key), None
        for known in self.hashes:
            if hmac.compare_digest(given, known):
                owner = known
        return owner


def sha256_hex(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _hash_of(entry: str) -> str:
    if hashed := _HASHED.fullmatch(entry):
        return hashed[1]
    if entry.startswith("sha256:") or not _KEY.fullmatch(entry):
        raise BadSettingError(
            f"{VARIABLE}: wanted keys of {MIN_KEY_CHARS} to {MAX_KEY_CHARS} letters, digits or _.~+/=-, or sha256: and "
            f"64 hexadecimal digits, got one of {len(entry)} characters"
        )
    return sha256_hex(entry)
