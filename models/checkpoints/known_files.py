"""The published files that are known by their sha256. A file that isn't here is no worse for it."""

from dataclasses import dataclass

_SPACE = "huggingface.co/spaces/ZYMPKU/UDiffText, checkpoints/"


@dataclass(frozen=True)
class KnownFile:
    """`name` as its authors call it, where it was published, and its size."""

    name: str
    source: str
    num_bytes: int
    sha256: str


KNOWN_FILES = (
    KnownFile(
        "st-step=100000+la-step=100000-v1.ckpt",
        _SPACE,
        6_148_465_904,
        "edea71eb83b6be72c33ef787a7122a810a7b9257bf97a276ef322707d5769878",
    ),
    KnownFile(
        "st-step=100000+la-step=100000-v2.ckpt",
        _SPACE + " (11 December 2023)",
        4_173_692_086,
        "b87a307ed6e240208b415166e88c0f3e6467ec9330836d70c6d662f423bfbc15",
    ),
    KnownFile(
        "st-step=100000+la-step=100000-simp.ckpt",
        _SPACE + " (2 December 2023)",
        2_558_065_830,
        "968397df8910f3324d94ce3df7e9d70f1bf2415a46d22edef1a510885ee0648e",
    ),
    KnownFile(
        "epoch=19-step=7820.ckpt",
        _SPACE + "encoders/LabelEncoder/",
        4_059_026_213,
        "4076c90467a907dcb8cde15776bfda4473010fe845739490341db74e82cd2267",
    ),
    KnownFile(
        "AE_inpainting_2.safetensors",
        _SPACE + "AEs/",
        334_640_988,
        "547baac83984f8bf8b433882236b87e77eb4d2f5c71e3d7a04b8dec2fe02b81f",
    ),
)


def known_file(sha256: str) -> KnownFile | None:
    """The published file of this sha256."""
    return next((file for file in KNOWN_FILES if file.sha256 == sha256), None)


def namesake(num_bytes: int) -> KnownFile | None:
    """The published file of this size: if its sha256 is another, a download may have gone wrong."""
    return next((file for file in KNOWN_FILES if file.num_bytes == num_bytes), None)
