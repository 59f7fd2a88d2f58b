"""A small language for the shape of compose files, and what checks a file against it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from typing import Any, TypeAlias

from harmony_desktop.records import dataclass
from harmony_desktop.stack.faults import Fault
from harmony_desktop.stack.values import Value

#: Words for the kinds of values, by Python type.
_WORDS = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", type(None): "nothing"}


@dataclass(frozen=True, slots=True)
class Text:
    """Text, one of ``choices`` if there are any, matching ``pattern`` if there is one."""

    choices: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    says: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """A number, whole if ``whole``, between bounds."""

    whole: bool = False
    least: float = -math.inf
    most: float = math.inf


@dataclass(frozen=True, slots=True)
class Boolean:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Null."""


@dataclass(frozen=True, slots=True)
class Seq:
    """A list of items; ``unique``: none twice."""

    item: Kind
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Mapped:
    """A mapping from names of the user's choice to values of one kind."""

    value: Kind
    names: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keys.

    Attributes:
        keys: Known keys.
        required: Keys that must be there.
        extensions: Whether ``x-`` keys may stand here.
        refused: Keys that the Compose specification knows and this program does not do, and why.
        any_key: Whether unknown keys are let through, as the specification does in a few places.
    """

    keys: Mapping[str, Kind]
    required: tuple[str, ...] = ()
    extensions: bool = True
    refused: Mapping[str, str] = field(default_factory=dict)
    any_key: bool = False


@dataclass(frozen=True, slots=True)
class Anything:
    """Whatever it is."""


#: Alternatives are told apart by the kind of value alone.
Kind: TypeAlias = "Text | Number | Boolean | Nothing | Seq | Mapped | Record | Anything | tuple[Kind, ...]"

_EXTENSION = "x-"


def check(value: Value, kind: Kind) -> None:
    """Check a value.

    Raises:
        Fault: It has not the shape; the path leads to the place.
    """
    if isinstance(kind, tuple):
        kind = _alternative(value, kind)
    checker: Callable[[Any, Any], None] = _CHECKERS[type(kind)]
    checker(value, kind)


def _alternative(value: Value, kinds: tuple[Kind, ...]) -> Kind:
    for kind in kinds:
        if not isinstance(kind, tuple) and _fits(value, kind):
            return kind
    raise Fault(f"This may not be {_word(value)}", cause=f"It may be {_expected(kinds)}.")


def _fits(value: Value, kind: Kind) -> bool:
    """Whether the value is of this kind at first sight."""
    if isinstance(value, bool):
        return isinstance(kind, Boolean | Anything)
    if isinstance(value, str):
        return isinstance(kind, Text | Anything)
    if isinstance(value, int | float):
        return isinstance(kind, Anything) or (isinstance(kind, Number) and (not kind.whole or value == int(value)))
    if isinstance(value, list):
        return isinstance(kind, Seq | Anything)
    if isinstance(value, dict):
        return isinstance(kind, Mapped | Record | Anything)
    return isinstance(kind, Nothing | Anything)


def _word(value: Value) -> str:
    return _WORDS.get(type(value), "a number")


def _expected(kinds: Kind) -> str:
    if isinstance(kinds, tuple):
        return " or ".join(dict.fromkeys(_expected(kind) for kind in kinds))
    if isinstance(kinds, Number):
        return "a whole number" if kinds.whole else "a number"
    words = {Text: "text", Boolean: "true or false", Nothing: "empty", Seq: "a list"}
    return words.get(type(kinds), "a mapping")


def _simple(value: Value, kind: Kind) -> None:
    if not _fits(value, kind):
        _alternative(value, (kind,))


def _text(value: Value, kind: Text) -> None:
    _simple(value, kind)
    if kind.choices and value not in kind.choices:
        raise Fault(f"{value!r} is none of the possible values", cause=f"Possible are: {', '.join(kind.choices)}.")
    if kind.pattern is not None and not kind.pattern.search(value):
        raise Fault(f"{value!r} does not have the right form", cause=kind.says)


def _number(value: Value, kind: Number) -> None:
    _simple(value, kind)
    if not math.isfinite(value):
        raise Fault("This number is not finite")
    if not kind.least <= value <= kind.most:
        raise Fault(f"{value} is out of range", cause=f"It may be {kind.least:g} to {kind.most:g}.")


def _sequence(value: Value, kind: Seq) -> None:
    _simple(value, kind)
    for index, item in enumerate(value):
        try:
            check(item, kind.item)
        except Fault as fault:
            raise fault.below(index) from None
    if kind.unique and len(value) > 1:
        _unique(value)


def _unique(items: list[Any]) -> None:
    seen: set[str] = set()
    for index, item in enumerate(items):
        # One is 1.0 here, and True is not 1: as text they are what they are.
        key = repr(float(item)) if isinstance(item, int | float) and not isinstance(item, bool) else repr(item)
        if key in seen:
            raise Fault("This stands in the list twice", (index,), advice="Take one of the two out.")
        seen.add(key)


def _mapped(value: Value, kind: Mapped) -> None:
    _simple(value, kind)
    for key, item in value.items():
        if kind.names is not None and not kind.names.fullmatch(key):
            raise Fault(
                f"{key!r} cannot be a name here", (key,), advice="Use letters, digits, dots, dashes and underscores."
            )
        try:
            check(item, kind.value)
        except Fault as fault:
            raise fault.below(key) from None


def _record(value: Value, kind: Record) -> None:
    _simple(value, kind)
    keys = kind.keys
    for key, item in value.items():
        below = keys.get(key)
        if below is None:
            _unknown(key, kind)
            continue
        try:
            check(item, below)
        except Fault as fault:
            raise fault.below(key) from None
    for key in kind.required:
        if key not in value:
            raise Fault(f"The key {key} is missing")


def _unknown(key: str, kind: Record) -> None:
    if kind.any_key or (kind.extensions and key.startswith(_EXTENSION)):
        return
    if (reason := kind.refused.get(key)) is not None:
        raise Fault(
            f"The key {key} is not supported",
            (key,),
            cause=reason,
            advice=f"Take {key} out, or start this project with docker compose itself.",
        )
    near = _near(key, kind.keys)
    advice = f"Did you mean {near}?" if near else "Take it out, or check how it is written."
    raise Fault(f"The key {key} is unknown here", (key,), advice=advice)


def _near(key: str, known: Collection[str]) -> str:
    import difflib  # noqa: PLC0415 - only on the way to an error

    return next(iter(difflib.get_close_matches(key, known, 1)), "")


def _nothing(_value: Value, _kind: Anything) -> None:
    return


_CHECKERS: dict[type, Callable[[Any, Any], None]] = {
    Text: _text,
    Number: _number,
    Boolean: _simple,
    Nothing: _simple,
    Seq: _sequence,
    Mapped: _mapped,
    Record: _record,
    Anything: _nothing,
}
