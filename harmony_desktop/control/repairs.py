"""What can be mended: wishes of the checks, what they come to, and who makes them true. Records and protocols; pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

from harmony_desktop.control.adjustments import FileChange
from harmony_desktop.control.findings import Replacement
from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import joined, say, say_number


@dataclass(frozen=True, slots=True)
class SetVariables:
    """Set variables in an ``.env`` file; comments and order stay."""

    file: Path
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class UnsetVariables:
    """Take variables out of an ``.env`` file."""

    file: Path
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CleanText:
    """Take away carriage returns at line ends, and a byte order mark."""

    file: Path
    line_ends: bool = False
    byte_order_mark: bool = False


@dataclass(frozen=True, slots=True)
class AddLines:
    """Add lines at the end; without any, only the last line's own end."""

    file: Path
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Correct:
    r"""Exchange some characters of a text; all else stays as it is written.

    Attributes:
        file: The file.
        checked: The text whose characters are counted: line ends as ``\n``, without a byte order mark.
        replacements: What changes. Where the text has changed since, each is made in its own line, if that is there.
    """

    file: Path
    checked: str
    replacements: tuple[Replacement, ...]


@dataclass(frozen=True, slots=True)
class MakeFile:
    """Make a file, in the place of an empty folder if there is one."""

    path: Path
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class OpenFolder:
    """Let a container's user write to a folder, which is made if need be. Needs no other rights than one's own.

    Attributes:
        path: The folder.
        uid: The user; root hands the folder over, an ordinary owner opens it for everybody.
        gid: The group, None where it is not known.
    """

    path: Path
    uid: int
    gid: int | None = None


@dataclass(frozen=True, slots=True)
class HandOver:
    """Give a folder that belongs to root to a container's user, by a short-lived container.

    It runs ``chown`` of the service's own image as root, without network, without any other right, on this folder
    alone, not on what is in it.

    Attributes:
        path: The folder.
        owner: "6972:6972", or "1000" where only the user is known.
        image: The service's image, which is here already.
    """

    path: Path
    owner: str
    image: str

    @property
    def command(self) -> str:
        """The same as a command, which shows exactly what is done."""
        mount = shlex.quote(f"type=bind,source={self.path},target=/folder")
        return (
            "docker run --rm --network none --user 0:0 --read-only --cap-drop ALL --cap-add CHOWN "
            f"--security-opt no-new-privileges --mount {mount} --entrypoint chown {self.image} {self.owner} /folder"
        )


Wish: TypeAlias = SetVariables | UnsetVariables | CleanText | AddLines | Correct | MakeFile | OpenFolder | HandOver


@dataclass(frozen=True, slots=True)
class Repair:
    """What the panel can do about a finding.

    Attributes:
        check: The check's id.
        label: What it does, in a few words ("Take HF_TOKEN out").
        wishes: What shall be so afterwards.
    """

    check: str
    label: str
    wishes: tuple[Wish, ...]


@dataclass(frozen=True, slots=True)
class FolderChange:
    """What becomes of one folder.

    Attributes:
        path: The folder.
        deed: "remove" (it is empty), "make", "own" (root hands it over) or "open" (its mode changes).
        mode: Its mode, before ("remove") or after it.
        uid: Its owner, in the same way; -1 leaves it.
        gid: Its group, in the same way; -1 leaves it.
        words: The deed in words.
    """

    path: Path
    deed: str
    mode: int
    uid: int = -1
    gid: int = -1
    words: str = ""


@dataclass(frozen=True, slots=True)
class RepairPlan:
    """What repairs will do, before they do it.

    Attributes:
        root: The stack's folder.
        repairs: The repairs.
        folders: Folders that are removed, made or opened, in this order of doing; before the files.
        changes: Files that change.
        handovers: Folders that containers hand over.
    """

    root: Path
    repairs: tuple[Repair, ...] = ()
    folders: tuple[FolderChange, ...] = ()
    changes: tuple[FileChange, ...] = ()
    handovers: tuple[HandOver, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.folders or self.changes or self.handovers)

    @property
    def diff(self) -> str:
        """The changes of all files as one unified diff."""
        return "".join(change.diff(self.root) for change in self.changes)

    @property
    def deeds(self) -> tuple[str, ...]:
        """What is done that the diff does not show, in words and commands."""
        unseen = (words for change in self.changes if (words := _unseen(change, self.root)))
        return (*(change.words for change in self.folders), *(item.command for item in self.handovers), *unseen)

    @property
    def text(self) -> str:
        """All of it: what is done in words and commands, then the diff."""
        return "".join(f"# {line}\n" for line in self.deeds) + self.diff


def _unseen(change: FileChange, root: Path) -> str:
    """Return words for what a diff does not show of a change: an empty file, signs that nobody sees; else ""."""
    name = change.path.relative_to(root) if change.path.is_relative_to(root) else change.path
    before, after = change.before or b"", change.after or b""
    if change.before is None:
        return "" if after else say("make the empty file {name}", name=name)
    signs = []
    if before.startswith(b"\xef\xbb\xbf") and not after.startswith(b"\xef\xbb\xbf"):
        signs.append(say("the byte order mark"))
    returns = before.count(b"\r\n") - after.count(b"\r\n")
    if returns > 0:
        signs.append(say_number("{n} carriage return at a line’s end", "{n} carriage returns at line ends", returns))
    if signs:
        return say("take out of {name}: {names}", name=name, names=joined(signs, ", "))
    return "" if change.diff(root) else say("end the last line of {name}", name=name)


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking back the last repair came to.

    Attributes:
        restored: What is as it was before, in words.
        kept: What stays as it is now, and why.
    """

    restored: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


class Mender(Protocol):
    """Changes files and folders. The calls run in a thread."""

    def stock(self, root: Path, path: Path) -> bytes | None:
        """Return what a missing file is to hold, None where nobody knows."""
        ...

    def plan(self, root: Path, repairs: Sequence[Repair]) -> RepairPlan:
        """Return what repairs would do. Raises HarmonyError where one cannot be done."""
        ...

    def apply(self, plan: RepairPlan) -> tuple[Path, ...]:
        """Do what concerns files and folders; return the backups. Raises HarmonyError, also when files have changed."""
        ...

    def can_undo(self, root: Path) -> bool:
        """Return whether there is a repair to take back."""
        ...

    def undo(self, root: Path) -> Undone:
        """Take back the last repair, as far as everything is as the repair left it. Raises HarmonyError."""
        ...


#: Returns what a missing file of a stack folder is to hold.
Stock = Callable[[Path], bytes | None]
