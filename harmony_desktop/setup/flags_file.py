"""Edits of a CMD_FLAGS.txt that keep everything else: comments, order, line ends, a missing last one.

The text generation service joins all lines that are no comments (they begin with ``#``) and reads them as the words of
a command line. A line may hold several flags; a backslash at its end is allowed and means nothing.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

MODEL = ("--model",)
#: What the context size was called in which version: all of them mean the same.
CONTEXT = ("--ctx-size", "--ctx_size", "--n_ctx", "--max_seq_len")
#: How many layers of a model the graphics card computes; a negative number means as many as fit.
LAYERS = ("--gpu-layers", "--n-gpu-layers", "--gpu_layers", "--n_gpu_layers")
#: How the context is kept ("q8_0").
CACHE = ("--cache-type", "--cache_type")
#: The shares of several cards ("60,40").
SPLIT = ("--tensor-split", "--tensor_split")
#: What keeps a model, or its context, off the card.
PROCESSOR = ("--cpu",)
CACHE_IN_MEMORY = ("--no-kv-offload", "--no_offload_kqv", "--no-offload-kqv")
#: Further files that are loaded with a model, and another folder of models.
BESIDE = (("--model-draft",), ("--mmproj",))
FOLDER = ("--model-dir", "--model_dir")
#: The key of the API, the one that may load models first.
KEYS = ("--admin-key", "--api-key")

_BOM = "\ufeff"
_SAFE = re.compile(r"[A-Za-z0-9._+/@%:=-]+")
_WORD = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+""")


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of the file: its value, and where it stands."""

    value: str
    line: int
    start: int
    end: int


class FlagsFile:
    """The file's content, to be looked at and changed.

    Args:
        content: The bytes of the file.

    Raises:
        HarmonyError: It is not text, or a quote is not closed: what is meant cannot be told.
    """

    def __init__(self, content: bytes) -> None:
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _unreadable(say("It is not plain text (UTF-8).")) from error
        self._bom = text.startswith(_BOM)
        self._lines = text.removeprefix(_BOM).splitlines(keepends=True)
        self._words()

    def __bytes__(self) -> bytes:
        return ((_BOM if self._bom else "") + "".join(self._lines)).encode("utf-8")

    def value(self, names: Sequence[str]) -> str:
        """Return the value of a flag by any of its names, or ""; of several, the last counts."""
        found = ""
        words = self._words()
        for index, word in enumerate(words):
            name, sign, rest = word.value.partition("=")
            if name in names:
                follows = index + 1 < len(words) and not words[index + 1].value.startswith("--")
                found = rest if sign else words[index + 1].value if follows else ""
        return found

    def has(self, names: Sequence[str]) -> bool:
        """Whether a flag stands there by any of its names, with a value or without."""
        return bool(self._spans(names))

    def name_of(self, names: Sequence[str]) -> str:
        """Return the name by which a flag stands there, or ""."""
        return next((word.value.partition("=")[0] for word, _, _ in reversed(self._spans(names))), "")

    def set(self, names: Sequence[str], value: str, name: str = "") -> None:
        """Set a flag where it stands; a new one gets a line of its own at the end.

        Args:
            names: All its names.
            value: The value.
            name: What a new one is called; the first of the names by default.
        """
        if self.value(names) == value:
            return
        spans = self._spans(names)
        if spans:
            # Of several the last counts: the others go, so that the file says what is meant.
            for first, end, _ in reversed(spans[:-1]):
                self._cut(first, end)
            self._replace_value(names, value)
            return
        ending = next((line[len(line.rstrip("\r\n")) :] for line in self._lines if line.endswith("\n")), "\n")
        if self._lines and not self._lines[-1].endswith(("\n", "\r")):
            self._lines[-1] += ending
        self._lines.append(f"{name or names[0]} {_quoted(value)}{ending}")

    def remove(self, names: Sequence[str]) -> None:
        """Take a flag out, with its value; a line that is empty then goes as well."""
        for first, end, _ in reversed(self._spans(names)):
            self._cut(first, end)

    def _replace_value(self, names: Sequence[str], value: str) -> None:
        ((first, last, joined),) = self._spans(names)
        line = self._lines[last.line]
        if joined:
            flag = first.value.partition("=")[0]
            self._lines[first.line] = f"{line[: first.start]}{flag}={_quoted(value)}{line[first.end :]}"
        elif first is last:  # a flag that had lost its value
            self._lines[first.line] = f"{line[: first.end]} {_quoted(value)}{line[first.end :]}"
        else:
            self._lines[last.line] = f"{line[: last.start]}{_quoted(value)}{line[last.end :]}"

    def _spans(self, names: Sequence[str]) -> list[tuple[_Word, _Word, bool]]:
        """Return each place of a flag: its first and its last word, and whether the value is joined to it."""
        words, found = self._words(), []
        for index, word in enumerate(words):
            name, sign, _ = word.value.partition("=")
            if name not in names:
                continue
            follows = not sign and index + 1 < len(words) and not words[index + 1].value.startswith("--")
            found.append((word, words[index + 1] if follows else word, bool(sign)))
        return found

    def _cut(self, first: _Word, last: _Word) -> None:
        for word in (last, first) if last is not first else (first,):
            line = self._lines[word.line]
            before, after = line[: word.start].rstrip(" \t"), line[word.end :].lstrip(" \t")
            gap = " " if before.strip() and after.strip() else ""
            rest = f"{before}{gap}{after}"
            if rest.strip():
                self._lines[word.line] = rest
            elif rest.endswith("\n") or word.line == len(self._lines) - 1:
                # Emptied lines are blanked here and dropped below, so that other places stay valid.
                self._lines[word.line] = ""
            else:
                self._lines[word.line] = rest
        self._lines = [line for line in self._lines if line]

    def _words(self) -> list[_Word]:
        found = []
        for number, line in enumerate(self._lines):
            bare = line.rstrip("\r\n")
            if not bare.strip() or bare.lstrip().startswith("#"):
                continue
            bare = bare.rstrip()
            bare = bare.removesuffix("\\")
            position = 0
            for match in _WORD.finditer(bare):
                if bare[position : match.start()].strip():
                    break
                found.append(_Word(shlex.split(match[0])[0], number, match.start(), match.end()))
                position = match.end()
            if bare[position:].strip():
                raise _unreadable(say("A quote in line {line} is not closed.", line=number + 1))
        return found


def _quoted(value: str) -> str:
    if _SAFE.fullmatch(value):
        return value
    if any(ord(sign) < 0x20 for sign in value) or '"' in value:
        raise _unreadable(say("“{value}” cannot be written there.", value=value))
    return f'"{value}"'


def _unreadable(cause: str) -> HarmonyError:
    return HarmonyError(
        say("CMD_FLAGS.txt cannot be edited"), cause=cause, advice=say("Mend the file by hand, then try again.")
    )
