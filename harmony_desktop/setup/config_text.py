"""Files as an editor sees them, and back: what was not changed is written as it was, to the byte."""

from __future__ import annotations

import difflib
import re

from harmony_desktop.records import dataclass

BOM = "\ufeff"
_END = re.compile(r"\r\n|\n|\r")
#: Signs that an editor takes for the end of a paragraph, or uses itself.
_UNFIT = re.compile("[\x00\u2029\ufdd0\ufdd1\ufffc]")


class NotTextError(ValueError):
    """The bytes are no text that can be edited and written back as it was."""


@dataclass(frozen=True, slots=True)
class FileText:
    r"""What a file holds.

    Attributes:
        text: Its text, with ``\n`` at the end of lines and without a byte order mark.
        bom: Whether a byte order mark stands before it.
        ends: How each of its lines ends; the last line of a file may not.
    """

    text: str
    bom: bool = False
    ends: tuple[str, ...] = ()

    def encoded(self, text: str) -> bytes:
        """Return another text as the file would have it: lines that stay keep their ends, new ones get the usual."""
        usual = max(set(self.ends), key=self.ends.count) if self.ends else "\n"
        lines = text.split("\n")
        if len(set(self.ends)) < 2:
            whole = usual.join(lines)
        else:
            ends = self._ends(lines, usual)
            whole = "".join(f"{line}{end}" for line, end in zip(lines, [*ends, ""], strict=True))
            if _END.sub("\n", whole) != text:  # a lone return that came to stand before a line feed
                whole = usual.join(lines)
        return (f"{BOM}{whole}" if self.bom else whole).encode("utf-8")

    def _ends(self, lines: list[str], usual: str) -> list[str]:
        before = self.text.split("\n")
        ends = [usual] * (len(lines) - 1)
        matcher = difflib.SequenceMatcher(None, before, lines, autojunk=False)
        for old, new, length in matcher.get_matching_blocks():
            for offset in range(length):
                if old + offset < len(self.ends) and new + offset < len(ends):
                    ends[new + offset] = self.ends[old + offset]
        return ends


def decode(content: bytes) -> FileText:
    """Return what bytes hold. Raises NotTextError."""
    try:
        whole = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotTextError("it is not UTF-8") from error
    bom = whole.startswith(BOM)
    whole = whole.removeprefix(BOM)
    if _UNFIT.search(whole):
        raise NotTextError("it holds signs that no text has")
    return FileText(_END.sub("\n", whole), bom, tuple(_END.findall(whole)))
