"""Whether text files are written as the services in their Linux containers read them: line ends, marks, last lines."""

from __future__ import annotations

import codecs

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.repairs import AddLines, CleanText
from harmony_desktop.preflight.check import fail, hint, lines, ok, repair
from harmony_desktop.preflight.texts import Kind
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.words import say, say_number

#: A service reads these itself, byte by byte.
_BY_SERVICES = frozenset({Kind.FLAGS, Kind.OTHER})


class LineEnds:
    """Carriage returns at line ends, as Windows' editors leave them; within a container they belong to the text."""

    id = "files.line-ends"
    title = say("Line ends")
    group = Group.FOLDER
    quick = True

    async def run(self, world: World) -> Finding:
        """Count them."""
        found = [file for file in world.texts if b"\r\n" in file.content]
        if not found:
            return ok(self, say("In all {count} files.", count=len(world.texts)))
        causes = [
            say_number(
                "{file}: {n} line ends in a carriage return.",
                "{file}: {n} lines end in a carriage return.",
                file.content.count(b"\r\n"),
                file=world.name_of(file.path),
            )
            for file in found
        ]
        advice = say("Save them with the line ends of Linux (LF). A flag with a carriage return behind it is another.")
        wishes = [CleanText(file.path, line_ends=True) for file in found]
        told = fail if any(file.kind in _BY_SERVICES for file in found) else hint
        return told(self, lines(causes), advice, repair(self, say("Take the carriage returns out"), wishes))


class ByteOrderMarks:
    """A byte order mark, as Windows' editors put before a text; JSON with one is no JSON."""

    id = "files.byte-order-marks"
    title = say("Byte order marks")
    group = Group.FOLDER
    quick = True

    async def run(self, world: World) -> Finding:
        """Look at the first bytes."""
        found = [file for file in world.texts if file.content.startswith(codecs.BOM_UTF8)]
        if not found:
            return ok(self, say("All {count} of them.", count=len(world.texts)))
        causes = [say("{file} begins with a byte order mark.", file=world.name_of(file.path)) for file in found]
        wishes = [CleanText(file.path, byte_order_mark=True) for file in found]
        serious = _BY_SERVICES | {Kind.JSON}
        told = fail if any(file.kind in serious for file in found) else hint
        advice = say("Save them as UTF-8 without a byte order mark (BOM).")
        return told(self, lines(causes), advice, repair(self, say("Take the byte order mark out"), wishes))


class LastLines:
    """Env files and flags whose last line has no end: what is added behind it would run into it."""

    id = "files.last-lines"
    title = say("Last lines")
    group = Group.FOLDER
    quick = True

    async def run(self, world: World) -> Finding:
        """Look at the last byte."""
        files = list(world.texts_of(Kind.ENV, Kind.SERVICE_ENV, Kind.FLAGS))
        found = [file for file in files if file.content and not file.content.endswith(b"\n")]
        if not found:
            return ok(self, say("In all {count} files.", count=len(files)))
        causes = [say("The last line of {file} has no end.", file=world.name_of(file.path)) for file in found]
        advice = say("It works as it is; a line that is added with “>>” would run into it.")
        wishes = [AddLines(file.path) for file in found]
        return hint(self, lines(causes), advice, repair(self, say("End the last line"), wishes))
