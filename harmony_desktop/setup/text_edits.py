"""Edits of small text files for repairs: bytes in, bytes out; whatever is not meant stays as it is. Pure."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from harmony_desktop.control.findings import Replacement
from harmony_desktop.control.repairs import AddLines, CleanText, Correct, SetVariables, UnsetVariables, Wish
from harmony_desktop.setup.config_text import NotTextError, decode
from harmony_desktop.setup.envfile import EnvFile


def edited(content: bytes, wish: Wish) -> bytes:
    """Return a file's content with a wish come true; unchanged for wishes that are not about text."""
    if isinstance(wish, SetVariables):
        env = EnvFile(content)
        for name, value in wish.values:
            env.set(name, value)
        return bytes(env)
    if isinstance(wish, UnsetVariables):
        env = EnvFile(content)
        for name in wish.names:
            env.unset(name)
        return bytes(env)
    if isinstance(wish, CleanText):
        return _cleaned(content, wish)
    if isinstance(wish, AddLines):
        return _extended(content, wish.lines)
    if isinstance(wish, Correct):
        return _corrected(content, wish)
    return content


def _cleaned(content: bytes, wish: CleanText) -> bytes:
    if wish.byte_order_mark:
        content = content.removeprefix(codecs.BOM_UTF8)
    return content.replace(b"\r\n", b"\n") if wish.line_ends else content


def _extended(content: bytes, lines: tuple[str, ...]) -> bytes:
    """Return the content with the lines behind it that it lacks; its last line gets an end where it has none."""
    there = {line.strip() for line in content.splitlines()}
    end = b"\r\n" if content.partition(b"\n")[0].endswith(b"\r") else b"\n"
    if content and not content.endswith(b"\n"):
        content += end
    return content + b"".join(line.encode() + end for line in lines if line.encode() not in there)


def _corrected(content: bytes, wish: Correct) -> bytes:
    """Return the content with characters exchanged; line ends and a byte order mark stay."""
    try:
        file = decode(content)
    except NotTextError:
        return content
    if file.text == wish.checked:
        return file.encoded(_exchanged(file.text, wish.replacements))
    moved = (_moved(each, wish.checked, file.text) for each in wish.replacements)
    text = _exchanged(file.text, [each for each in moved if each is not None])
    return content if text == file.text else file.encoded(text)


def _exchanged(text: str, replacements: Iterable[Replacement]) -> str:
    for each in sorted(replacements, key=lambda one: one.start, reverse=True):
        text = text[: each.start] + each.text + text[each.end :]
    return text


def _moved(wanted: Replacement, checked: str, text: str) -> Replacement | None:
    """Return where a replacement is to be made in a text that has changed; None where it can no longer be told."""
    old = checked[wanted.start : wanted.end]
    line = checked.count("\n", 0, wanted.start)
    before, after = checked.split("\n"), text.split("\n")
    for tag, start, end, new_start, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if not start <= line < end or "\n" in old:
            continue
        if tag == "equal":
            begin = _start(after, new_start + line - start) + wanted.start - _start(before, line)
            return Replacement(begin, begin + len(old), wanted.text)
        places = [
            _start(after, number) + found.start()
            for number in range(new_start, new_end)
            for found in re.finditer(re.escape(old), after[number])
        ]
        if old and len(places) == 1:
            return Replacement(places[0], places[0] + len(old), wanted.text)
    return None


def _start(lines: Sequence[str], number: int) -> int:
    """Return the first character of a line."""
    return sum(len(line) + 1 for line in lines[:number])
