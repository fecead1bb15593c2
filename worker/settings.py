"""Every setting of the service, read from environment variables in this one place. Opens and connects nothing."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self, TypeVar
from urllib.parse import urlsplit

from worker.errors import BadSettingError

REDIS_SCHEMES = ("redis", "rediss", "unix")

_ORIGIN = re.compile(r"https?://(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Settings:
    """How one process group runs. `redis_url` may hold a password and is therefore never shown."""

    redis_url: str = field(default="redis://127.0.0.1:6379/0", repr=False)
    storage: str = "./data/blobs"  # a folder or an fsspec URL
    model: str | None = None  # None: the built-in model
    image_model: str | None = None  # a folder of diffusers; None: no pictures are made from prompts
    device: str = "auto"
    max_queued: int = 1000
    retention_s: int = 24 * 3600  # of images and results
    allowed_origins: tuple[str, ...] = ()  # beside the service's own
    fake_model_steps: int | None = None  # benchmarks and fault tests: nothing is drawn, the worker only sleeps
    fake_step_ms: float = 20.0

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """The settings in `environ`, by default the process's own environment; unset and empty mean the default.

        Raises BadSettingError for a value that can't be used.
        """
        reader = _Reader(os.environ if environ is None else environ)
        retention_hours = reader.read("RESPELL_RETENTION_HOURS", _positive_number, cls.retention_s / 3600)
        return cls(
            redis_url=reader.read("REDIS_URL", _redis_url, "redis://127.0.0.1:6379/0"),
            storage=reader.read("RESPELL_STORAGE", str, cls.storage),
            model=reader.read("RESPELL_MODEL", str, cls.model),
            image_model=reader.read("RESPELL_IMAGE_MODEL", str, cls.image_model),
            device=reader.read("RESPELL_DEVICE", str, cls.device),
            max_queued=reader.read("RESPELL_MAX_QUEUED", _positive_integer, cls.max_queued),
            retention_s=round(retention_hours * 3600),
            allowed_origins=reader.read("RESPELL_ALLOWED_ORIGINS", _origins, cls.allowed_origins),
            fake_model_steps=reader.read("RESPELL_FAKE_MODEL_STEPS", _positive_integer, cls.fake_model_steps),
            fake_step_ms=reader.read("RESPELL_FAKE_STEP_MS", _positive_number, cls.fake_step_ms),
        )

    def to_env(self) -> dict[str, str]:
        """The variables that make `from_env` give these settings: what a supervisor hands its children."""
        values = {
            "REDIS_URL": self.redis_url,
            "RESPELL_STORAGE": self.storage,
            "RESPELL_MODEL": self.model,
            "RESPELL_IMAGE_MODEL": self.image_model,
            "RESPELL_DEVICE": self.device,
            "RESPELL_MAX_QUEUED": self.max_queued,
            "RESPELL_RETENTION_HOURS": self.retention_s / 3600,
            "RESPELL_ALLOWED_ORIGINS": ",".join(self.allowed_origins),
            "RESPELL_FAKE_MODEL_STEPS": self.fake_model_steps,
            "RESPELL_FAKE_STEP_MS": self.fake_step_ms,
        }
        return {name: "" if value is None else str(value) for name, value in values.items()}


@dataclass(frozen=True)
class _Reader:
    environ: Mapping[str, str]

    def read(self, name: str, parse: Callable[[str], _T], default: _T) -> _T:
        value = self.environ.get(name, "").strip()
        if not value:
            return default
        try:
            return parse(value)
        except ValueError as error:
            raise BadSettingError(f"{name}: {error}") from error


def _positive_integer(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", value) or int(value) < 1:
        raise ValueError(f"wanted a whole number from 1 to 999999999, got {value!r}")
    return int(value)


def _positive_number(value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,20})?", value) or float(value) <= 0:
        raise ValueError(f"wanted a number above 0, got {value!r}")
    return float(value)


def _redis_url(value: str) -> str:
    scheme = urlsplit(value).scheme
    if scheme not in REDIS_SCHEMES:  # the rest may hold a password
        raise ValueError(f"wanted a URL that starts with one of {', '.join(REDIS_SCHEMES)}, got scheme {scheme!r}")
    return value


def _origins(value: str) -> tuple[str, ...]:
    origins = tuple(origin.strip().lower().rstrip("/") for origin in value.split(",") if origin.strip())
    if unfit := [origin for origin in origins if not _ORIGIN.fullmatch(origin)]:
        raise ValueError(f"wanted origins such as https://example.org:8443, got {', '.join(map(repr, unfit))}")
    return origins
