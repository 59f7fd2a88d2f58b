"""The two formats in which Windows and macOS keep one icon in several sizes. Pure: pixels in, bytes out.

Pixels are rows of red, green, blue and opacity, a byte each, from the top.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Picture:
    """A square picture.

    Attributes:
        size: Its width and height in pixels.
        pixels: ``4 * size * size`` bytes.
        png: The same as a PNG file.
    """

    size: int
    pixels: bytes
    png: bytes


#: Sizes of a Windows icon: those that Windows asks for at 100, 125, 150, 200 and 250 %.
ICO_SIZES = (16, 20, 24, 32, 40, 48, 64, 96, 128, 256)
#: From this size on, Windows takes a PNG file; below it, not every program of it does.
_ICO_PNG = 256

#: Type of a macOS icon -> its pixels. The first two are of a format of Apple's own, the others are PNG files.
_ICNS_RAW = {"ic04": 16, "ic05": 32}
_ICNS_PNG = {"ic11": 32, "ic12": 64, "ic07": 128, "ic13": 256, "ic08": 256, "ic14": 512, "ic09": 512, "ic10": 1024}
ICNS_SIZES = tuple(sorted({*_ICNS_RAW.values(), *_ICNS_PNG.values()}))


def ico(pictures: Iterable[Picture]) -> bytes:
    """Return an icon for Windows.

    Args:
        pictures: In any order, each size once.
    """
    entries = [(p.size, p.png if p.size >= _ICO_PNG else _bitmap(p)) for p in sorted(pictures, key=lambda p: p.size)]
    offset = 6 + 16 * len(entries)
    head, body = struct.pack("<HHH", 0, 1, len(entries)), b""
    for size, data in entries:
        side = size % 256  # 256 is written as 0
        head += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(data), offset + len(body))
        body += data
    return head + body


def _bitmap(picture: Picture) -> bytes:
    """Return a picture as an icon's bitmap: from the bottom, blue first, and a mask that hides what is clear."""
    size, row = picture.size, picture.size * 4
    swapped = bytearray(picture.pixels)
    swapped[0::4], swapped[2::4] = picture.pixels[2::4], picture.pixels[0::4]
    colours = b"".join(bytes(swapped[y * row : (y + 1) * row]) for y in reversed(range(size)))
    width = (size + 31) // 32 * 4  # rows of the mask are padded to 32 bits
    mask = b""
    for y in reversed(range(size)):
        bits = 0
        for x in range(size):
            bits = bits << 1 | (picture.pixels[y * row + x * 4 + 3] == 0)
        mask += (bits << (width * 8 - size)).to_bytes(width, "big")
    # The height counts colours and mask.
    header = struct.pack("<IiiHHIIiiII", 40, size, size * 2, 1, 32, 0, len(colours) + len(mask), 0, 0, 0, 0)
    return header + colours + mask


def icns(pictures: Mapping[int, Picture]) -> bytes:
    """Return an icon for macOS.

    Args:
        pictures: Size -> picture, for all of ``ICNS_SIZES``.
    """
    entries = [(kind, _argb(pictures[size])) for kind, size in _ICNS_RAW.items()]
    entries += [(kind, pictures[size].png) for kind, size in _ICNS_PNG.items()]
    body = b"".join(kind.encode() + struct.pack(">I", len(data) + 8) + data for kind, data in entries)
    return b"icns" + struct.pack(">I", len(body) + 8) + body


def _argb(picture: Picture) -> bytes:
    """Return a picture in Apple's format: opacity, red, green, blue one behind the other, each packed."""
    return b"ARGB" + b"".join(packed(picture.pixels[channel::4]) for channel in (3, 0, 1, 2))


def packed(data: Sequence[int]) -> bytes:
    """Return bytes with their runs shortened: n < 128 is n + 1 bytes as they are, any other n is n - 125 times one."""
    made, plain, at = bytearray(), bytearray(), 0
    while at < len(data):
        end = at + 1
        while end < len(data) and end - at < 130 and data[end] == data[at]:
            end += 1
        if end - at >= 3:
            made += _plain(plain)
            plain.clear()
            made += bytes((end - at + 125, data[at]))
        else:
            plain += bytes(data[at:end])
        at = end
    return bytes(made + _plain(plain))


def _plain(data: bytes | bytearray) -> bytes:
    return b"".join(bytes((len(part) - 1, *part)) for part in (data[i : i + 128] for i in range(0, len(data), 128)))
