"""The icons of Windows and macOS, read back as their systems read them."""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path

import pytest
from bundling import icons
from bundling.icon_files import ICNS_SIZES, ICO_SIZES, Picture, icns, ico, packed
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QImage

RESOURCES = Path(__file__).parents[2] / "resources"


@pytest.fixture(scope="module")
def pictures() -> dict[int, Picture]:
    return {size: icons.picture(RESOURCES, size) for size in {*ICO_SIZES, *ICNS_SIZES}}


def unpacked(data: bytes) -> bytes:
    """Undo the shortening of runs, as macOS does."""
    made, at = b"", 0
    while at < len(data):
        count = data[at]
        if count < 128:
            made += data[at + 1 : at + count + 2]
            at += count + 2
        else:
            made += bytes([data[at + 1]]) * (count - 125)
            at += 2
    return made


@given(st.binary(max_size=600) | st.lists(st.sampled_from([b"a", b"bb", b"ccc", b"d" * 200])).map(b"".join))
def test_runs_are_shortened_without_loss(data: bytes) -> None:
    assert unpacked(packed(data)) == data


def test_a_windows_icon_has_all_sizes(pictures: dict[int, Picture], tmp_path: Path) -> None:
    data = ico(pictures[size] for size in ICO_SIZES)
    assert struct.unpack_from("<HHH", data) == (0, 1, len(ICO_SIZES))
    places = []
    for number, size in enumerate(ICO_SIZES):
        width, height, _, _, planes, depth, length, offset = struct.unpack_from("<BBBBHHII", data, 6 + 16 * number)
        assert (width, height, planes, depth) == (size % 256, size % 256, 1, 32)
        places += [(offset, offset + length)]
        part = data[offset : offset + length]
        if size == 256:
            assert QImage.fromData(part).width() == 256
        else:
            assert struct.unpack_from("<IiiHH", part) == (40, size, size * 2, 1, 32)
    assert all(before[1] == after[0] for before, after in pairwise(places))
    assert places[-1][1] == len(data)


def test_a_windows_icons_pixels_are_those_of_the_drawing(pictures: dict[int, Picture]) -> None:
    size = 16
    data = ico([pictures[size]])
    colours = data[22 + 40 :][: size * size * 4]
    rows = [colours[y * size * 4 : (y + 1) * size * 4] for y in range(size)][::-1]
    whole = b"".join(rows)
    swapped = b"".join(bytes((whole[i + 2], whole[i + 1], whole[i], whole[i + 3])) for i in range(0, len(whole), 4))
    assert swapped == pictures[size].pixels
    mask = data[22 + 40 + size * size * 4 :]
    assert len(mask) == size * 4
    assert mask[0] & 0x80  # the corner is clear
    assert not mask[8 * 4 + 1] & 0x80  # the middle is not


def test_a_macos_icon_has_all_sizes(pictures: dict[int, Picture]) -> None:
    data = icns(pictures)
    assert data[:4] == b"icns"
    assert struct.unpack_from(">I", data, 4) == (len(data),)
    found, at = {}, 8
    while at < len(data):
        kind, length = data[at : at + 4].decode(), struct.unpack_from(">I", data, at + 4)[0]
        found[kind] = data[at + 8 : at + length]
        at += length
    sizes = {"ic11": 32, "ic12": 64, "ic07": 128, "ic13": 256, "ic08": 256, "ic14": 512, "ic09": 512, "ic10": 1024}
    assert set(found) == {"ic04", "ic05", *sizes}
    assert {kind: QImage.fromData(found[kind]).width() for kind in sizes} == sizes
    for kind, size in (("ic04", 16), ("ic05", 32)):
        assert found[kind][:4] == b"ARGB"
        channels = unpacked(found[kind][4:])
        assert len(channels) == size * size * 4
        pixels = pictures[size].pixels
        assert channels == pixels[3::4] + pixels[0::4] + pixels[1::4] + pixels[2::4]
