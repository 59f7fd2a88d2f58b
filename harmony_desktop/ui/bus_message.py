"""As much of the D-Bus wire format as a notification needs: messages to bytes, and bytes to messages. Pure.

Qt's own D-Bus classes cannot say from Python that a number is unsigned, and the notification service refuses others.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, TypeAlias

from harmony_desktop.records import dataclass

Value: TypeAlias = "int | str | bool | Variant | Sequence[Value] | Mapping[str, Value]"

CALL, RETURN, ERROR, SIGNAL = 1, 2, 3, 4
#: No message that concerns us is longer; a bus that says otherwise is not understood.
_LONGEST = 1 << 20
_NUMBERS = {"y": ("B", 1), "q": ("H", 2), "n": ("h", 2), "u": ("I", 4), "i": ("i", 4), "x": ("q", 8), "t": ("Q", 8)}
_FIELDS = {1: "path", 2: "interface", 3: "member", 4: "error", 5: "reply_to", 6: "destination", 7: "sender"}
_KINDS = {"path": "o", "reply_to": "u", "signature": "g"}
_ALIGNED = {"y": 1, "g": 1, "v": 1, "n": 2, "q": 2, "x": 8, "t": 8, "d": 8, "(": 8, "{": 8}


class NotUnderstoodError(ValueError):
    """Bytes that are no message, or one with types that are of no concern here."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A value that carries its type."""

    signature: str
    value: Value


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        kind: CALL, RETURN, ERROR or SIGNAL.
        serial: Its number; never 0.
        member: Method or signal.
        body: The arguments.
        signature: Their types.
        reply_to: The number of the message that it answers, or 0.
    """

    kind: int
    serial: int = 1
    path: str = ""
    interface: str = ""
    member: str = ""
    destination: str = ""
    error: str = ""
    sender: str = ""
    reply_to: int = 0
    signature: str = ""
    body: tuple[Value, ...] = field(default=())

    def to_bytes(self) -> bytes:
        """Return what goes over the wire, little-endian."""
        body = _Writer()
        for kind, value in zip(_types(self.signature), self.body, strict=True):
            body.write(kind, value)
        fields: list[Sequence[Value]] = []
        for code, name in (*_FIELDS.items(), (8, "signature")):
            value = getattr(self, name)
            if value:
                fields.append((code, Variant(_KINDS.get(name, "s"), value)))
        head = _Writer()
        for kind, value in zip("yyyyuu", (ord("l"), self.kind, 0, 1, len(body.data), self.serial), strict=True):
            head.write(kind, value)
        head.write("a(yv)", fields)
        head.align(8)
        return bytes(head.data + body.data)


def take(buffer: bytearray) -> Message | None:
    """Take the first message off a buffer; None while it is not there as a whole.

    Raises:
        NotUnderstoodError: There is something else in it.
    """
    if len(buffer) < 16:
        return None
    order = {ord("l"): "<", ord("B"): ">"}.get(buffer[0])
    if order is None:
        raise NotUnderstoodError("no byte order")
    length, serial, fields = struct.unpack_from(f"{order}III", buffer, 4)
    start = 16 + fields + -fields % 8
    if length + start > _LONGEST:
        raise NotUnderstoodError("too long")
    if len(buffer) < start + length:
        return None
    data = bytes(buffer[: start + length])
    del buffer[: start + length]
    try:
        named = {
            _FIELDS.get(code, "signature" if code == 8 else ""): value
            for code, value in _Reader(data[:start], order, 12).read("a(yv)")
        }
        named.pop("", None)
        signature = named.get("signature", "")
        reader = _Reader(data[start:], order)
        body = tuple(reader.read(kind) for kind in _types(signature))
    except (struct.error, UnicodeDecodeError, TypeError, IndexError, RecursionError) as error:
        raise NotUnderstoodError(str(error)) from error
    return Message(kind=data[1], serial=serial, body=body, **named)


def _types(signature: str) -> Iterator[str]:
    """Return the complete types of a signature, one after the other."""
    start = 0
    while start < len(signature):
        end = _end(signature, start)
        yield signature[start:end]
        start = end


def _end(signature: str, start: int) -> int:
    """Return where the complete type ends that begins at ``start``."""
    first = signature[start]
    if first == "a":
        if start + 1 == len(signature):
            raise NotUnderstoodError(signature)
        return _end(signature, start + 1)
    if first not in "({":
        return start + 1
    depth = 0
    for index in range(start, len(signature)):
        depth += (signature[index] in "({") - (signature[index] in ")}")
        if not depth:
            return index + 1
    raise NotUnderstoodError(signature)


class _Writer:
    def __init__(self) -> None:
        self.data = bytearray()

    def align(self, to: int) -> None:
        self.data += bytes(-len(self.data) % to)

    def write(self, kind: str, value: object) -> None:
        self.align(_ALIGNED.get(kind[0], 4))
        if kind in _NUMBERS:
            self.data += struct.pack(f"<{_NUMBERS[kind][0]}", value)
        elif kind == "b":
            self.data += struct.pack("<I", bool(value))
        elif kind in {"s", "o", "g"}:
            text = str(value).encode()
            self.data += struct.pack("<B" if kind == "g" else "<I", len(text)) + text + b"\0"
        elif kind == "v" and isinstance(value, Variant):
            self.write("g", value.signature)
            self.write(value.signature, value.value)
        elif kind[0] == "a" and isinstance(value, Sequence | Mapping):
            self._write_array(kind[1:], list(value.items()) if isinstance(value, Mapping) else value)
        elif kind[0] in "({" and isinstance(value, Sequence):
            for part, each in zip(_types(kind[1:-1]), value, strict=True):
                self.write(part, each)
        else:
            raise NotUnderstoodError(kind)

    def _write_array(self, kind: str, items: Sequence[object]) -> None:
        place = len(self.data)
        self.data += bytes(4)
        self.align(_ALIGNED.get(kind[0], 4))
        start = len(self.data)
        for each in items:
            self.write(kind, each)
        struct.pack_into("<I", self.data, place, len(self.data) - start)


class _Reader:
    def __init__(self, data: bytes, order: str, place: int = 0) -> None:
        self._data = data
        self._order = order
        self._place = place

    def read(self, kind: str) -> Any:  # noqa: ANN401 - the signature tells its type
        self._align(_ALIGNED.get(kind[0], 4))
        if kind in _NUMBERS:
            return self._number(*_NUMBERS[kind])
        if kind == "b":
            return bool(self._number("I", 4))
        if kind == "d":
            return self._number("d", 8)
        if kind in {"s", "o", "g"}:
            length = self._number("B", 1) if kind == "g" else self._number("I", 4)
            text = self._data[self._place : self._place + length].decode()
            self._place += length + 1
            return text
        if kind == "v":
            return self.read(self.read("g"))
        if kind[0] == "a":
            return self._read_array(kind[1:])
        if kind[0] in "({":
            return tuple(self.read(part) for part in _types(kind[1:-1]))
        raise NotUnderstoodError(kind)

    def _read_array(self, kind: str) -> list[Any]:
        length = self._number("I", 4)
        self._align(_ALIGNED.get(kind[0], 4))
        end = self._place + length
        found = []
        while (before := self._place) < end:
            found.append(self.read(kind))
            if self._place == before:
                raise NotUnderstoodError(kind)
        return found

    def _number(self, code: str, size: int) -> Any:  # noqa: ANN401 - the code tells its type
        (value,) = struct.unpack_from(self._order + code, self._data, self._place)
        self._place += size
        return value

    def _align(self, to: int) -> None:
        self._place += -self._place % to
