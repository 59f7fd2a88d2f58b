"""Where values stand in a YAML file, and lists whose items are put in and out of comments. Nothing else changes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

import yaml

from harmony_desktop.records import dataclass
from harmony_desktop.stack.yaml_edit import YamlEditError, last_line

Key: TypeAlias = str | int
_COMMENT = re.compile(r"^(?P<indent> *)#(?P<blank> ?)(?P<rest>.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value: where it stands, and its text."""

    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One document with places.

    Attributes:
        text: The text that was read.
        root: Its node; None where it is empty.
    """

    text: str
    root: yaml.Node | None

    def node(self, *path: Key) -> yaml.Node | None:
        """Return what keys and indices lead to, or None."""
        node = self.root
        for key in path:
            if isinstance(node, yaml.MappingNode) and isinstance(key, str):
                found = [value for name, value in node.value if getattr(name, "value", None) == key]
                node = found[-1] if found else None
            elif isinstance(node, yaml.SequenceNode) and isinstance(key, int):
                node = node.value[key] if 0 <= key < len(node.value) else None
            else:
                return None
        return node

    def scalar(self, *path: Key) -> Scalar | None:
        """Return the single value that a path leads to, or None."""
        node = self.node(*path)
        if not isinstance(node, yaml.ScalarNode):
            return None
        return Scalar(node.start_mark.index, node.end_mark.index, node.value)

    def value(self, *path: Key) -> str:
        """Return the text of a single value, or ""."""
        found = self.scalar(*path)
        return found.value if found is not None else ""

    def size(self, *path: Key) -> int:
        """Return how many items a list has, 0 where there is none."""
        node = self.node(*path)
        return len(node.value) if isinstance(node, yaml.SequenceNode) else 0

    def lines(self, *path: Key) -> tuple[int, int]:
        """Return first and last line of an item, from 0.

        Raises:
            YamlEditError: It is not there, or shares its lines with others.
        """
        node = self.node(*path)
        above = self.node(*path[:-1])
        if node is None or not isinstance(above, yaml.SequenceNode) or above.flow_style:
            raise YamlEditError("it is no item of a list that is written line by line")
        return node.start_mark.line, last_line(node)


def read(text: str) -> YamlDocument:
    """Read a text of one document.

    Raises:
        YamlEditError: It is not YAML, or holds several documents.
    """
    try:
        # The parser in Python: its marks count characters, those of the one in C may count bytes.
        nodes = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise YamlEditError(str(error)) from error
    if len(nodes) > 1:
        raise YamlEditError("it holds several documents")
    return YamlDocument(text, nodes[0] if nodes else None)


def comment_out(text: str, path: Sequence[Key]) -> str:
    """Return the text with an item of a list put into comments, each line of it.

    Raises:
        YamlEditError: It cannot be done.
    """
    first, last = read(text).lines(*path)
    lines = text.splitlines(keepends=True)
    indent = len(lines[first]) - len(lines[first].lstrip(" "))
    if lines[first][indent : indent + 1] != "-":
        raise YamlEditError("the item shares its line")
    for number in range(first, last + 1):
        line = lines[number]
        # A line that is indented less (an empty one, a comment) takes its mark where it begins.
        place = min(indent, len(line) - len(line.lstrip(" ")))
        lines[number] = f"{line[:place]}#{'' if line[place:].strip() == '' else ' '}{line[place:]}"
    return "".join(lines)


@dataclass(frozen=True, slots=True)
class Commented:
    """An item of a list that stands in comments.

    Attributes:
        first: Its first line, from 0.
        last: Its last line.
        block: What the lines are without their comment signs.
    """

    first: int
    last: int
    block: str


def commented_items(text: str) -> list[Commented]:
    """Return the items in comments: runs of comment lines, the first of which begins with a dash and is YAML."""
    lines = text.splitlines(keepends=True)
    found: list[Commented] = []
    number = 0
    while number < len(lines):
        item = _commented_at(lines, number)
        if item is not None:
            found.append(item)
            number = item.last
        number += 1
    return found


def uncomment(text: str, item: Commented) -> str:
    """Return the text with an item taken out of its comments."""
    lines = text.splitlines(keepends=True)
    lines[item.first : item.last + 1] = item.block.splitlines(keepends=True)
    return "".join(lines)


def insert_item(text: str, path: Sequence[Key], block: str) -> str:
    """Return the text with an item behind those that a list has, indented as they are.

    Args:
        text: The text.
        path: The list.
        block: The item, from its dash on, without indentation of its own.

    Raises:
        YamlEditError: There is no such list, or it is not written line by line.
    """
    document = read(text)
    size = document.size(*path)
    if size == 0:
        raise YamlEditError("there is no item to put it behind")
    first, last = document.lines(*path, size - 1)
    lines = text.splitlines(keepends=True)
    end = "\r\n" if lines[first].endswith("\r\n") else "\n"
    indent = lines[first][: len(lines[first]) - len(lines[first].lstrip(" "))]
    if not lines[last].endswith("\n"):
        lines[last] += end
    apart = [end] if first and not lines[first - 1].strip() else []
    lines[last + 1 : last + 1] = apart + [f"{indent}{line}{end}" for line in block.splitlines()]
    return "".join(lines)


def _commented_at(lines: list[str], number: int) -> Commented | None:
    head = _COMMENT.match(lines[number])
    if head is None or not head["rest"].startswith("- "):
        return None
    indent = head["indent"]
    bare = [f"{indent}{head['rest']}"]
    last = number
    for line in lines[number + 1 :]:
        match = _COMMENT.match(line)
        if match is None or match["indent"] != indent:
            break
        rest = match["rest"]
        if rest.startswith("- ") or (rest.strip() and not rest.startswith((" ", "#"))):
            break
        bare.append(f"{indent}{rest}" if rest.strip() else rest)
        last += 1
    while len(bare) > 1 and not bare[-1].strip():
        bare.pop()
        last -= 1
    block = "".join(bare)
    try:
        document = read(block)
    except YamlEditError:
        return None
    good = isinstance(document.node(0), yaml.MappingNode)
    return Commented(number, last, block) if good else None
