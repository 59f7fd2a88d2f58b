"""Variables in compose files: ``${X}``, ``$X``, ``${X:-default}`` and their siblings, and types after them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from typing import TypeAlias

from harmony_desktop.stack.casts import CASTS, Casts
from harmony_desktop.stack.faults import Fault
from harmony_desktop.stack.faults import Path as KeyPath
from harmony_desktop.stack.values import Value

#: Gives a variable's value, None when it is not set.
Lookup: TypeAlias = Callable[[str], "str | None"]
#: Is told each variable that is not set, and where it is asked for.
Missing: TypeAlias = Callable[[str, KeyPath], None]

_NAME = re.compile(r"[_a-z][_a-z0-9]*", re.IGNORECASE | re.ASCII)
#: The longer ones first: ":-" must not be read as "-" behind a name that ends in a colon.
_OPERATORS = (":?", "?", ":-", "-", ":+", "+")
_MAX_NESTING = 100
#: Characters of a malformed template that an error shows.
_SHOWN = 80


def substitute(template: str, lookup: Lookup, missing: Callable[[str], None] | None = None, *, nesting: int = 0) -> str:
    """The template with its variables replaced.

    Args:
        template: Text with ``${X}`` and the like; ``$$`` stands for one dollar.
        lookup: Gives the values.
        missing: Is told each variable without value and default.
        nesting: How many defaults this template stands in.

    Raises:
        Fault: The template is malformed, or a required variable has no value.
    """
    if "$" not in template:
        return template
    if nesting > _MAX_NESTING:
        raise Fault("Variables are nested too deeply")
    return _Template(template, lookup, missing, nesting).substituted()


class _Template:
    """Goes through a template once, from dollar to dollar."""

    def __init__(self, text: str, lookup: Lookup, missing: Callable[[str], None] | None, nesting: int) -> None:
        self._text = text
        self._lookup = lookup
        self._missing = missing
        self._nesting = nesting
        self._line_end = -1
        self._last_brace = -1

    def substituted(self) -> str:
        pieces: list[str] = []
        position = 0
        while (dollar := self._text.find("$", position)) >= 0:
            pieces.append(self._text[position:dollar])
            piece, position = self._reference(dollar)
            pieces.append(piece)
        pieces.append(self._text[position:])
        return "".join(pieces)

    def _reference(self, dollar: int) -> tuple[str, int]:
        """What stands for the reference at a dollar, and where it ends."""
        following = self._text[dollar + 1 : dollar + 2]
        if following == "$":
            return "$", dollar + 2
        if following == "{":
            return self._braced(dollar)
        if name := _NAME.match(self._text, dollar + 1):
            return self._value(name.group()), name.end()
        return "$", dollar + 1

    def _value(self, name: str) -> str:
        value = self._lookup(name)
        if value is None and self._missing is not None:
            self._missing(name)
        return value or ""

    def _braced(self, dollar: int) -> tuple[str, int]:
        name = _NAME.match(self._text, dollar + 2)
        if name is None:
            raise self._malformed()
        sign = next((sign for sign in _OPERATORS if self._text.startswith(sign, name.end())), "")
        if not sign:
            if self._text[name.end() : name.end() + 1] != "}":
                raise self._malformed()
            return self._value(name.group()), name.end() + 1
        end = self._end(dollar, name.end() + len(sign))
        operand = self._text[name.end() + len(sign) : end]
        return _operate(name.group(), sign, operand, self._lookup, self._missing, self._nesting), end + 1

    def _end(self, dollar: int, operand: int) -> int:
        """The brace that closes the one behind a dollar; without a balance, the last brace of the line."""
        if self._line_end < operand:
            found = self._text.find("\n", operand)
            self._line_end = len(self._text) if found < 0 else found
            self._last_brace = self._text.rfind("}", operand, self._line_end)
        if self._last_brace < operand:
            raise self._malformed()
        depth, index = 0, dollar + 1
        while index <= self._last_brace:
            if self._text[index] == "}":
                depth -= 1
                if depth == 0:
                    return index
            elif self._text[index] == "{":
                depth += 1
                index += 1  # the character behind an opening brace is a name's first
            index += 1
        return self._last_brace

    def _malformed(self) -> Fault:
        return Fault(
            "A variable is not written as it should be",
            cause=f"{shortened(self._text)!r} is not a valid template.",
            advice="Write ${NAME} or ${NAME:-default}; write $$ where you mean a dollar.",
        )


def shortened(text: str) -> str:
    """The text, or the beginning of a long one."""
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _operate(
    variable: str, sign: str, operand: str, lookup: Lookup, missing: Callable[[str], None] | None, nesting: int
) -> str:
    value = lookup(variable)
    is_set = value is not None and (value != "" or not sign.startswith(":"))
    if sign[-1] == "+":
        return substitute(operand, lookup, missing, nesting=nesting + 1) if is_set else value or ""
    if is_set:
        return value or ""
    replacement = substitute(operand, lookup, missing, nesting=nesting + 1)
    if sign[-1] == "-":
        return replacement
    raise Fault(
        f"The variable {variable} is required but has no value",
        cause=replacement,
        advice=f"Set {variable} in the .env file beside the compose file, or in the environment.",
    )


def interpolate(value: Value, lookup: Lookup, missing: Missing) -> Value:
    """A fresh copy of a file's values with all variables replaced and cast to the types that the model wants.

    Raises:
        Fault: As ``substitute``, or a value cannot be cast; its path leads to the value.
    """
    return _Interpolation(lookup, missing).value(value, CASTS, ())


class _Interpolation:
    def __init__(self, lookup: Lookup, missing: Missing) -> None:
        self._lookup = lookup
        self._missing = missing

    def value(self, value: Value, casts: Casts | None, path: KeyPath) -> Value:
        if isinstance(value, str):
            return self._text(value, casts, path)
        if isinstance(value, dict):
            if casts is None:
                return {key: self.value(item, None, (*path, key)) for key, item in value.items()}
            below, others = casts.below, casts.others
            return {key: self.value(item, below.get(key, others), (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            others = casts.items if casts is not None else None
            return [self.value(item, others, (*path, index)) for index, item in enumerate(value)]
        return value

    def _text(self, text: str, casts: Casts | None, path: KeyPath) -> Value:
        try:
            if "$" in text:
                text = substitute(text, self._lookup, lambda name: self._missing(name, path))
            return casts.cast(text) if casts is not None and casts.cast is not None else text
        except ValueError as error:
            raise Fault(
                f"{_name(path)} has the wrong type", path, cause=str(error), advice="Write a value of that type."
            ) from error
        except Fault as fault:
            raise fault.below(*path) from None


def _name(path: KeyPath) -> str:
    return ".".join(str(key) for key in path if not isinstance(key, int))


def lookup_anyhow(environment: Mapping[str, str], platform: str = sys.platform) -> Lookup:
    """A lookup as a system knows its variables: on Windows ``${path}`` finds ``PATH`` where there is no ``path``.

    Args:
        environment: The variables.
        platform: ``sys.platform``.
    """
    if platform != "win32":
        return lookup_in(environment)
    folded = {name.lower(): value for name, value in environment.items()}
    return lambda name: environment.get(name, folded.get(name.lower()))


def lookup_in(*environments: Mapping[str, str]) -> Lookup:
    """A lookup that asks one environment after the other."""

    def lookup(name: str) -> str | None:
        for environment in environments:
            if (value := environment.get(name)) is not None:
                return value
        return None

    return lookup
