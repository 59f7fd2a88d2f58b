"""Variables in compose files: ``${X}``, ``$X``, ``${X:-default}`` and their siblings, and types after them."""

from __future__ import annotations

import re
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

_PATTERN = re.compile(
    r"\$(?:(?P<escaped>\$)|(?P<named>[_a-z][_a-z0-9]*)"
    r"|\{(?:(?P<braced>[_a-z][_a-z0-9]*(?::?[-+?].*)?)\}|(?P<invalid>)))",
    re.IGNORECASE | re.ASCII,
)
#: The longer ones first: ":-" must not be read as "-" behind a name that ends in a colon.
_OPERATORS = (":?", "?", ":-", "-", ":+", "+")
_MAX_NESTING = 100


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

    def replace(match: re.Match[str]) -> str:
        return _replacement(match.group(), template, lookup, missing, nesting)

    return _PATTERN.sub(replace, template)


def _replacement(text: str, template: str, lookup: Lookup, missing: Callable[[str], None] | None, nesting: int) -> str:
    # The pattern is greedy up to the last brace of the line: cut at the one that belongs to the first.
    end = _closing_brace(text)
    text, rest = (text[: end + 1], text[end + 1 :]) if end >= 0 else (text, "")
    match = _PATTERN.match(text)
    if match is None or match["invalid"] is not None:
        raise Fault(
            "A variable is not written as it should be",
            cause=f"{template!r} is not a valid template.",
            advice="Write ${NAME} or ${NAME:-default}; write $$ where you mean a dollar.",
        )
    if match["escaped"]:
        return "$"
    name = match["named"]
    if name is None:
        name = match["braced"]
        found = [(position, sign) for sign in _OPERATORS if (position := name.find(sign)) >= 0]
        if found:
            variable, sign, operand = name.partition(min(found, key=lambda item: (item[0], -len(item[1])))[1])
            value = _operate(variable, sign, operand, lookup, missing, nesting)
            return value + substitute(rest, lookup, missing, nesting=nesting + 1)
    value = lookup(name) or ""
    if missing is not None and not value and lookup(name) is None:
        missing(name)
    return value


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


def _closing_brace(text: str) -> int:
    """Index of the brace that closes the first one, or -1."""
    depth, index = 0, 0
    while index < len(text):
        if text[index] == "}":
            depth -= 1
            if depth == 0:
                return index
        elif text[index] == "{":
            depth += 1
            index += 1  # the character behind an opening brace is a name's first
        index += 1
    return -1


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


def lookup_in(*environments: Mapping[str, str]) -> Lookup:
    """A lookup that asks one environment after the other."""

    def lookup(name: str) -> str | None:
        for environment in environments:
            if (value := environment.get(name)) is not None:
                return value
        return None

    return lookup
