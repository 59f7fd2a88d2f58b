"""The wire format of D-Bus, with another implementation of it at the other end."""

from __future__ import annotations

from typing import Any

import pytest
from dbus_fast import Message as Theirs
from dbus_fast import Variant as TheirVariant
from hypothesis import given
from hypothesis import strategies as st

from harmony_desktop.ui.bus_message import ERROR, RETURN, SIGNAL, Message, NotUnderstoodError, Variant, take


def received(message: Theirs) -> Message | None:
    """What we make of a message as the other implementation writes it."""
    message.serial = message.serial or 1
    return take(bytearray(message._marshall(False)))


@given(st.text(max_size=40).filter(lambda text: "\0" not in text), st.integers(0, 2**32 - 1))
def test_signals_are_read(text: str, number: int) -> None:
    signal = Theirs.new_signal("/some/path", "org.example.Thing", "Changed", "usb", [number, text, True])
    message = received(signal)
    assert message is not None
    assert (message.kind, message.path, message.interface, message.member) == (
        SIGNAL,
        "/some/path",
        "org.example.Thing",
        "Changed",
    )
    assert message.body == (number, text, True)


def test_all_types_that_occur_are_read() -> None:
    signature = "a{sv}as(yx)vda(ub)"
    body: list[Any] = [
        {"one": TheirVariant("u", 1), "two": TheirVariant("as", ["a", "b"])},
        [],
        [7, -(2**40)],
        TheirVariant("(is)", [-1, "x"]),
        0.5,
        [[1, True], [2, False]],
    ]
    call = Theirs(destination="a.b", path="/", interface="a.b", member="M", signature=signature, body=body)
    reply = Theirs.new_method_return(_numbered(call), signature, body)
    message = received(reply)
    assert message is not None
    assert (message.kind, message.reply_to) == (RETURN, 9)
    pairs, empty, struct, variant, real, structs = message.body
    assert (pairs, empty, struct) == ([("one", 1), ("two", ["a", "b"])], [], (7, -(2**40)))
    assert (variant, real, structs) == ((-1, "x"), 0.5, [(1, True), (2, False)])


def _numbered(call: Theirs) -> Theirs:
    call.serial, call.sender = 9, ":1.1"
    return call


def test_messages_come_in_pieces_and_several_at_once() -> None:
    whole = b"".join(Message(SIGNAL, n, "/p", "a.b", "S", signature="s", body=("é" * n,)).to_bytes() for n in (1, 2, 3))
    buffer, found = bytearray(), []
    for byte in whole:
        buffer.append(byte)
        message = take(buffer)
        if message is not None:
            found.append(message.body[0])
    assert found == ["é", "éé", "ééé"]
    assert not buffer


def test_nonsense_is_refused() -> None:
    good = Message(ERROR, 1, error="a.b.C", reply_to=1, signature="s", body=("x",)).to_bytes()
    endless = Message(SIGNAL, 1, "/p", "a.b", "S", signature="au", body=([1],)).to_bytes().replace(b"au\0", b"a()\0")
    for bad in (b"x" * 20, good[:4] + b"\xff" * 4 + good[8:], endless):
        with pytest.raises(NotUnderstoodError):
            take(bytearray(bad))
    assert take(bytearray(good[:15])) is None


@given(st.binary(min_size=1, max_size=200))
def test_no_bytes_do_harm(data: bytes) -> None:
    good = Message(SIGNAL, 1, "/p", "a.b", "S", signature="a{sv}", body=({"k": Variant("s", "v")},)).to_bytes()
    for whole in (data, good[:12] + data, good[: len(good) - len(data) % 40] + data):
        buffer = bytearray(whole)
        try:
            while take(buffer) is not None:
                pass
        except NotUnderstoodError:
            pass
