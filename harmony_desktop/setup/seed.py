"""Makes a stack folder, and refreshes it: what is missing is created, what the user edited stays."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from harmony_desktop import __version__
from harmony_desktop.control.files import write_atomic
from harmony_desktop.setup import composefile
from harmony_desktop.setup.bases import Bases, is_due
from harmony_desktop.setup.checks import check_folder, leads_outside
from harmony_desktop.setup.cuda import ARCH_LIST
from harmony_desktop.setup.envfile import EnvFile
from harmony_desktop.setup.filling import as_written, fill, filled_in
from harmony_desktop.setup.layout import ENV_FILE, Layout, load_layout
from harmony_desktop.setup.manifest import Entry, Manifest, damaged_words, digest, newer_words
from harmony_desktop.setup.offering import Offers
from harmony_desktop.setup.permissions import grant
from harmony_desktop.setup.report import SetupReport
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

_PRIVATE = 0o600
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_ACCESS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_NO_PLACE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG})


def seed(folder: Path, source: Path, *, hardware: str = "", architectures: str = "") -> SetupReport:
    """Make the stack folder, or bring it up to date. A second run changes nothing.

    A folder that a later release of this program prepared is left as it is.

    Args:
        folder: The stack folder; it is made where it does not exist.
        source: The folder of the shipped stack (``assets.compose_dir()``).
        hardware: "cpu" or "nvidia" for ``COMPOSE_FILE``; "" keeps what is there (a new folder starts with "cpu").
            What the user wrote there stays in either case: ``choose_hardware`` overrides it.
        architectures: TORCH_CUDA_ARCH_LIST for the graphics cards; "" leaves it as it is.

    Raises:
        HarmonyError: The folder cannot be a stack folder, or could not be written. What was written until then is
            whole, and the next run goes on from there.
    """
    root = folder.expanduser().absolute().resolve()
    layout = load_layout(source)
    with telling_faults(root):
        report = SetupReport(folder=str(root), warnings=check_folder(root, layout))
        known = Manifest(root)
        if known.damaged:
            report.warnings.append(damaged_words())
        if (newer := known.newer) and Manifest.stands_in(root):
            report.warnings.append(newer_words(newer))
            report.hardware = composefile.hardware_of(root)
        else:
            _Seeder(root, layout, report).run(hardware, architectures)
    return report


def refresh(folder: Path, source: Path) -> SetupReport:
    """Bring a stack folder up to date after an update of this program, and only then.

    What the user has thrown away stays away, and permissions stay as they are; ``seed`` is for those who want all in
    order again.

    Args:
        folder: The stack folder.
        source: The folder of the shipped stack.

    Raises:
        HarmonyError: The folder could not be written.
    """
    root = folder.absolute().resolve()
    report = SetupReport(folder=str(root))
    with telling_faults(root):
        if is_due(root, source):
            _Seeder(root, load_layout(source), report, anew=False).run("", "")
    return report


def choose_hardware(folder: Path, hardware: str) -> bool:
    """Let the folder's ``.env`` mean this hardware; nothing else changes. Return whether it was different.

    Args:
        folder: The stack folder.
        hardware: "cpu" or "nvidia".

    Raises:
        HarmonyError: The file is not there, leads out of the folder, or could not be written.
    """
    root = folder.absolute().resolve()
    file = root / ENV_FILE
    if leads_outside(root, ENV_FILE) or not file.is_file():
        raise HarmonyError(
            "The hardware cannot be switched",
            cause=say("{file} is missing, or a link to another folder.", file=file),
            advice="Prepare the stack folder again, or set COMPOSE_FILE there yourself.",
        )
    with telling_faults(root):
        before = file.read_bytes()
        env = EnvFile(before)
        env.set(composefile.VARIABLE, composefile.switch(env, hardware))
        after = bytes(env)
        if after == before:
            return False
        if not Manifest.stands_in(root):  # taken over: nothing says whose the file was
            write_atomic(file.resolve(), after)
            return True
        manifest = Manifest(root)
        entry = manifest.entry(ENV_FILE)
        if entry.written == digest(before):
            entry.written = digest(after)
        entry.values[composefile.VARIABLE] = env.raw(composefile.VARIABLE) or ""
        write_atomic(file.resolve(), after)
        manifest.save()
    return True


@contextlib.contextmanager
def telling_faults(root: Path) -> Iterator[None]:
    """Turn what the operating system refuses into a word to the user."""
    try:
        yield
    except OSError as error:
        raise HarmonyError(
            "The stack folder could not be written",
            cause=f"{error.filename or root}: {error.strerror or error}",
            advice=_advice(error),
        ) from error


def _advice(error: OSError) -> str:
    """Return what helps against a refusal of the operating system."""
    if error.errno in _NO_ROOM:
        return say("Make room, then try again.")
    if error.errno in _NO_ACCESS:
        return say("Choose a folder in your home folder, or ask for access to this one.")
    if error.errno in _NO_PLACE:
        return say("Choose another folder.")
    return say("Make room or ask for access, then try again: what is there already stays.")


class _Seeder:
    """One run over a folder; ``anew``: what the user has thrown away comes back where the stack needs it."""

    def __init__(self, root: Path, layout: Layout, report: SetupReport, *, anew: bool = True) -> None:
        self._root = root
        self._layout = layout
        self._report = report
        self._anew = anew
        self._bases = Bases(root)
        self._offers = Offers(root, self._bases, report)

    def run(self, hardware: str, architectures: str) -> None:
        """Write what is to be written. Raises OSError."""
        self._root.mkdir(parents=True, exist_ok=True)
        # The manifest stands there first: an interrupted run leaves a folder that is known to be ours.
        self._manifest = Manifest(self._root)
        self._manifest.save()
        for path in self._layout.folders:
            self._make_folder(path)
        for path, content in self._layout.shipped.items():
            self._place(path, content, self._values(path, hardware, architectures))
        for path in self._layout.empty_files:
            self._place_empty(path)
        self._grant()
        self._retire()
        self._manifest.release = __version__
        self._manifest.save()
        entries = self._manifest.entries.values()
        self._bases.forget_others({m for e in entries for m in (e.base, e.shipped, *e.undo.values())})
        self._report.hardware = composefile.hardware_of(self._root)

    def _retire(self) -> None:
        """Tell of files that ship no longer; they stay, as they may be in use."""
        for path, entry in self._manifest.entries.items():
            ships = path in self._layout.shipped
            if not ships and not entry.retired and (self._root / path).is_file():
                self._report.retired.append(path)
            entry.retired = not ships

    def _grant(self) -> None:
        """Let the containers write to their folders, and to the shipped files in them."""
        opened: list[str] = []
        for path, writer in self._layout.folders.items():
            if writer is None or not (self._anew or path in self._report.created):
                continue
            shipped = [name for name in self._layout.shipped if PurePosixPath(name).is_relative_to(path)]
            for name in (path, *shipped):
                if leads_outside(self._root, name) or not (self._root / name).exists():
                    continue
                outcome = grant(self._root / name, writer)
                if outcome == "opened":
                    opened.append(name)
                elif outcome == "refused":
                    self._report.warnings.append(
                        say(
                            "The container of {parts} cannot write to {name}, which belongs to somebody else or lies "
                            "on a disk without permissions. This may help: sudo chown {uid}:{gid} '{root}'",
                            parts=PurePosixPath(name).parts[0],
                            name=name,
                            uid=writer.uid,
                            gid=writer.gid,
                            root=self._root / name,
                        )
                    )
        if not opened:
            return
        self._report.updated.extend(name for name in opened if name not in self._report.created)
        folders = ", ".join(name for name in opened if name in self._layout.folders) or ", ".join(opened)
        self._report.warnings.append(
            say(
                "Every user of this computer may now write to these folders, because the containers do so under "
                "users of their own: {folders}",
                folders=folders,
            )
        )

    def _values(self, path: str, hardware: str, architectures: str) -> dict[str, str]:
        """Return the variables that the set-up fills in, for one file."""
        values: dict[str, str] = {}
        if path == ENV_FILE and hardware:
            # Further files that are named there stay: those of the user's own, and that of the adjustments.
            place = self._root / path
            current = EnvFile(place.read_bytes() if place.is_file() else b"")
            values[composefile.VARIABLE] = composefile.switch(current, hardware)
        for name, target in self._layout.host_paths.get(path, {}).items():
            values[name] = str(self._root.joinpath(*PurePosixPath(target).parts))
        if path in self._layout.cuda_files and architectures:
            values[ARCH_LIST] = architectures
        return values

    def _make_folder(self, path: str) -> None:
        place = self._root / path
        if place.is_dir():
            return
        if leads_outside(self._root, path):
            self._report.warnings.append(
                say("{path} does not exist, behind a link that leads out of the stack folder.", path=path)
            )
            return
        place.mkdir(parents=True)
        self._report.created.append(path)

    def _place(self, path: str, content: bytes, values: Mapping[str, str]) -> None:
        """Create, refresh or leave one shipped file."""
        place, entry = self._root / path, self._manifest.entry(path)
        if place.is_symlink() or leads_outside(self._root, path):
            if not place.is_file():
                self._report.warnings.append(say("{path} does not exist, behind a link.", path=path))
            entry.shipped = digest(content)
            return  # the user's own arrangement
        self._clear_empty_folder(path)
        current = place.read_bytes() if place.is_file() else None
        if current is None and entry.written and self._stays_away(path):
            entry.shipped = entry.base = self._bases.keep(content)
            return
        # Variables that are not known this time keep what an earlier run filled in.
        known = filled_in(entry)
        fresh = fill(content, {**known, **values})
        untouched = current is None or digest(current) == entry.written or current in {content, fresh}
        if current is None or untouched:
            if current != fresh:
                place.parent.mkdir(parents=True, exist_ok=True)
                write_atomic(place, fresh, mode=self._mode(path) if current is None else None)
                (self._report.created if current is None else self._report.updated).append(path)
            self._offers.take_back(path, entry)
            entry.shipped, entry.written = digest(content), digest(fresh)
            entry.base = self._bases.keep(content)
            if fresh != content:
                entry.values = as_written(fresh, {**known, **values})
            return
        current = self._fill_edited(path, current, entry, values)
        self._offers.offer(path, entry, current, content, fresh, self._mode(path))

    def _stays_away(self, path: str) -> bool:
        """Return whether a shipped file that the user has thrown away is let go: one that the stack can do without."""
        return not self._anew or any(PurePosixPath(path).is_relative_to(folder) for folder in self._layout.folders)

    def _fill_edited(self, path: str, current: bytes, entry: Entry, values: Mapping[str, str]) -> bytes:
        """Fill variables into a file that the user edited: those that are unset, or as the set-up left them."""
        env = EnvFile(current)
        due = {
            name: value
            for name, value in values.items()
            if (raw := env.raw(name)) is None or raw == entry.values.get(name)
        }
        fresh = fill(current, due)
        if fresh != current:
            write_atomic(self._root / path, fresh)
            self._report.updated.append(path)
        entry.values.update(as_written(fresh, due))
        return fresh

    def _place_empty(self, path: str) -> None:
        place = self._root / path
        if place.is_symlink() or leads_outside(self._root, path):
            if not place.is_file():
                self._report.warnings.append(say("{path} does not exist, behind a link.", path=path))
            return
        self._clear_empty_folder(path)
        if place.exists():
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(place, b"", mode=self._mode(path))
        self._report.created.append(path)

    def _clear_empty_folder(self, path: str) -> None:
        """Take away the empty folder that Docker made in the place of a missing file."""
        place = self._root / path
        if place.is_dir() and not place.is_symlink():
            place.rmdir()
            self._report.repaired.append(path)

    def _mode(self, path: str) -> int | None:
        return _PRIVATE if path in self._layout.private_files and os.name == "posix" else None
