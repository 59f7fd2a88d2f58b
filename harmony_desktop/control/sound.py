"""Whether bytes are a sound: the header of a WAV file, read by hand, as speech comes in kinds that ``wave`` refuses."""

from __future__ import annotations

import struct

from harmony_desktop.records import dataclass


@dataclass(frozen=True, slots=True)
class Sound:
    """What the header says.

    Attributes:
        seconds: How long it is.
        rate: Samples a second.
        channels: One, or two.
    """

    seconds: float
    rate: int
    channels: int


def read_wave(content: bytes) -> Sound | None:
    """Return what a WAV file holds, or None where it is none, or holds nothing."""
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        return None
    place, form = 12, b""
    while place + 8 <= len(content):
        name, size = content[place : place + 4], struct.unpack_from("<I", content, place + 4)[0]
        inside = content[place + 8 : place + 8 + size]
        if name == b"fmt ":
            form = inside
        elif name == b"data":
            return _sound(form, len(inside))
        place += 8 + size + size % 2
    return None


def _sound(form: bytes, length: int) -> Sound | None:
    if len(form) < 16:
        return None
    _, channels, rate, pace = struct.unpack_from("<HHII", form)
    return Sound(length / pace, rate, channels) if pace and rate and channels and length else None
