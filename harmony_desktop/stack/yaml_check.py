"""What is wrong with a YAML text by itself, as places: the first mistake of its form, or keys that stand twice."""

from __future__ import annotations

from typing import NamedTuple

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Mistake(NamedTuple):
    """One mistake.

    Attributes:
        line: Where, from 1.
        column: Where in the line, from 1.
        words: What the parser says; "" for a key that stands twice.
        key: The key that stands twice, or "".
    """

    line: int
    column: int
    words: str = ""
    key: str = ""


def mistakes(text: str) -> list[Mistake]:
    """Return what is wrong; a key that stands in its mapping twice loses one of its values without a word."""
    try:
        roots = list(yaml.compose_all(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = ", ".join(part for part in (error.context, error.problem) if part)
        return [Mistake(mark.line + 1, mark.column + 1, words) if mark else Mistake(1, 1, words)]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return [Mistake(1, 1, str(error))]
    return sorted(found for root in roots for found in _twice(root))


def _twice(root: yaml.Node | None) -> list[Mistake]:
    found: list[Mistake] = []
    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            names: set[str] = set()
            for key, value in node.value:
                waiting.append(value)
                if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
                    continue
                if key.value in names:
                    found.append(Mistake(key.start_mark.line + 1, key.start_mark.column + 1, key=key.value))
                names.add(key.value)
    return found
