"""Edits of YAML files that leave everything else as it is: comments, order, quotes, indentation.

The parser says where each value stands; only those characters change. Whatever came out is read again and compared
with what was meant, so that a file that is written in a way that is not foreseen here is refused, never damaged.
"""

from __future__ import annotations

import copy
import json
import re
from typing import Any, TypeAlias

import yaml

_PLAIN = re.compile(r"[a-z][a-z0-9_.-]*|[1-9][0-9]*[kmg]")
_AMBIGUOUS = frozenset({"no", "yes", "on", "off", "y", "n", "true", "false", "null"})
_STEP = 2

Keys: TypeAlias = tuple[str, ...]
Plain: TypeAlias = dict[str, Any]


class YamlEditError(Exception):
    """The file cannot be edited without touching more of it than was meant."""


def read_plain(text: str) -> Plain:
    """Return the mapping that a text holds; scalars are text, as no value is judged here.

    Raises:
        YamlEditError: It is not YAML, or holds something else than one mapping.
    """
    node = _compose(text)
    if node is None:
        return {}
    value = _plain(node)
    if not isinstance(value, dict):
        raise YamlEditError("it is no mapping")
    return value


def set_value(text: str, keys: Keys, value: str | float) -> str:
    """Return the text with a value set; mappings that lead to it are made where they are missing.

    Raises:
        YamlEditError: It cannot be done.
    """
    wanted = copy.deepcopy(read_plain(text))
    _place(wanted, keys, _bare(value))
    return _verified(_set(text, keys, _scalar(value)), wanted)


def remove_value(text: str, keys: Keys) -> str:
    """Return the text without a value, and without the mappings that are empty then; unchanged where it has none.

    Raises:
        YamlEditError: It cannot be done.
    """
    wanted = copy.deepcopy(read_plain(text))
    depth = _take_out(wanted, keys)
    if depth == 0:
        return text
    return _verified(_cut(text, keys[:depth]), wanted)


# What is meant


def _place(mapping: Plain, keys: Keys, value: str) -> None:
    for key in keys[:-1]:
        below = mapping.get(key)
        if not isinstance(below, dict):
            if below:
                raise YamlEditError(f"{key} is no mapping")
            below = mapping[key] = {}
        mapping = below
    mapping[keys[-1]] = value


def _take_out(mapping: Plain, keys: Keys) -> int:
    """Take out a value; return how many of the keys lead to what goes with it, 0 where there is none."""
    chain = [mapping]
    for key in keys[:-1]:
        below = chain[-1].get(key)
        if not isinstance(below, dict):
            return 0
        chain.append(below)
    if keys[-1] not in chain[-1]:
        return 0
    depth = len(keys)
    while depth > 1 and len(chain[depth - 1]) == 1:
        depth -= 1
    del chain[depth - 1][keys[depth - 1]]
    return depth


def _verified(text: str, wanted: Plain) -> str:
    if read_plain(text) != wanted:
        raise YamlEditError("it is written in a way that cannot be edited safely")
    return text


# What stands there


def _compose(text: str) -> yaml.Node | None:
    try:
        # The parser in Python: its marks count characters, those of the one in C may count bytes.
        nodes = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, ValueError) as error:
        raise YamlEditError(str(error)) from error
    if len(nodes) > 1:
        raise YamlEditError("it holds several documents")
    node: yaml.Node | None = nodes[0] if nodes else None
    return None if isinstance(node, yaml.ScalarNode) and not node.value else node


def _plain(node: yaml.Node) -> Any:  # noqa: ANN401 - whatever stands in a file
    if isinstance(node, yaml.MappingNode):
        return {str(getattr(key, "value", "")): _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    # A tag changes what a value means.
    custom = node.tag.startswith("!")
    return f"{node.tag} {node.value}" if custom else node.value


def _entry(node: yaml.Node, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next(((name, value) for name, value in node.value if getattr(name, "value", None) == key), None)


def _set(text: str, keys: Keys, scalar: str) -> str:
    node = _compose(text)
    if node is None:
        end = "" if not text or text.endswith("\n") else "\n"
        return text + end + _block(keys, scalar, 0, text)
    above: yaml.Node = node
    for index, key in enumerate(keys):
        found = _entry(node, key)
        if found is None:
            return _insert(text, node, keys[index:], scalar, above)
        above, node = found
    if not isinstance(node, yaml.ScalarNode):
        raise YamlEditError(f"{keys[-1]} is no single value")
    start, end_ = node.start_mark.index, node.end_mark.index
    return f"{text[:start]}{' ' if start == end_ else ''}{scalar}{text[end_:]}"


def _insert(text: str, node: yaml.Node, keys: Keys, scalar: str, key_above: yaml.Node) -> str:
    """Add keys below a node: in its own style, behind what it has."""
    if isinstance(node, yaml.MappingNode) and node.flow_style:
        place = node.end_mark.index - 1
        inner = f"{keys[0]}: " + "".join(f"{{{key}: " for key in keys[1:]) + scalar + "}" * (len(keys) - 1)
        before = text[:place].rstrip()
        comma = "" if before.endswith(("{", ",")) else ","
        return f"{before}{comma}{'' if before.endswith('{') else ' '}{inner}{text[place:]}"
    if isinstance(node, yaml.MappingNode):
        indent, line = node.value[0][0].start_mark.column, last_line(node)
    elif isinstance(node, yaml.ScalarNode) and not node.value:
        indent, line = key_above.start_mark.column + _STEP, key_above.end_mark.line
    else:
        raise YamlEditError(f"{keys[0]} has no place")
    lines = text.splitlines(keepends=True)
    if not lines[line].endswith(("\n", "\r")):
        lines[line] += _line_end(text)
    lines.insert(line + 1, _block(keys, scalar, indent, text))
    return "".join(lines)


def _cut(text: str, keys: Keys) -> str:
    node = _compose(text)
    found: tuple[yaml.Node, yaml.Node] | None = None
    parent = node
    for key in keys:
        parent = node
        found = _entry(node, key) if node is not None else None
        if found is None:
            raise YamlEditError(f"{key} is not there")
        node = found[1]
    if found is None or not isinstance(parent, yaml.MappingNode):
        raise YamlEditError("nothing is there")
    name, value = found
    if parent.flow_style:
        before, after = text[: name.start_mark.index].rstrip(), text[value.end_mark.index :].lstrip()
        if after.startswith(","):
            return before + (" " if before.endswith(",") else "") + after[1:].lstrip()
        return before.removesuffix(",") + after
    lines = text.splitlines(keepends=True)
    first, last = name.start_mark.line, max(last_line(value), name.end_mark.line)
    if lines[first][: name.start_mark.column].strip():
        raise YamlEditError(f"{keys[-1]} shares its line")
    return "".join(lines[:first] + lines[last + 1 :])


def last_line(node: yaml.Node) -> int:
    """Return the line on which a node ends; the parser's own mark lies behind the comments that follow a block."""
    end: int = node.end_mark.line
    if isinstance(node, yaml.ScalarNode):
        return end - 1 if node.style in {"|", ">"} and node.end_mark.column == 0 else end
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return end
    last = node.value[-1]
    return max(last_line(item) for item in last) if isinstance(last, tuple) else last_line(last)


def _block(keys: Keys, scalar: str, indent: int, text: str) -> str:
    end = _line_end(text)
    lines = [f"{' ' * (indent + _STEP * depth)}{_scalar(key)}:" for depth, key in enumerate(keys)]
    lines[-1] += f" {scalar}"
    return "".join(f"{line}{end}" for line in lines)


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text.partition("\n")[0] + "\n" and "\r\n" in text else "\n"


def _bare(value: str | float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _scalar(value: str | float) -> str:
    """Return a value as it stands in a file; in quotes where it could be taken for something else."""
    bare = _bare(value)
    if not isinstance(value, str) or (_PLAIN.fullmatch(bare) and bare not in _AMBIGUOUS):
        return bare
    return json.dumps(bare)
