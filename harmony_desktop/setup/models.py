"""The models folder of a stack: what is in it, files that come and go, and what the service starts with."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from harmony_desktop.control.files import write_atomic
from harmony_desktop.control.models import (
    Configured,
    Facts,
    LocalModel,
    ModelsPlace,
    Phase,
    Progress,
    Removed,
    Shelf,
    same_model,
)
from harmony_desktop.control.stopping import Stop
from harmony_desktop.setup import flags_file
from harmony_desktop.setup.flags_file import FlagsFile
from harmony_desktop.setup.gguf import GgufError, is_later_part, parts, read_facts
from harmony_desktop.setup.model_files import (
    PART,
    PIECE,
    REMOVED,
    alone,
    publish,
    readable_for_all,
    require_folder,
    require_new,
    require_room,
    safe_name,
    telling,
)
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

#: How deep the service itself looks for models, and how much is looked at in all.
_DEPTH = 3
_ENTRIES = 5000
_SUFFIX = ".gguf"
#: Seconds after which a file that was put aside, and that nobody remembers, is deleted.
_FORGOTTEN = 600.0
#: Linux: FICLONE of ioctl_ficlone(2), which lets two files share their bytes until one of them is changed.
_FICLONE = 0x40049409


class LocalLibrary:
    """Implements ``control.models.Library``; remembers headers that were read, for large ones take a second."""

    def __init__(self) -> None:
        self._facts: dict[tuple[str, int, int], Facts | GgufError] = {}
        self._reading = threading.Lock()

    # Looking

    def look(self, place: ModelsPlace) -> Shelf:
        """Return what is in the folder; one that does not exist yet is empty. Raises HarmonyError."""
        folder = place.folder
        configured = self.configured(place)
        if not folder.is_dir():
            return Shelf(configured=configured)
        with telling(folder), self._reading:
            _forget_removed(folder)
            models = [self._model(folder, file) for file in _files(folder)]
            models += _folders(folder)
            free = shutil.disk_usage(folder).free
            unfinished = sum(part.stat().st_size for part in _unfinished(folder))
        models.sort(key=lambda model: model.name.casefold())
        return Shelf(tuple(models), configured, free, unfinished)

    def configured(self, place: ModelsPlace) -> Configured:
        """Return what the service starts with; flags that cannot be read say nothing."""
        try:
            flags = FlagsFile(_read(place))
        except HarmonyError:
            return Configured()
        context = flags.value(flags_file.CONTEXT)
        return Configured(flags.value(flags_file.MODEL), int(context) if context.isascii() and context.isdigit() else 0)

    def key(self, place: ModelsPlace) -> str:
        """Return the key that the service's API asks for, as its flags set it, or ""."""
        try:
            flags = FlagsFile(_read(place))
        except HarmonyError:
            return ""
        return next((key for name in flags_file.KEYS if (key := flags.value((name,)))), "")

    def _model(self, folder: Path, file: Path) -> LocalModel:
        name = file.relative_to(folder).as_posix()
        names = tuple((file.parent / part).relative_to(folder).as_posix() for part in parts(file.name))
        missing = [part for part in names if not (folder / part).is_file()]
        size = sum((folder / part).stat().st_size for part in names if part not in missing)
        here = tuple(part for part in names if part not in missing)
        if not file.resolve().is_relative_to(folder.resolve()):
            fault = say("It is a link to a place outside this folder, which the container cannot see.")
            return LocalModel(name, size, None, fault, here)
        found = self._read_facts(file)
        if isinstance(found, GgufError):
            return LocalModel(name, size, None, found.cause, here)
        if missing:
            return LocalModel(name, size, found, say("A part of it is missing: {name}", name=missing[0]), here)
        return LocalModel(name, size, found, "", here)

    def _read_facts(self, file: Path) -> Facts | GgufError:
        status = file.stat()
        key = (str(file), status.st_size, status.st_mtime_ns)
        if key not in self._facts:
            try:
                self._facts[key] = read_facts(file)
            except GgufError as error:
                self._facts[key] = error
            except PermissionError:
                return GgufError(say("You may not read it."))
        return self._facts[key]

    # What the service starts with

    def configure(self, place: ModelsPlace, model: str, context: int) -> None:
        """Let the service start with a model. Raises HarmonyError."""
        _edit(place, lambda flags: _set(flags, place, model, context))

    # Bringing in

    def import_file(self, place: ModelsPlace, source: Path, *, link: bool, progress: Progress, stop: Stop) -> str:
        """Bring a model's file into the folder, with all its parts. Raises HarmonyError and StoppedError."""
        if not source.is_file():
            raise HarmonyError(
                say("There is no such file"),
                cause=str(source),
                advice=say("Choose a file whose name ends in .gguf."),
            )
        if is_later_part(source.name):
            raise HarmonyError(
                say("This is one of several parts"),
                cause=say("{name} is not the first part of its model.", name=source.name),
                advice=say("Choose the first part; the others come with it."),
            )
        folder = require_folder(place)
        with telling(source):
            progress(Phase.CHECKING, 0, 0)
            read_facts(source)
            sources = [source.with_name(part) for part in parts(source.name)]
            for part in sources:
                if not part.is_file():
                    raise GgufError(say("A part of it is missing: {name}", name=part.name))
            total = sum(part.stat().st_size for part in sources)
        if any(part.resolve().is_relative_to(folder.resolve()) for part in sources):
            raise HarmonyError(
                say("This model is in the models folder already"),
                cause=str(source),
                advice=say("It can be used as it is."),
            )
        first = safe_name(source.name)
        targets = [folder / part for part in parts(first)]
        for target in targets:
            require_new(target)
        done = 0
        for origin, target in zip(sources, targets, strict=True):
            done = _Copy(origin.resolve(), target, folder, progress, stop).run(done, total, link=link)
        return first

    # Taking away

    def remove(self, place: ModelsPlace, name: str) -> Removed:
        """Put a model aside. Raises HarmonyError."""
        folder = place.folder
        file = folder / name
        names = [file.with_name(part) for part in parts(file.name)]
        if not file.resolve().parent.is_relative_to(folder.resolve()) or not any(map(os.path.lexists, names)):
            raise HarmonyError(say("This model is not there any more"), cause=str(file))
        moved: list[tuple[Path, Path]] = []
        with telling(folder):
            try:
                for part in filter(os.path.lexists, names):
                    aside = part.with_name(f".{part.name}{REMOVED}")
                    part.replace(aside)
                    moved.append((part, aside))
            except OSError:
                for part, aside in moved:
                    aside.replace(part)
                raise
        removed = Removed(name, tuple(moved))
        if not same_model(self.configured(place).model, name):
            return removed
        before = _read(place)
        try:
            _edit(place, lambda flags: flags.remove(flags_file.MODEL))
        except HarmonyError:
            return removed  # the file is gone all the same; the page shows what is configured
        return Removed(name, tuple(moved), before, _read(place))

    def restore(self, place: ModelsPlace, removed: Removed) -> None:
        """Put a model back, and what the service starts with, unless that was changed since. Raises HarmonyError."""
        with telling(place.folder):
            for part, aside in removed.moved:
                require_new(part)
                aside.rename(part)
        if removed.flags_before is not None and _read(place) == removed.flags_after:
            _edit(place, lambda flags: _set(flags, place, removed.name, 0))

    def clear_unfinished(self, place: ModelsPlace) -> None:
        """Delete what has come of downloads that were cancelled or broke. Raises HarmonyError."""
        with telling(place.folder):
            for part in _unfinished(place.folder):
                with contextlib.suppress(HarmonyError), alone(part):  # one that goes on stays
                    part.unlink(missing_ok=True)

    def purge(self, removed: Removed) -> None:
        """Delete what was put aside; never raises."""
        for _, aside in removed.moved:
            with contextlib.suppress(OSError):
                aside.unlink()


class _Copy:
    """Brings one file into the folder: by a link, by sharing its bytes, or by copying them."""

    def __init__(self, source: Path, target: Path, folder: Path, progress: Progress, stop: Stop) -> None:
        self._source, self._target, self._folder = source, target, folder
        self._progress, self._stop = progress, stop
        self._part = target.with_name(f".{target.name}{PART}")

    def run(self, done: int, total: int, *, link: bool) -> int:
        """Do it; return the bytes that are done in all then."""
        size = self._source.stat().st_size
        with telling(self._folder):
            if link:
                self._link()
                return done + size
            with alone(self._part):
                try:
                    if not self._clone():
                        require_room(self._folder, size)
                        self._copy(done, total)
                    self._progress(Phase.FINISHING, done + size, total)
                    publish(self._part, self._target, self._folder)
                except BaseException:
                    with contextlib.suppress(FileNotFoundError):
                        self._part.unlink()
                    raise
        return done + size

    def _link(self) -> None:
        if not readable_for_all(self._source):
            raise HarmonyError(
                say("This file cannot be shared"),
                cause=say(
                    "The container could not read it: only its owner may. A link has the permissions of its file."
                ),
                advice=say("Import it as a copy instead."),
            )
        try:
            os.link(self._source, self._target)
        except OSError as error:
            if error.errno not in {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOTSUP}:
                raise
            raise HarmonyError(
                say("This file cannot be shared"),
                cause=say("A file can have two places on one and the same disk only, and not every disk allows it."),
                advice=say("Import it as a copy instead."),
            ) from error

    def _clone(self) -> bool:
        """Share the bytes where the disk can do that (Btrfs, XFS): a copy that takes neither time nor room."""
        if sys.platform != "linux":
            return False
        import fcntl  # noqa: PLC0415 - not on Windows

        with self._source.open("rb") as origin, self._part.open("wb") as copy:
            try:
                fcntl.ioctl(copy.fileno(), _FICLONE, origin.fileno())
            except OSError:
                return False
        return True

    def _copy(self, done: int, total: int) -> None:
        before = self._source.stat()
        with self._source.open("rb") as origin, self._part.open("wb") as copy:
            while piece := origin.read(PIECE):
                self._stop.check()
                copy.write(piece)
                done += len(piece)
                self._progress(Phase.COPYING, done, total)
            copied = copy.tell()
        after = self._source.stat()
        if copied != before.st_size or (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise HarmonyError(
                say("The file was changed while it was copied"),
                cause=str(self._source),
                advice=say("Wait until it is complete, then try again."),
            )


def _files(folder: Path) -> Iterator[Path]:
    """Yield the models' files, of those in parts the first (or what is there of it)."""
    seen = 0
    for where, folders, files in os.walk(folder):
        depth = len(Path(where).relative_to(folder).parts)
        folders[:] = sorted(name for name in folders if not name.startswith(".")) if depth < _DEPTH else []
        for name in sorted(files):
            seen += 1
            if seen > _ENTRIES:
                return
            file = Path(where) / name
            wanted = name.lower().endswith(_SUFFIX) and not name.startswith(".") and not is_later_part(name)
            if wanted and (file.is_file() or file.is_symlink()):
                yield file


def _folders(folder: Path) -> list[LocalModel]:
    """Return models of other formats: a folder each, with a configuration and tensors."""
    found = []
    for inner in sorted(folder.iterdir()):
        if inner.name.startswith(".") or not (inner / "config.json").is_file():
            continue
        tensors = [*inner.glob("*.safetensors"), *inner.glob("*.bin")]
        if tensors:
            found.append(LocalModel(inner.name, sum(file.stat().st_size for file in tensors)))
    return found


def _unfinished(folder: Path) -> list[Path]:
    return [part for part in folder.glob(f".*{_SUFFIX}*{PART}") if part.is_file()]


def _forget_removed(folder: Path) -> None:
    """Delete what was put aside by a panel that ended before it could."""
    for aside in folder.glob(f".*{_SUFFIX}{REMOVED}"):
        with contextlib.suppress(OSError):
            if time.time() - aside.lstat().st_ctime > _FORGOTTEN:
                aside.unlink()


def _set(flags: FlagsFile, place: ModelsPlace, model: str, context: int) -> None:
    flags.set(flags_file.MODEL, model)
    if context:
        flags.set(flags_file.CONTEXT, str(context), place.context_flag)


def _read(place: ModelsPlace) -> bytes:
    if place.flags is None:
        return b""
    with telling(place.flags):
        return place.flags.read_bytes() if place.flags.is_file() else b""


def _edit(place: ModelsPlace, change: Callable[[FlagsFile], None]) -> None:
    """Change CMD_FLAGS.txt, or leave it as it was. Raises HarmonyError.

    It counts as the user's own from then on: a later release of the file is laid beside it, and takes nothing away.
    """
    if place.flags is None:
        raise HarmonyError(
            say("The model cannot be set"),
            cause=say("{service} mounts no CMD_FLAGS.txt of this computer.", service=place.title),
            advice=say("Name the model in the service’s own command, or on its web page."),
        )
    if place.flags.is_dir():
        raise HarmonyError(
            say("CMD_FLAGS.txt is a folder"),
            cause=say("Docker made {path} when the file was missing.", path=place.flags),
            advice=say("“harmony-desktop doctor --fix” puts that right."),
        )
    before = _read(place)
    flags = FlagsFile(before)
    change(flags)
    after = bytes(flags)
    if after == before:
        return
    with telling(place.flags):
        # A link is followed: the file may live among somebody's dotfiles.
        write_atomic(place.flags.resolve(), after)
