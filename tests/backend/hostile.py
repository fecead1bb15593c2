"""Files that attack a decoder, or only look as if they did, each with the answer that they should get.

Everything is built here, from a few random pixels; nothing is a real photo.
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageCms

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
ORIENTATION, GPS_IFD, MAKER_NOTE = 0x0112, 0x8825, 0x927C
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


@dataclass(frozen=True)
class Case:
    """A file, and what its sender should be told: nothing if it is to be taken."""

    name: str
    data: bytes
    status: int | None = None
    code: str | None = None


def picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """Soft random colours, which JPEG keeps."""
    small = np.random.default_rng(0).integers(0, 256, (4, 5, 3)).astype(np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC).convert(mode)


def saved(image: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *, depth: int = 8, colour: int = 0, rows: bytes = b"", before: bytes = b"") -> bytes:
    """A PNG of any claim; `before` are chunks between the header and the pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return PNG_MAGIC + header + before + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def with_chunks(data: bytes, chunks: bytes) -> bytes:
    """A PNG with more chunks after its header."""
    return data[:33] + chunks + data[33:]


def blank_png(side: int, depth: int) -> bytes:
    row_bytes = 1 + (side * depth + 7) // 8
    return png(side, side, depth=depth, rows=bytes(row_bytes * side))


def with_header_size(jpeg: bytes, width: int, height: int) -> bytes:
    place = _frame_header(jpeg)
    return jpeg[: place + 5] + struct.pack(">HH", height, width) + jpeg[place + 9 :]


def _frame_header(jpeg: bytes) -> int:
    """Where the SOF marker stands."""
    return min(place for kind in (0xC0, 0xC2) if (place := jpeg.find(bytes((0xFF, kind)))) > 0)


def with_scans(count: int) -> bytes:
    jpeg = saved(picture(256, 256), "JPEG", progressive=True)
    last = jpeg.rfind(b"\xff\xda")
    return jpeg[:last] + jpeg[last:-2] * count + b"\xff\xd9"


def gps_exif() -> Image.Exif:
    exif = Image.Exif()
    exif.get_ifd(GPS_IFD).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0)})
    exif[MAKER_NOTE] = b"SECRETMAKERNOTE"
    exif[0x010F] = "SECRETMAKE"
    return exif


def oriented(orientation: int, file_format: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return saved(picture(), file_format, exif=exif)


def jpeg_with_app1(content: bytes) -> bytes:
    jpeg = saved(picture(), "JPEG")
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content + jpeg[2:]


def cyclic_exif() -> bytes:
    """Its EXIF directory stands in itself."""
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    return jpeg_with_app1(b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 1) + entry + struct.pack("<I", 8))


def cyclic_tiff() -> bytes:
    data = bytearray(saved(picture(), "TIFF"))
    (first,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    struct.pack_into("<I", data, first + 2 + 12 * count, first)
    return bytes(data)


def ink_profile() -> bytes:
    """A CMYK profile in which the black ink is what any others print; a table of 2 × 2 × 2 × 2 colours in Lab."""
    inks = [(c, m, y, k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)]
    colours = b"".join(bytes((0 if k else 255, 128, 128)) for *_, k in inks)
    ramp = bytes(range(256))
    matrix = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    table = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + matrix + ramp * 4 + colours + ramp * 3
    white = b"XYZ " + bytes(4) + struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D)
    name = b"desc" + bytes(4) + struct.pack(">I", 5) + b"inks\0" + bytes(78)
    tags = [(b"desc", name), (b"wtpt", white), (b"A2B0", table), (b"cprt", b"text" + bytes(4) + b"none\0")]
    offset, directory, body = 128 + 4 + 12 * len(tags), b"", b""
    for kind, content in tags:
        content += bytes(-len(content) % 4)
        directory += kind + struct.pack(">II", offset + len(body), len(content))
        body += content
    head = struct.pack(">I4sI4s4s4s", offset + len(body), b"test", 0x02100000, b"prtr", b"CMYK", b"Lab ")
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + directory + body


def not_pictures() -> Iterator[Case]:
    """1 to 11, 39, 40, 46, 47, 60, 64 of the plan."""
    yield Case("empty", b"", 400, "empty_image")
    yield Case("one byte", b"\xff", 400, "empty_image")
    yield Case("PNG signature only", PNG_MAGIC, 400, "empty_image")
    gifs = [picture(16, 16, "P")] * 3
    others = {
        "random": np.random.default_rng(1).bytes(64 * 1024),
        "text": b"TAXI " * 100,
        "HTML": b"<!doctype html><script>alert(1)</script>",
        "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "SVG entity bomb": b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>',
        "PDF": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>",
        "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run",
        "ZIP": b"PK\x03\x04" + bytes(60),
        "GIF": saved(gifs[0], "GIF", save_all=True, append_images=gifs),
        "GIF huge screen": b"GIF89a\xff\xff\xff\xff\x80\0\0" + bytes(20),
        "BMP huge": b"BM" + struct.pack("<IIIIii", 100, 0, 54, 40, 60000, 60000) + bytes(40),
        "ICO": saved(picture(32, 32), "ICO"),
        "AVIF": b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + bytes(60),
        "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60),
        "JPEG XL": b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(60),
        "PSD": b"8BPS\0\x01" + bytes(60),
        "DDS": b"DDS " + bytes(124),
        "FITS": b"SIMPLE  =                    T".ljust(80) + bytes(80),
        "leading garbage": b"\0" + saved(picture(), "PNG"),
    }
    for name, data in others.items():
        yield Case(name, data, 415, "unsupported_image")


def damaged() -> Iterator[Case]:
    """14 to 22, 31 to 33, 45, 62, 67 of the plan."""
    jpeg, plain, webp = (saved(picture(), file_format) for file_format in ("JPEG", "PNG", "WEBP"))
    idat = plain.index(b"IDAT")
    long_text = zlib.compress(bytes(2 << 20))
    files = {
        "JPEG cut at half": jpeg[: len(jpeg) // 2],
        "JPEG without EOI": jpeg[:-2],
        "JPEG cut, EOI put back": with_header_size(saved(picture(256, 256), "JPEG"), 7000, 7000),
        "PNG cut at half": plain[: len(plain) // 2],
        "PNG header cut": plain[:20],
        "PNG without IEND": plain[:-12],
        "WebP cut": webp[: len(webp) // 2],
        "WebP cut, length put right": b"RIFF" + struct.pack("<I", len(webp) // 2 - 8) + webp[8 : len(webp) // 2],
        "bad IHDR checksum": plain[:29] + bytes(4) + plain[33:],
        "bad IDAT checksum": plain[:-16] + bytes(4) + plain[-12:],
        "broken zlib": PNG_MAGIC + plain[8:33] + chunk(b"IDAT", b"\x78\x9c" + bytes(50)) + chunk(b"IEND", b""),
        "IDAT too short": png(7000, 7000, colour=2, rows=bytes(100)),
        "no header first": plain[:8] + plain[idat - 4 :],
        "zTXt bomb": with_chunks(plain, chunk(b"zTXt", b"a\0\0" + long_text)),
        "70 zTXt of 1 MiB": with_chunks(
            plain, b"".join(chunk(b"zTXt", b"k%d\0\0" % i + zlib.compress(bytes(1 << 20))) for i in range(70))
        ),
        "iCCP bomb": with_chunks(plain, chunk(b"iCCP", b"a\0\0" + long_text)),
        "12-bit JPEG": bytearray_patched(jpeg, _frame_header(jpeg) + 4, 12),
        "arithmetic JPEG": bytearray_patched(jpeg, _frame_header(jpeg) + 1, 0xC9),
        "TIFF of NaN": saved(Image.fromarray(np.full((48, 64), np.nan, dtype=np.float32)), "TIFF"),
        "TIFF header only": b"II*\0\x08\0\0\0" + bytes(8),
    }
    for name, data in files.items():
        yield Case(name, data, 422, "unreadable_image")


def bytearray_patched(data: bytes, place: int, value: int) -> bytes:
    return data[:place] + bytes((value,)) + data[place + 1 :]


def of_a_wrong_size() -> Iterator[Case]:
    """22 to 30, 35 to 38 of the plan."""
    small_body = saved(picture(256, 256), "JPEG")
    too_large = {
        "2^31 square": png(2**31 - 1, 2**31 - 1),
        "65535 square, tiny IDAT": png(65535, 65535, rows=b"\0"),
        "20000 square, 1 bit": blank_png(20000, 1),
        "13000 square, 1 bit": blank_png(13000, 1),
        "9400 square, 1 bit": blank_png(9400, 1),
        "JPEG 65500 square": with_header_size(small_body, 65500, 65500),
        "JPEG 12001 wide": saved(picture(12001, 130), "JPEG"),
        "TIFF 60000 wide": saved(Image.new("1", (60000, 1000)), "TIFF", compression="group4"),
    }
    for name, data in too_large.items():
        yield Case(name, data, 422, None if "JPEG 65500" in name else "image_too_large")
    yield Case("JPEG header 12000 square, small body", with_header_size(small_body, 12000, 12000), 422)
    for name, data in {"0 x 0": png(0, 0), "0 wide": png(0, 10, rows=bytes(10))}.items():
        yield Case(name, data, 422)
    yield Case("1 x 100000", png(1, 100_000, rows=bytes(200_000)), 422)
    yield Case("100000 x 1", png(100_000, 1, rows=bytes(100_001)), 422)
    yield Case("1 x 1", saved(picture(1, 1), "PNG"), 422, "image_too_small")
    yield Case("7 x 7", saved(picture(7, 7), "PNG"), 422, "image_too_small")
    yield Case("15 high", saved(picture(99, 15), "WEBP"), 422, "image_too_small")
    yield Case("101 : 1", saved(picture(1700, 16), "PNG"), 422, "image_too_narrow")


def of_many_parts() -> Iterator[Case]:
    """41 to 44, 61 of the plan."""
    frames = [picture(32, 32), picture(32, 32).transpose(Image.Transpose.ROTATE_90)]
    many = frames * 20
    still = saved(picture(), "PNG")
    animations = {
        "APNG": saved(many[0], "PNG", save_all=True, append_images=many[1:]),
        "APNG of 2^31 frames": with_chunks(still, chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))),
        "animated WebP": saved(many[0], "WEBP", save_all=True, append_images=many[1:]),
        "TIFF of 100 pages": saved(many[0], "TIFF", save_all=True, append_images=[frames[1]] * 99),
    }
    for name, data in animations.items():
        yield Case(name, data, 422, "animated_image")
    for count in (300, 2000):
        yield Case(f"{count} scans", with_scans(count), 422, "too_many_scans")


def odd_but_fine() -> Iterator[Case]:
    """12, 13, 34, 48 to 59, 65, 68 of the plan: taken."""
    jpeg, plain = saved(picture(), "JPEG"), saved(picture(), "PNG")
    gray = np.asarray(picture(mode="L"))
    files: dict[str, Callable[[], bytes]] = {
        "JPEG + ZIP": lambda: jpeg + b"PK\x03\x04SECRETTAIL" + bytes(100),
        "JPEG + HTML comment": lambda: saved(picture(), "JPEG", comment=b"<script>SECRETCOMMENT</script>"),
        "100,000 text chunks": lambda: with_chunks(plain, chunk(b"tEXt", b"a\0SECRETTEXT") * 100_000),
        "16-bit gray": lambda: saved(Image.fromarray(gray.astype(np.uint16) * 257), "PNG"),
        "16-bit RGB": lambda: png(64, 48, depth=16, colour=2, rows=(b"\0" + bytes(64 * 6)) * 48),
        "CMYK JPEG": lambda: saved(picture().convert("CMYK"), "JPEG", quality=95),
        "CMYK JPEG with a profile": lambda: saved(picture().convert("CMYK"), "JPEG", icc_profile=ink_profile()),
        "palette with tRNS": lambda: saved(picture().quantize(16), "PNG", transparency=3),
        "LA": lambda: saved(picture(mode="LA"), "PNG"),
        "RGBA": lambda: saved(picture(mode="RGBA"), "PNG"),
        "1 bit": lambda: saved(picture(mode="1"), "PNG"),
        "100 scans": lambda: with_scans(90),
        "orientation 3": lambda: oriented(3),
        "orientation 6": lambda: oriented(6),
        "orientation 8": lambda: oriented(8, "WEBP"),
        "orientation 99": lambda: oriented(99),
        "GPS, maker note, XMP": lambda: saved(picture(), "JPEG", exif=gps_exif(), xmp=b"<x>SECRETXMP</x>"),
        "broken EXIF": lambda: jpeg_with_app1(b"Exif\0\0MM\0*\xff\xff\xff\xff" + bytes(9)),
        "cyclic EXIF": cyclic_exif,
        "ICC garbage": lambda: saved(picture(), "JPEG", icc_profile=b"SECRETICC" * 100),
        "Lab profile on RGB": lambda: saved(picture(), "JPEG", icc_profile=LAB),
        "5 MB behind the end of a JPEG": lambda: jpeg + bytes(5_000_000),
        "5 MB behind the end of a PNG": lambda: plain + bytes(5_000_000),
        "1-bit 7000 square": lambda: blank_png(7000, 1),
        "cyclic TIFF": cyclic_tiff,
    }
    for name, build in files.items():
        yield Case(name, build())


def bit_flipped(count: int) -> Iterator[Case]:
    """63 of the plan: taken or refused, but answered."""
    rng = np.random.default_rng(2)
    for file_format in ("JPEG", "WEBP", "TIFF", "PNG"):
        data = saved(picture(), file_format)
        for index in range(count):
            broken = bytearray(data)
            for place in rng.integers(3, len(data), 8):
                broken[place] ^= 1 << int(rng.integers(8))
            yield Case(f"{file_format} flipped {index}", bytes(broken))


def refused() -> list[Case]:
    return [*not_pictures(), *damaged(), *of_a_wrong_size(), *of_many_parts()]
