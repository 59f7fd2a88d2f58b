"""Edits of small text files for repairs: bytes in, bytes out; whatever is not meant stays as it is. Pure."""

from __future__ import annotations

import codecs
import json
import re

from harmony_desktop.control.repairs import AddLines, CleanText, ReplaceValue, SetVariables, UnsetVariables, Wish
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
    if isinstance(wish, ReplaceValue):
        return _replaced(content, wish)
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


def _replaced(content: bytes, wish: ReplaceValue) -> bytes:
    """Return JSON with a value exchanged under a key, in whatever way either is written."""
    pattern = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:\s*)("(?:[^"\\]|\\.)*")')

    def swap(match: re.Match[str]) -> str:
        key, between, value = match.groups()
        if json.loads(key) != wish.key or json.loads(value) != wish.old:
            return match[0]
        return f"{key}{between}{json.dumps(wish.new, ensure_ascii=False)}"

    text = content.decode("utf-8", "surrogateescape")
    return pattern.sub(swap, text).encode("utf-8", "surrogateescape")
