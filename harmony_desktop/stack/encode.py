"""The canonical form: each section with its keys in the official order and its values in their official types.

A section is described as a list of fields; each field has a converter. A value that is empty (zero, false, "", no
items) is left out, unless the field says that it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from harmony_desktop.records import dataclass
from harmony_desktop.stack import shellwords
from harmony_desktop.stack.casts import to_boolean, to_float, to_integer
from harmony_desktop.stack.faults import Fault
from harmony_desktop.stack.scalars import shortest32, to_text
from harmony_desktop.stack.units import format_duration, parse_duration, parse_size
from harmony_desktop.stack.values import Value

Convert: TypeAlias = Callable[[Any], Any]


class Section(dict[str, Any]):
    """A part of the canonical form.

    Attributes:
        extensions: Its ``x-`` keys, which only the YAML rendering prints.
        json_only: Keys that only the JSON rendering prints, because their value is empty.
        yaml_names: Keys that the YAML rendering calls otherwise.
    """

    __slots__ = ("extensions", "json_only", "yaml_names")

    def __init__(self) -> None:
        super().__init__()
        self.extensions: dict[str, Any] = {}
        self.json_only: frozenset[str] = frozenset()
        self.yaml_names: Mapping[str, str] = {}


class Omitted:
    """What a converter gives for a value that is not printed at all."""


OMITTED = Omitted()


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a section.

    Attributes:
        key: Its name.
        convert: Makes the canonical value.
        kept: Whether an empty value that was given is printed (a pointer in the official model).
        always: Printed in JSON even when nothing was given; what then.
        json_name: Its name in the official JSON, where that differs.
    """

    key: str
    convert: Convert
    kept: bool = False
    always: Callable[[], Any] | None = None
    json_name: str = ""


@dataclass(frozen=True, slots=True)
class Fields:
    """All keys of a kind of section, in order."""

    fields: Sequence[Field]
    yaml_names: Mapping[str, str]

    def place(self, key: str) -> int:
        """Where a key stands in the order."""
        return next(index for index, entry in enumerate(self.fields) if key in (entry.key, entry.json_name))

    def __call__(self, value: Value) -> Section:
        """The canonical section.

        Raises:
            Fault: A value cannot be converted.
        """
        section = Section()
        hidden = []
        for entry in self.fields:
            given = value.get(entry.key)
            if given is None:
                if entry.always is not None:
                    section[entry.key] = entry.always()
                    hidden.append(entry.key)
                continue
            try:
                converted = entry.convert(given)
            except ValueError as error:
                raise Fault(f"{entry.key} cannot be read", (entry.key,), cause=str(error)) from error
            except Fault as fault:
                raise fault.below(entry.key) from None
            if converted is OMITTED:
                continue
            if converted or entry.kept:
                section[entry.json_name or entry.key] = converted
            elif entry.always is not None:
                section[entry.key] = converted
                hidden.append(entry.key)
        section.json_only = frozenset(hidden)
        section.yaml_names = self.yaml_names
        for key in sorted(value):
            if key.startswith("x-"):
                section.extensions[key] = in_order(value[key])
        return section


def fields(*entries: Field | tuple[str, Convert]) -> Fields:
    """Describe a section."""
    described = [entry if isinstance(entry, Field) else Field(*entry) for entry in entries]
    return Fields(described, {entry.json_name: entry.key for entry in described if entry.json_name})


def text(value: Value) -> str:
    """Text; a whole number becomes its digits."""
    if isinstance(value, bool | float):
        raise ValueError(f"{to_text(value)} is not text; write it in quotes")  # noqa: TRY004 - what a file holds, not what we pass
    return to_text(value)


def flag(value: Value) -> bool:
    """True or false, also as text."""
    return to_boolean(value) if isinstance(value, str) else bool(value)


def whole(value: Value) -> int:
    """A whole number, also as text."""
    return to_integer(value) if isinstance(value, str) else int(value)


def number(value: Value) -> float:
    """A number of single precision, also as text."""
    return shortest32(to_float(value) if isinstance(value, str) else value)


def size(value: Value) -> str:
    """Bytes, as a string of digits; "" for none."""
    if isinstance(value, float):
        # Officially such a number is dropped, and the limit with it.
        raise ValueError(f"{to_text(value)} has a point or an exponent; write a size such as 512m")  # noqa: TRY004 - what a file holds, not what we pass
    count = parse_size(value) if isinstance(value, str) else int(value)
    return str(count) if count else ""


def duration(value: Value) -> str:
    """A duration as the official tool prints it."""
    return format_duration(parse_duration(text(value)))


def strings(value: Value) -> list[str]:
    """A list of texts; whole numbers become their digits."""
    return [text(item) for item in ([value] if isinstance(value, str) else value)]


def command(value: Value) -> list[str]:
    """A command line: split if it is one string."""
    return shellwords.split(value) if isinstance(value, str) else strings(value)


def test(value: Value) -> list[str]:
    """A health check's command; one string is for the shell."""
    return ["CMD-SHELL", value] if isinstance(value, str) else strings(value)


def pairs(value: Value) -> dict[str, Any]:
    """A mapping of texts from a mapping or a list of ``key=value``; a missing value is empty."""
    return {key: "" if item is None else item for key, item in nullable_pairs(value).items()}


def nullable_pairs(value: Value) -> dict[str, Any]:
    """As ``pairs``; a missing value stays null."""
    if isinstance(value, dict):
        items = {key: None if item is None else to_text(item) for key, item in value.items()}
    else:
        split = [to_text(item).partition("=") for item in value]
        items = {key: item if sign else None for key, sign, item in split}
    return dict(sorted(items.items()))


def each(convert: Convert) -> Convert:
    """A list of what ``convert`` makes."""

    def convert_all(value: Value) -> list[Any]:
        converted = []
        for index, item in enumerate(value):
            try:
                converted.append(convert(item))
            except Fault as fault:
                raise fault.below(index) from None
        return converted

    return convert_all


def named(convert: Convert) -> Convert:
    """A mapping, sorted by name, of what ``convert`` makes; null stays null."""

    def convert_all(value: Mapping[str, Any]) -> dict[str, Any]:
        converted = {}
        for key in sorted(value):
            try:
                converted[key] = None if value[key] is None else convert(value[key])
            except Fault as fault:
                raise fault.below(key) from None
            except ValueError as error:
                raise Fault(f"{key} cannot be read", (key,), cause=str(error)) from error
        return converted

    return convert_all


def hosts(value: Value) -> list[str]:
    """Additional hosts as sorted ``name=address``.

    Raises:
        ValueError: One has no address or no name.
    """
    found: list[tuple[str, str]] = []
    if isinstance(value, dict):
        for name, addresses in value.items():
            found += [(name, to_text(item)) for item in (addresses if isinstance(addresses, list) else [addresses])]
    else:
        for item in strings(value):
            sign = "=" if "=" in item else ":"
            name, separator, addresses = item.partition(sign)
            if not separator:
                raise ValueError(f"{item!r} has no address; write NAME=ADDRESS")
            found += [(name, address) for address in addresses.split(",")]
    for name, _ in found:
        if not name or "=" in name or ":" in name:
            raise ValueError(f"{name!r} cannot be the name of a host")
    return sorted(f"{name}={_bare(address)}" for name, address in found)


def _bare(address: str) -> str:
    return address[1:-1] if len(address) > 2 and address[0] == "[" and address[-1] == "]" else address


def mode(value: Value) -> str:
    """A file's mode as octal digits with a leading zero; text is octal, too.

    Raises:
        ValueError: It is no mode.
    """
    if isinstance(value, str):
        if not value or set(value) - set("01234567"):
            raise ValueError(f"{value!r} is not a mode such as 0440")
        bits = int(value, 8)
    elif isinstance(value, float):
        raise ValueError(f"{to_text(value)} is not a mode such as 0440")  # noqa: TRY004 - what a file holds, not what we pass
    else:
        bits = int(value)
    return f"0{bits:o}" if bits else ""


def in_order(value: Value) -> Value:
    """A value of the user's own, its mappings sorted by key."""
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [in_order(item) for item in value]
    return value
