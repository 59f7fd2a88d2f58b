"""YAML files: from text to plain values, and from a path back to line and column.

Reading keeps no positions, which makes it fast; when something turns out to be wrong, the text is read once more and
the path walked to its place. Files that are hostile (alias bombs, deep nesting, sheer size) are refused.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from harmony_desktop.late_patterns import compiled_later

with compiled_later():
    import yaml

from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import ComposeError, Location
from harmony_desktop.stack.faults import Path as KeyPath
from harmony_desktop.stack.scalars import resolve, to_text
from harmony_desktop.stack.values import Value

_LOADER: Any = getattr(yaml, "CLoader", yaml.Loader)

#: Bytes; a compose file of this size would hold some ten thousand services.
MAX_BYTES = 8 * 1024 * 1024
#: Values in one document; the official tool has the same limit.
MAX_VALUES = 100_000
#: Values after all aliases are written out.
MAX_EXPANDED = 400_000
MAX_DEPTH = 100

_CORE = "tag:yaml.org,2002:"
_RESET, _OVERRIDE = "!reset", "!override"
_TRUE, _FALSE = ("true", "yes", "on", "y"), ("false", "no", "off", "n")


@dataclass(slots=True)
class Document:
    """One YAML document of a file.

    Attributes:
        value: Plain dicts, lists and scalars. Aliased parts are shared: copy before changing.
        resets: Paths that ``!reset`` or ``!override`` takes out of the files before.
    """

    value: Value
    resets: list[KeyPath] = field(default_factory=list)


@dataclass(slots=True)
class Source:
    """A YAML file that was read."""

    path: Path
    data: bytes
    _roots: list[yaml.Node] | None = field(default=None, repr=False)

    def documents(self) -> list[Document]:
        """All documents of the file.

        Raises:
            ComposeError: It is not YAML, or breaks one of the limits.
        """
        if len(self.data) > MAX_BYTES:
            raise ComposeError(
                f"The file is too large: {len(self.data) / 1e6:.0f} MB",
                cause=f"Compose files of up to {MAX_BYTES / 1e6:.0f} MB are read.",
                advice="Check that this is a compose file; split it with include if it is.",
                location=Location(str(self.path), 1, 1),
            )
        try:
            return list(_Composer(self, iter(yaml.parse(self.data, Loader=_LOADER))).documents())
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            cause = ", ".join(part for part in (error.context, error.problem) if part)
            raise ComposeError(
                "This is not valid YAML",
                cause=cause,
                advice="Mend the file at the place named, or take it from a backup.",
                location=self.place(mark) if mark else None,
            ) from error
        except (yaml.YAMLError, UnicodeError, ValueError, OverflowError) as error:
            raise ComposeError(
                "This is not valid YAML",
                cause=str(error),
                advice="Mend the file at the place named, or take it from a backup.",
                location=Location(str(self.path), 1, 1),
            ) from error

    def place(self, mark: Value) -> Location:
        """The place of a parser's mark."""
        return Location(str(self.path), mark.line + 1, mark.column + 1)

    def locate(self, path: KeyPath) -> tuple[int, Location]:
        """Where ``path`` stands in this file, as far down as it exists, and how many of its keys do."""
        best = (0, Location(str(self.path), 1, 1))
        if self._roots is None:
            try:
                self._roots = list(yaml.compose_all(self.data, Loader=_LOADER))
            except (yaml.YAMLError, UnicodeError, ValueError):
                self._roots = []
        for root in self._roots:
            depth, mark = _walk(root, path)
            if depth > best[0]:
                best = (depth, self.place(mark))
        return best


def read(path: Path) -> Source:
    """Read a YAML file.

    Raises:
        ComposeError: It cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ComposeError(
            f"The compose file {path} cannot be read",
            cause=error.strerror or str(error),
            advice="Check the path and its permissions.",
        ) from error
    return Source(path, data.removeprefix(codecs.BOM_UTF8))


def _walk(root: yaml.Node, path: KeyPath) -> tuple[int, Any]:
    """The deepest place of ``path`` below ``root``: (number of keys followed, mark of the last one's key)."""
    node, mark, depth = root, root.start_mark, 0
    for key in path:
        found = _child(node, key)
        if found is None:
            break
        mark, node = found
        depth += 1
    return depth, mark


def _child(node: yaml.Node, key: str | int) -> tuple[Any, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode):
        items: list[yaml.Node] = node.value
        if isinstance(key, int):
            return (items[key].start_mark, items[key]) if key < len(items) else None
        # What became a mapping later may have been written as a list of names.
        named = (item for item in items if isinstance(item, yaml.ScalarNode) and item.value == key)
        return next(((item.start_mark, item) for item in named), None)
    if not isinstance(node, yaml.MappingNode):
        return None
    merged: list[yaml.Node] = []
    for name, value in node.value:
        if not isinstance(name, yaml.ScalarNode):
            continue
        if name.value == key:
            return name.start_mark, value
        if name.value == "<<":
            merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
    for base in merged:
        if (found := _child(base, key)) is not None:
            return found
    return None


@dataclass(slots=True)
class _Anchor:
    value: Value
    size: int
    resets: list[KeyPath]
    gone: bool


class _Gone:
    """Stands for a value that ``!reset`` took away."""


_GONE = _Gone()


class _Composer:
    """Builds values from the parser's events, counting what it builds."""

    def __init__(self, source: Source, events: Iterator[Any]) -> None:
        self._source = source
        self._next = events.__next__
        self._anchors: dict[str, _Anchor | None] = {}
        self._resets: list[KeyPath] = []
        self._values = 0
        self._expanded = 0

    def documents(self) -> Iterator[Document]:
        """The documents, one after the other."""
        self._next()  # the stream's start
        while True:
            event = self._next()
            if isinstance(event, yaml.StreamEndEvent):
                return
            self._anchors.clear()
            self._resets = []
            self._values = self._expanded = 0
            value = self._value(self._next(), (), 0)
            self._next()  # the document's end
            yield Document(None if value is _GONE else value, self._resets)

    def _fail(self, event: Value, title: str, cause: str = "", advice: str = "") -> ComposeError:
        return ComposeError(title, cause=cause, advice=advice, location=self._source.place(event.start_mark))

    def _value(self, event: Value, path: KeyPath, depth: int) -> Value:
        self._values += 1
        self._expanded += 1
        if self._values > MAX_VALUES:
            raise self._fail(event, f"The file holds more than {MAX_VALUES} values", advice="Split it with include.")
        kind = event.__class__
        if kind is yaml.AliasEvent:
            return self._alias(event, path)
        name, tag = event.anchor, event.tag
        if name is None and tag is None:
            if kind is yaml.ScalarEvent:
                text: str = event.value
                return resolve(text) if event.implicit[0] else text
            return self._collection(event, kind, path, depth)
        if name is not None:
            self._anchors[name] = None  # being built: an alias to it in here would be a circle
        before, first = self._expanded, len(self._resets)
        value = self._tagged(event, kind, path, depth, tag)
        if name is not None:
            relative = [reset[len(path) :] for reset in self._resets[first:]]
            self._anchors[name] = _Anchor(value, self._expanded - before + 1, relative, value is _GONE)
        return value

    def _tagged(self, event: Value, kind: Value, path: KeyPath, depth: int, tag: str | None) -> Value:
        if tag in (_RESET, _OVERRIDE):
            self._resets.append(path)
        kept = len(self._resets)
        scalar = kind is yaml.ScalarEvent
        value = self._scalar(event, tag) if scalar else self._collection(event, kind, path, depth)
        if tag == _RESET:
            del self._resets[kept:]
            return _GONE
        return value

    def _collection(self, event: Value, kind: Value, path: KeyPath, depth: int) -> Value:
        if depth >= MAX_DEPTH:
            raise self._fail(event, f"The file is nested more than {MAX_DEPTH} levels deep")
        if kind is yaml.MappingStartEvent:
            return self._mapping(path, depth + 1)
        return self._sequence(path, depth + 1)

    def _alias(self, event: Value, path: KeyPath) -> Value:
        anchor = self._anchors.get(event.anchor)
        if anchor is None:
            known = event.anchor in self._anchors
            title = f"The anchor &{event.anchor} contains itself" if known else f"The anchor &{event.anchor} is unknown"
            raise self._fail(event, title)
        self._expanded += anchor.size
        if self._expanded > MAX_EXPANDED:
            raise self._fail(
                event,
                "The aliases of this file multiply beyond measure",
                cause=f"Written out, it would hold more than {MAX_EXPANDED} values.",
            )
        if anchor.gone:
            self._resets.append(path)
            return _GONE
        self._resets.extend((*path, *rest) for rest in anchor.resets)
        return anchor.value

    def _scalar(self, event: Value, tag: str | None) -> Value:
        text: str = event.value
        if tag is None or tag in ("!", _RESET, _OVERRIDE):
            return resolve(text) if event.implicit[0] and tag != "!" else text
        short = tag.removeprefix(_CORE)
        if short in (tag, "str"):
            return text
        value = resolve(text)
        if short == "null" and value is None:
            return value
        if short == "int" and isinstance(value, int) and not isinstance(value, bool):
            return value
        if short == "float" and isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if short == "bool" and text.lower() in _TRUE + _FALSE:
            return text.lower() in _TRUE
        if short == "timestamp":
            return to_text(value)
        if short == "binary":
            return _binary(text, self._fail(event, "This is not base64"))
        raise self._fail(event, f"{text!r} is no {short}")

    def _sequence(self, path: KeyPath, depth: int) -> list[Any]:
        items: list[Any] = []
        index = 0
        while (event := self._next()).__class__ is not yaml.SequenceEndEvent:
            value = self._value(event, (*path, index), depth)
            index += 1
            if value is not _GONE:
                items.append(value)
        return items

    def _mapping(self, path: KeyPath, depth: int) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        seen: set[str] = set()
        merged: list[dict[str, Any]] = []
        while (event := self._next()).__class__ is not yaml.MappingEndEvent:
            key = self._key(event, seen)
            if key == "<<" and event.implicit[0]:
                following = self._next()
                merged += self._merged(following, self._value(following, path, depth))
                continue
            value = self._value(self._next(), (*path, key), depth)
            if value is not _GONE:
                mapping[key] = value
        for base in merged:
            for key, value in base.items():
                mapping.setdefault(key, value)
        return mapping

    def _key(self, event: Value, seen: set[str]) -> str:
        if event.__class__ is yaml.AliasEvent:
            anchor = self._anchors.get(event.anchor or "")
            key = anchor.value if anchor else None
        elif event.__class__ is yaml.ScalarEvent:
            key = event.value
            plain = event.implicit[0] and event.tag is None
            if plain and key != "<<" and not isinstance(resolve(key), str):
                raise self._fail(event, f"The key {key} is not text", advice=f'Write it in quotes: "{key}".')
            if event.anchor is not None:
                self._anchors[event.anchor] = _Anchor(key, 1, [], gone=False)
        else:
            key = None
        if not isinstance(key, str):
            raise self._fail(event, "A key must be text")
        if key in seen:
            raise self._fail(
                event, f"The key {key} stands here twice", advice="Keep one of the two, or merge their values."
            )
        seen.add(key)
        return key

    def _merged(self, event: Value, value: Value) -> Sequence[dict[str, Any]]:
        bases = value if isinstance(value, list) else [value]
        if not all(isinstance(base, dict) for base in bases):
            raise self._fail(event, "The merge key << wants a mapping, or a list of mappings")
        return bases


def _binary(text: str, failure: ComposeError) -> str:
    try:
        return codecs.decode(text.encode(), "base64").decode("utf-8", "surrogateescape")
    except (ValueError, UnicodeError) as error:
        raise failure from error
