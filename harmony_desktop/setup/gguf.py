"""Reads the header of a GGUF file: bounded in everything, for the file may come from anywhere.

The format: a magic, a version, the number of tensors and of key-value pairs; the pairs; for each tensor its name, its
shape, its type and its place; then, aligned, the tensors' data. All numbers are little-endian.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from harmony_desktop.control.models import Facts
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

MAGIC = b"GGUF"
_VERSIONS = (2, 3)
#: The largest header that is believed: vocabularies of a quarter of a million words take some 20 MB.
_HEADER_LIMIT = 192 * 2**20
_KEY_LIMIT = 65_535
_PAIRS_LIMIT = 100_000
_TENSORS_LIMIT = 200_000
_ARRAY_LIMIT = 20_000_000
#: Bytes of a text that are kept; longer ones (templates of chats) are passed over.
_TEXT_LIMIT = 4096
#: Items of an array that are kept: one for each layer is what is wanted of them.
_KEPT_ITEMS = 1024
_DEPTH_LIMIT = 4
_DIMENSIONS_LIMIT = 4

#: Value types: number -> struct format.
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9

#: Tensor types: number -> numbers in a block, bytes of a block.
# fmt: off
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17),
}
# fmt: on

#: ``general.file_type`` -> the name of the quantisation.
# fmt: off
_FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
    12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K",
    19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL",
    26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16",
    36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4",
}
# fmt: on
_IN_NAME = re.compile(
    r"(?:^|[-_.])((?:UD-)?(?:I?Q\d[A-Z0-9_]*|BF16|F16|F32|FP16|MXFP4|TQ\d_\d))(?=[-.]|$)", re.IGNORECASE
)
_PART = re.compile(r"-(\d{5})-of-(\d{5})(?=\.gguf$)", re.IGNORECASE)
#: Bytes that one number of the context's cache takes.
_CACHE_BYTES = 2


class GgufError(HarmonyError):
    """A file is no model that can be used."""

    def __init__(self, cause: str, advice: str = "") -> None:
        super().__init__(
            say("This is no model that can be used"),
            cause=cause,
            advice=advice or say("Get the file once more, or choose another one: a name that ends in .gguf."),
        )


class _Reader:
    """Reads numbers and texts, never beyond the file or the limit."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._left = min(size, _HEADER_LIMIT)
        self._bounded = size > _HEADER_LIMIT
        self.position = 0

    def take(self, count: int) -> bytes:
        if count > self._left:
            if self._bounded:
                raise GgufError(say("Its header is larger than that of any model."))
            raise _cut_off()
        found = self._stream.read(count)
        if len(found) < count:
            raise _cut_off()
        self._left -= count
        self.position += count
        return found

    def skip(self, count: int) -> None:
        while count > 0:
            count -= len(self.take(min(count, 2**20)))

    def number(self, kind: str) -> int | float | bool:
        (value,) = struct.unpack("<" + kind, self.take(struct.calcsize("<" + kind)))
        found: int | float | bool = value
        return found

    def count(self, limit: int, kind: str = "Q") -> int:
        value = int(self.number(kind))
        if value > limit:
            raise GgufError(say("Its header is damaged: it counts {n} of something.", n=value))
        return value

    def text(self, limit: int, kept: int = _KEY_LIMIT) -> str:
        length = self.count(limit)
        if length > kept:
            self.skip(length)
            return ""
        return self.take(length).decode("utf-8", "replace")

    def value(self, kind: int, depth: int = 0) -> object:
        if kind in _SCALARS:
            return self.number(_SCALARS[kind])
        if kind == _STRING:
            return self.text(_HEADER_LIMIT, _TEXT_LIMIT)
        if kind != _ARRAY or depth > _DEPTH_LIMIT:
            raise GgufError(say("Its header is damaged: there is no value of kind {n}.", n=kind))
        inner, length = int(self.number("I")), self.count(_ARRAY_LIMIT)
        if inner in _SCALARS and length > _KEPT_ITEMS:
            self.skip(length * struct.calcsize("<" + _SCALARS[inner]))
            return ()
        if inner == _STRING:
            for _ in range(length):
                self.text(_HEADER_LIMIT, 0)
            return ()
        items = [self.value(inner, depth + 1) for _ in range(length)]
        return tuple(items[:_KEPT_ITEMS])


def read_facts(file: Path) -> Facts:
    """Return what a model's header says.

    Args:
        file: A GGUF file; of a model in several parts, the first.

    Raises:
        GgufError: It is no GGUF file, damaged, cut off, or of a version that is not known.
        OSError: It could not be read.
    """
    size = file.stat().st_size
    with file.open("rb") as stream:
        head = stream.read(8)
        _check_head(head, size)
        reader = _Reader(stream, size - 8)
        tensors, pairs = reader.count(_TENSORS_LIMIT), reader.count(_PAIRS_LIMIT)
        values: dict[str, object] = {}
        for _ in range(pairs):
            key = reader.text(_KEY_LIMIT)
            values[key] = reader.value(int(reader.number("I")))
        parameters = _check_tensors(reader, tensors, values, size)
    return _facts(values, parameters, file.name)


def quantisation_in(name: str) -> str:
    """Return the quantisation that a file's name tells, or ""."""
    found = _IN_NAME.findall(_PART.sub("", name).removesuffix(".gguf"))
    return str(found[-1]).upper() if found else ""


def parts(name: str) -> tuple[str, ...]:
    """Return the names of all parts of a model, of which this is the first; the name alone for one in one piece."""
    match = _PART.search(name)
    if match is None:
        return (name,)
    total = min(int(match[2]), 1000)
    return tuple(f"{name[: match.start()]}-{n:05}-of-{match[2]}{name[match.end() :]}" for n in range(1, total + 1))


def is_later_part(name: str) -> bool:
    """Whether a file is a part of a model, and not its first."""
    match = _PART.search(name)
    return match is not None and int(match[1]) != 1


def _check_head(head: bytes, size: int) -> None:
    if size == 0:
        raise GgufError(say("The file is empty."))
    if head[:4] != MAGIC:
        if head[:4] in {b"lmgg", b"tjgg", b"algg"}:
            raise GgufError(say("It is of an older format (GGML) that is no longer read."))
        if head.startswith((b"<!DO", b"<htm", b"<HTM")):
            raise GgufError(say("It is a web page, not a model: the download was perhaps refused."))
        if head.startswith(b"version "):
            raise GgufError(say("It is only a pointer to the model (Git LFS), not the model itself."))
        raise GgufError(say("It does not begin as a GGUF file does."))
    if len(head) < 8:
        raise _cut_off()
    (version,) = struct.unpack("<I", head[4:])
    if version in _VERSIONS:
        return
    if struct.unpack(">I", head[4:])[0] in _VERSIONS:
        raise GgufError(say("It was made for computers with another order of bytes."))
    raise GgufError(say("It is of version {version} of the format, which is not known.", version=version))


def _check_tensors(reader: _Reader, count: int, values: Mapping[str, object], size: int) -> int:
    """Look whether all data is there; return how many numbers there are."""
    end, parameters = 0, 0
    for _ in range(count):
        reader.text(_KEY_LIMIT, 0)
        dimensions = reader.count(_DIMENSIONS_LIMIT, "I")
        elements = 1
        for _ in range(dimensions):
            elements *= reader.count(2**48)
        kind, offset = int(reader.number("I")), reader.count(2**60)
        parameters += elements
        numbers, octets = _BLOCKS.get(kind, (0, 0))
        # Of a type that is not known only the beginning is.
        end = max(end, offset + ((elements + numbers - 1) // numbers * octets if numbers else 0))
    alignment = values.get("general.alignment", 32)
    step = alignment if isinstance(alignment, int) and 0 < alignment <= 2**20 else 32
    start = (8 + reader.position + step - 1) // step * step
    if count and start + end > size:
        missing = start + end - size
        raise GgufError(say("It is cut off: {missing} MB are missing at its end.", missing=max(1, missing // 10**6)))
    return parameters


def _facts(values: Mapping[str, object], parameters: int, name: str) -> Facts:
    architecture = _text(values, "general.architecture")
    if not architecture:
        raise GgufError(say("Its header does not say what kind of model it is."))
    if architecture == "clip":
        raise GgufError(say("It is only the part of a model that looks at pictures."))

    def number(key: str) -> int:
        found = values.get(f"{architecture}.{key}", 0)
        return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**40 else 0

    layers, heads = number("block_count"), number("attention.head_count")
    width = number("embedding_length") // heads if heads else 0
    key, value = number("attention.key_length") or width, number("attention.value_length") or width
    per_layer = values.get(f"{architecture}.attention.head_count_kv")
    if isinstance(per_layer, tuple):
        kv_heads = sum(n for n in per_layer[:layers] if isinstance(n, int) and 0 <= n < 2**20)
    else:
        kv_heads = layers * (number("attention.head_count_kv") or heads)
    file_type = values.get("general.file_type")
    quantisation = _FILE_TYPES.get(file_type, "") if isinstance(file_type, int) else ""
    return Facts(
        architecture=architecture,
        title=_text(values, "general.name"),
        quantisation=quantisation or quantisation_in(name),
        context=number("context_length"),
        layers=layers,
        cache_per_token=min(kv_heads * (key + value) * _CACHE_BYTES, 2**30),
        parameters=parameters,
    )


def _text(values: Mapping[str, object], key: str) -> str:
    """Return a text of the header as one printable line."""
    found = values.get(key)
    text = found if isinstance(found, str) else ""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]


def _cut_off() -> GgufError:
    return GgufError(say("It is cut off: it ends within its header."))
