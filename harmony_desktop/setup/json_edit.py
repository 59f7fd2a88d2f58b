"""JSON with places: what is wrong with it, and edits that change one value and not a character more.

``json`` of the standard library stops at the first mistake and forgets where values stood. This reader goes on behind
the mistakes that people make by hand (a comma too many, one that is missing, a comment), each with what mends it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Any, NamedTuple, TypeAlias

from harmony_desktop.control.findings import Replacement
from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import say

_MAX_DEPTH = 200
#: Mistakes after which a text is no longer read.
_MANY = 100
_BLANKS = " \t\r\n"
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORD = re.compile(r"[^\s,:{}\[\]\"]+")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None}
#: What people write who know another language.
_FOREIGN = {"True": "true", "False": "false", "None": "null", "TRUE": "true", "FALSE": "false", "NULL": "null"}

Key: TypeAlias = str | int


class JsonEditError(Exception):
    """The text cannot be edited without touching more of it than was meant."""


@dataclass(slots=True)
class Node:
    """One value: where it stands, and what it holds.

    Attributes:
        start: Its first character.
        end: The character behind it.
        value: What it means; for objects and arrays see ``plain``.
        members: Of an object: key and value of each member, the key as a node of its own.
        items: Of an array.
    """

    start: int
    end: int
    value: Any = None
    members: list[tuple[Node, Node]] | None = None
    items: list[Node] | None = None

    def member(self, key: str) -> Node | None:
        """Return the value of a member (the last one of that name counts), or None."""
        found = [value for name, value in self.members or () if name.value == key]
        return found[-1] if found else None

    def at(self, *path: Key) -> Node | None:
        """Return the value that keys and indices lead to, or None."""
        node: Node | None = self
        for key in path:
            if node is None:
                return None
            if isinstance(key, str):
                node = node.member(key)
            else:
                node = node.items[key] if node.items is not None and 0 <= key < len(node.items) else None
        return node

    def text(self, *path: Key) -> str:
        """Return the text that keys lead to, or ""."""
        node = self.at(*path)
        return node.value if node is not None and isinstance(node.value, str) else ""

    def named(self) -> Iterator[tuple[str, Node]]:
        """Yield name and value of each member."""
        for name, value in self.members or ():
            yield name.value, value

    def plain(self) -> Any:  # noqa: ANN401 - whatever stands in a file
        """Return the value as ``json.loads`` does."""
        if self.members is not None:
            return {name.value: value.plain() for name, value in self.members}
        if self.items is not None:
            return [item.plain() for item in self.items]
        return self.value


class Fault(NamedTuple):
    """A mistake, and what mends it."""

    start: int
    end: int
    message: str
    label: str = ""
    mend: Replacement | None = None
    harmless: bool = False


@dataclass(slots=True)
class Json:
    """A text that was read: its value, as far as it could be, and its mistakes."""

    text: str
    root: Node | None = None
    faults: list[Fault] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether it is JSON."""
        return self.root is not None and all(fault.harmless for fault in self.faults)


def read(text: str) -> Json:
    """Read a text; mistakes are collected, not raised."""
    found = Json(text)
    reader = _Reader(text, found.faults)
    try:
        found.root = reader.document()
    except _EndError:
        found.root = None
    return found


def set_value(text: str, path: Sequence[Key], value: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """Return the text with one value set; objects that lead to it are made where they are missing.

    Raises:
        JsonEditError: It is no JSON, or nothing can stand there.
    """
    found = read(text)
    if found.root is None or not found.good:
        raise JsonEditError(str(found.faults[0].message) if found.faults else "it is no JSON")
    wanted = found.root.plain()
    _place(wanted, path, value)
    changed = _replaced(text, _set(text, found.root, list(path), value))
    # Whatever came out is read again: nothing but what was meant may have changed.
    after = read(changed)
    if after.root is None or not after.good or after.root.plain() != wanted:
        raise JsonEditError("it is written in a way that cannot be edited safely")
    return changed


def _place(holder: Any, path: Sequence[Key], value: Any) -> None:  # noqa: ANN401 - whatever stands in a file
    for index, key in enumerate(path):
        last = index == len(path) - 1
        if isinstance(key, int):
            if not isinstance(holder, list) or not 0 <= key < len(holder):
                raise JsonEditError(say("there is no item {key}", key=key))
        elif not isinstance(holder, dict):
            raise JsonEditError(say("{key} has no place", key=key))
        if last:
            holder[key] = value
        elif isinstance(holder, dict):
            holder = holder.setdefault(str(key), {})
        else:
            holder = holder[int(key)]


def _set(text: str, root: Node, path: list[Key], value: Any) -> Replacement:  # noqa: ANN401 - whatever JSON can hold
    if not path:
        raise JsonEditError("nothing is named")
    node = root
    for index, key in enumerate(path):
        below = node.at(key)
        if below is None:
            return _insert(text, node, path[index:], value)
        node = below
    return Replacement(node.start, node.end, json.dumps(value, ensure_ascii=False))


def _insert(text: str, node: Node, keys: list[Key], value: Any) -> Replacement:  # noqa: ANN401 - as above
    """Add a member behind those that an object has, written as they are."""
    if node.members is None or not all(isinstance(key, str) for key in keys):
        raise JsonEditError(say("{keys} has no place", keys=keys[0]))
    written = json.dumps(value, ensure_ascii=False)
    for key in reversed(keys[1:]):
        written = f"{{{json.dumps(key, ensure_ascii=False)}: {written}}}"
    member = f"{json.dumps(keys[0], ensure_ascii=False)}: {written}"
    if not node.members:
        return Replacement(node.start + 1, node.start + 1, member)
    name, last = node.members[-1]
    before = text[: name.start]
    indent = before[len(before.rstrip(_BLANKS)) :]
    return Replacement(last.end, last.end, f",{indent or ' '}{member}")


def _replaced(text: str, change: Replacement) -> str:
    return text[: change.start] + change.text + text[change.end :]


class _EndError(Exception):
    """Nothing can be made of what follows."""


class _Reader:
    """Reads one text from its beginning to its end."""

    def __init__(self, text: str, faults: list[Fault]) -> None:
        self._text = text
        self._at = 0
        self._faults = faults

    def document(self) -> Node:
        if self._text.startswith("\ufeff"):
            self._fault(0, 1, say("An invisible byte order mark stands before the first sign."), say("Remove it"), "")
            self._at = 1
        self._skip()
        if self._at == len(self._text):
            self._fault(self._at, self._at, say("The file is empty: JSON has a value at least."))
            raise _EndError
        root = self._value(0)
        self._skip()
        if self._at < len(self._text):
            self._fault(self._at, len(self._text), say("Something stands behind the end of the value."))
            raise _EndError
        return root

    def _fault(self, start: int, end: int, message: str, label: str = "", instead: str | None = None) -> None:
        mend = None if instead is None else Replacement(start, end, instead)
        self._faults.append(Fault(start, end, message, label, mend))
        if len(self._faults) >= _MANY:
            raise _EndError  # it is something else than JSON

    def _skip(self) -> None:
        """Go to the next sign that means something; comments on the way are mistakes."""
        text = self._text
        while self._at < len(text):
            if text[self._at] in _BLANKS:
                self._at += 1
                continue
            start = self._at
            if text.startswith("//", start) or text[start] == "#":
                end = text.find("\n", start)
                self._at = len(text) if end < 0 else end
            elif text.startswith("/*", start):
                end = text.find("*/", start)
                self._at = len(text) if end < 0 else end + 2
            else:
                return
            self._fault(start, self._at, say("JSON knows no comments."), say("Remove the comment"), "")

    def _peek(self) -> str:
        self._skip()
        return self._text[self._at : self._at + 1]

    def _value(self, depth: int) -> Node:
        if depth > _MAX_DEPTH:
            self._fault(self._at, self._at + 1, say("It is nested too deeply."))
            raise _EndError
        sign = self._peek()
        if sign == "{":
            return self._object(depth)
        if sign == "[":
            return self._array(depth)
        if sign == '"':
            return self._string()
        return self._scalar()

    def _scalar(self) -> Node:
        start = self._at
        match = _WORD.match(self._text, start)
        if match is None:
            self._fault(start, min(start + 1, len(self._text)), say("A value is missing here."))
            raise _EndError
        word = match[0]
        self._at = match.end()
        if word in _CONSTANTS:
            return Node(start, self._at, _CONSTANTS[word])
        if _NUMBER.fullmatch(word):
            return Node(start, self._at, json.loads(word))
        if word in _FOREIGN:
            right = _FOREIGN[word]
            message = say("{word} is written {right} in JSON.", word=word, right=right)
            self._fault(start, self._at, message, say("Write {right}", right=right), right)
            return Node(start, self._at, _CONSTANTS[right])
        if word[0] == "'":
            self._fault(start, self._at, say("JSON wants double quotes around text."))
            raise _EndError
        message = say("{word} is no value: text stands in double quotes.", word=word)
        self._fault(start, self._at, message, say("Put it in quotes"), json.dumps(word, ensure_ascii=False))
        return Node(start, self._at, word)

    def _string(self) -> Node:
        start = self._at
        match = _STRING.match(self._text, start)
        if match is not None:
            self._at = match.end()
            return Node(start, self._at, json.loads(match[0]))
        end = self._text.find("\n", start)
        end = len(self._text) if end < 0 else end
        closing = self._text.find('"', start + 1, end)
        while closing > 0 and _escaped(self._text, closing):
            closing = self._text.find('"', closing + 1, end)
        if closing < 0:
            self._fault(start, end, say("The text is not closed: its second quote is missing."))
        else:
            message = say(
                "A backslash, or a sign that cannot be seen, has no meaning here: write \\\\ for a backslash."
            )
            self._fault(start, closing + 1, message)
        raise _EndError

    def _object(self, depth: int) -> Node:
        node = Node(self._at, self._at, members=[])
        members = node.members = []
        names: set[str] = set()
        self._at += 1
        while self._next(node, "}", bool(members)):
            key = self._key()
            if self._peek() != ":":
                at = key.end
                self._fault(at, at, say("A colon is missing behind the name."), say("Add the colon"), ":")
            else:
                self._at += 1
            if key.value in names:
                message = say("{name} stands here twice; the last one counts.", name=key.value)
                self._faults.append(Fault(key.start, key.end, message, harmless=True))
            names.add(key.value)
            members.append((key, self._value(depth + 1)))
        return node

    def _key(self) -> Node:
        if self._peek() == '"':
            return self._string()
        match = _WORD.match(self._text, self._at)
        if match is None or match[0][0] == "'":
            self._fault(self._at, self._at + 1, say("A name in double quotes is missing here."))
            raise _EndError
        start, self._at = self._at, match.end()
        quoted = json.dumps(match[0], ensure_ascii=False)
        self._fault(start, self._at, say("A name stands in double quotes."), say("Put it in quotes"), quoted)
        return Node(start, self._at, match[0])

    def _array(self, depth: int) -> Node:
        node = Node(self._at, self._at, items=[])
        items = node.items = []
        self._at += 1
        while self._next(node, "]", bool(items)):
            items.append(self._value(depth + 1))
        return node

    def _next(self, node: Node, closing: str, has_some: bool) -> bool:
        """Go to the next member or item; return False behind the end."""
        end_of_last = self._at
        sign = self._peek()
        comma = -1
        if sign == "," and has_some:
            comma = self._at
            self._at += 1
            sign = self._peek()
        if sign == closing:
            if comma >= 0:
                self._fault(comma, comma + 1, say("There is a comma too many."), say("Remove the comma"), "")
            self._at += 1
            node.end = self._at
            return False
        if sign == "":
            message = say("The {bracket} of line {line} is not closed.", **self._opened(node))
            self._fault(end_of_last, end_of_last, message, say("Add {sign}", sign=closing), closing)
            node.end = self._at
            return False
        if sign in "}]":
            message = say(
                "Here stands {found}, where the {bracket} of line {line} wants to be closed.",
                **self._opened(node),
                found=sign,
            )
            self._fault(self._at, self._at + 1, message)
            raise _EndError
        if has_some and comma < 0:
            self._fault(end_of_last, end_of_last, say("A comma is missing."), say("Add the comma"), ",")
        return True

    def _opened(self, node: Node) -> dict[str, object]:
        return {"bracket": self._text[node.start], "line": self._text.count("\n", 0, node.start) + 1}


def _escaped(text: str, at: int) -> bool:
    before = text[:at]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1
