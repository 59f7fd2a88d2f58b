"""What stands in a secret's place: a secret, or something that tells nothing. Pure."""

from __future__ import annotations

import re
from typing import TypeAlias

#: Start and end of a secret within a text.
Span: TypeAlias = tuple[int, int]

#: Variables without braces have names in capitals: a password may begin with a dollar.
_REFERENCE = re.compile(r"\$\$?(?:[A-Z_][A-Z0-9_]{1,128}+(?![a-z])|\{\w{1,128}+(?P<operator>:?[-+?])?)")
_HARMLESS = re.compile(
    r"(?i:true|false|yes|no|on|off|null|nil|none|undefined|unset|empty|missing|required|auto|string|\[\]|\{\}|~|-)?"
    r"|[*x.•…]{3,64}|<[^<>\n]{0,40}>"
)
_NUMBER = re.compile(r"[-+]?\d{1,9}(?:\.\d{0,9})?[,;)}\]]?")


def is_reference(value: str) -> bool:
    """Whether a value begins with a reference to a variable."""
    return _REFERENCE.match(value) is not None


def harmless(value: str, *, chosen: bool = False) -> bool:
    """Whether a value in a secret's place tells nothing: empty, a switch, a number where a machine made it.

    Args:
        value: The value, without its quotes.
        chosen: A person chose it: then a number is one to hide.
    """
    value = value.strip()
    return bool(_HARMLESS.fullmatch(value)) or (not chosen and bool(_NUMBER.fullmatch(value)))


def hidden_part(value: str) -> Span | None:
    """Return what is to hide of a value in a secret's place, None where nothing is.

    A reference to a variable (``${TOKEN}``) tells nothing; the default behind it (``${TOKEN:-abc}``) may.
    """
    reference = _REFERENCE.match(value)
    if reference is None:
        return (0, len(value))
    operator = reference["operator"]
    if operator is None or operator.endswith("?"):
        alone = reference.end() == len(value) or value[reference.end() :] == "}" or bool(operator)
        return None if alone else (reference.end(), len(value))
    end = len(value) - value.endswith("}")
    operand = value[reference.end() : end]
    return (
        None if harmless(operand, chosen=True) or _REFERENCE.fullmatch(operand.rstrip("}")) else (reference.end(), end)
    )
