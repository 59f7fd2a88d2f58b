"""Reads, checks and writes the stack's configuration files: what stands behind the page of configuration."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath

from harmony_desktop.control.config_files import (
    LARGEST,
    Affected,
    ConfigFile,
    ConflictError,
    Drafts,
    FieldRef,
    FileState,
    Form,
    Look,
    OpenFile,
    Syntax,
)
from harmony_desktop.control.files import write_atomic
from harmony_desktop.control.findings import Finding, Place, Severity, in_order
from harmony_desktop.control.port_records import MachinePorts
from harmony_desktop.control.secret_names import is_secret
from harmony_desktop.records import dataclass
from harmony_desktop.setup.affected import affected, is_mounted
from harmony_desktop.setup.composefile import VARIABLE
from harmony_desktop.setup.config_check import check_syntax, from_error
from harmony_desktop.setup.config_form import edit, read_form
from harmony_desktop.setup.config_stack import StackFiles, syntax_of
from harmony_desktop.setup.config_text import FileText, NotTextError, decode
from harmony_desktop.setup.cuda import ARCH_LIST
from harmony_desktop.setup.env_writer import write_env
from harmony_desktop.setup.envfile import EnvFile
from harmony_desktop.setup.layout import ENV_FILE, Layout, load_layout
from harmony_desktop.setup.linter import lint
from harmony_desktop.setup.manifest import Manifest, digest
from harmony_desktop.setup.memory_choice import FileChoices
from harmony_desktop.stack.errors import ComposeError, HarmonyError
from harmony_desktop.stack.words import joined, say

_ASSIGNED = re.compile(r"^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=", re.MULTILINE | re.ASCII)


@dataclass
class ConfigEdit:
    """Implements ``control.config_files.ConfigKeeper``.

    Attributes:
        environ: The environment of this program.
        source: The folder of the shipped stack.
        ports: The ports of this machine.
        writable: False for compose files that the caller named: those are left as they are.
    """

    environ: Mapping[str, str]
    source: Path
    ports: MachinePorts
    writable: bool = True

    @cached_property
    def choices(self) -> FileChoices:
        """What reads what the stack would load; it remembers headers of models."""
        return FileChoices()

    @cached_property
    def layout(self) -> Layout:
        """What ships."""
        return load_layout(self.source)

    def look(self, folder: Path, drafts: Drafts) -> Look:
        """Return the files of a stack, and the form."""
        stack = StackFiles(folder, self.environ, {})
        found = lint(stack.project) if stack.project is not None else ()
        files = tuple(self._listed(stack, path, titles, found) for path, titles in self._paths(stack).items())
        return Look(files, self.form(folder, drafts))

    def open(self, folder: Path, path: Path) -> OpenFile:
        """Return a file to be edited. Raises HarmonyError."""
        content = _content(path)
        text = _decoded(path, content).text
        newer = path.with_name(f"{path.name}.new")
        return OpenFile(
            path=path,
            name=_name(folder, path),
            syntax=syntax_of(path) or Syntax.TEXT,
            text=text,
            mark=digest(content),
            locked=self._locked(path),
            shipped=self._shipped(folder, path, text),
            newer=_text_or_none(newer),
        )

    def check(self, folder: Path, path: Path, drafts: Drafts) -> tuple[Finding, ...]:
        """Return what is wrong with a file, as it is in the drafts."""
        text = drafts.get(path)
        if text is None:
            return ()
        found = list(check_syntax(path, syntax_of(path) or Syntax.TEXT, text))
        stack = StackFiles(folder, self.environ, drafts)
        if not any(one.severity is Severity.ERROR for one in found):
            found += self._of_loader(stack, path, text) or self._of_draft(stack, path, text)
        if stack.project is not None:
            found += [one for one in lint(stack.project, stack.text) if one.file == path]
        return in_order(found)

    def form(self, folder: Path, drafts: Drafts) -> Form:
        """Return the form, as the drafts have it."""
        stack = StackFiles(folder, self.environ, drafts)
        chosen = self.choices.chosen(stack.known, drafts) if stack.known is not None else None
        return read_form(stack, self.ports, self.layout.shipped, chosen)

    def edit(self, ref: FieldRef, value: str, text: str) -> str:
        """Return the text of a file with one value changed, and nothing else. Raises HarmonyError."""
        return edit(ref, value, text, self.layout.shipped)

    def save(self, folder: Path, opened: OpenFile, text: str, *, force: bool) -> tuple[OpenFile, Affected]:
        """Write a file; return it, and whom it is about.

        Raises:
            ConflictError: The disk has something else than was opened, and ``force`` is not set.
            HarmonyError: It could not be written; the file is as it was.
        """
        path = opened.path
        self.require_unlocked(path, opened.name)
        there = self._there(path)
        if not force and (there is None or digest(there) != opened.mark):
            raise ConflictError(opened.name, self.open(folder, path) if there is not None else None)
        whom = self.put(folder, path, _as_there(there).encoded(text))
        return self.open(folder, path), whom

    def put(self, folder: Path, path: Path, content: bytes) -> Affected:
        """Write a file as it is given; return whom it is about.

        Raises:
            HarmonyError: It could not be written; the file is as it was.
        """
        before = StackFiles(folder, self.environ, {}).project
        try:
            _write(folder, path, path.read_bytes() if path.exists() else None, content)
            _keep_private(path, content.decode("utf-8", "replace"), mounted=is_mounted(before, path))
        except OSError as error:
            raise _refused(path, error) from error
        return affected(before, StackFiles(folder, self.environ, {}).project, (path,))

    def require_unlocked(self, path: Path, name: str) -> None:
        """Refuse where a file may not be written. Raises HarmonyError."""
        if locked := self._locked(path):
            raise HarmonyError(say("{file} cannot be written", file=name), cause=locked)

    def _there(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes() if path.exists() else None
        except OSError as error:
            raise _refused(path, error) from error

    def _paths(self, stack: StackFiles) -> dict[Path, tuple[str, ...]]:
        """Return the files to show, in their order, each with the titles of the services that it is about."""
        found: dict[Path, list[str]] = {}
        folder = stack.folder
        if (folder / ENV_FILE).is_file():
            found[folder / ENV_FILE] = []
        for path in stack.compose_files():
            found.setdefault(path, [])
        about = [*stack.mounted(), *stack.env_files()]
        if Manifest.stands_in(folder):
            parts = [PurePosixPath(name) for name in self.layout.shipped]
            data = [PurePosixPath(name) for name in self.layout.folders]
            about += [("", folder / part) for part in parts if not any(part.is_relative_to(d) for d in data)]
        for title, path in sorted(about, key=lambda one: _name(folder, one[1])):
            if path.is_file():
                titles = found.setdefault(path, [])
                if title and title not in titles:
                    titles.append(title)
        return {path: tuple(titles) for path, titles in found.items()}

    def _listed(self, stack: StackFiles, path: Path, titles: tuple[str, ...], found: tuple[Finding, ...]) -> ConfigFile:
        syntax = syntax_of(path) or Syntax.TEXT
        beside = path.with_name(f"{path.name}.new").is_file()
        name = _name(stack.folder, path)
        text = stack.text(path)
        if text is None:
            return ConfigFile(path, name, syntax, FileState.BROKEN, 1, beside, titles)
        mistakes = [one for one in check_syntax(path, syntax, text) if one.severity is not Severity.HINT]
        if not mistakes:
            mistakes = self._of_loader(stack, path, text)
        others = [one for one in found if one.file == path and one.severity is not Severity.HINT]
        broken = any(one.severity is Severity.ERROR for one in mistakes)
        shipped = self._shipped(stack.folder, path, text)
        state = FileState.OWN if shipped is None else FileState.SHIPPED if shipped == text else FileState.EDITED
        count = len(mistakes) + len(others)
        return ConfigFile(path, name, syntax, FileState.BROKEN if broken else state, count, beside, titles)

    def _of_loader(self, stack: StackFiles, path: Path, text: str) -> list[Finding]:
        """Return what the loader of compose files has to say of a file."""
        error = stack.error
        is_compose = path in stack.compose_files() or (stack.error is not None and path.name == ENV_FILE)
        if error is None and is_compose and stack.project is not None and path not in stack.project.sources:
            # The file of the other hardware choice: it has to stand by itself.
            try:
                stack.load(path)
            except ComposeError as other:
                error = other
        if error is None:
            return []
        finding = from_error(error, path, text, otherwise=is_compose)
        return [] if finding is None else [finding]

    def _of_draft(self, stack: StackFiles, path: Path, text: str) -> list[Finding]:
        """Return an error that shows in another file, but was not there before this one was edited."""
        error = stack.error
        if error is None or StackFiles(stack.folder, self.environ, {}).error is not None:
            return []
        words = say("The stack cannot be read with this: {error}", error=f"{error.location}: {error.title}")
        start = self._culprit(path, text)
        end = text.find("\n", start)
        place = Place(path, text, start, len(text) if end < 0 else end)
        return [place.finding(Severity.ERROR, joined([f"{words}.", error.cause]), advice=error.advice)]

    def _culprit(self, path: Path, text: str) -> int:
        """Return where the first line begins that is another one than on the disk."""
        before = (_text_or_none(path) or "").split("\n")
        start = 0
        for number, line in enumerate(text.split("\n")):
            if number >= len(before) or line != before[number]:
                return start
            start += len(line) + 1
        return 0

    def _shipped(self, folder: Path, path: Path, text: str) -> str | None:
        """Return what ships in the place of a file, with the values that the set-up fills in."""
        name = _name(folder, path)
        content = self.layout.shipped.get(name)
        if content is None or not Manifest.stands_in(folder):
            return None
        filled = list(self.layout.host_paths.get(name, {}))
        filled += [VARIABLE] if name == ENV_FILE else []
        filled += [ARCH_LIST] if name in self.layout.cuda_files else []
        if filled:
            now, fresh = EnvFile(text.encode()), EnvFile(content)
            for variable in filled:
                value = now.value(variable)
                if value is not None:
                    fresh.set(variable, value)
            content = bytes(fresh)
        return decode(content).text

    def _locked(self, path: Path) -> str:
        if not self.writable:
            return say("The panel was opened on compose files of your own: it leaves them as they are.")
        if path.exists() and not os.access(path, os.W_OK):
            return say("This file may be read, but not written.")
        if not os.access(path.resolve().parent, os.W_OK):
            return say("The folder of this file may be read, but not written.")
        return ""


def _write(folder: Path, path: Path, there: bytes | None, content: bytes) -> None:
    """Write a file. Variables that were set in the folder's ``.env`` survive its next release. Raises OSError."""
    names = _changed_variables(there or b"", content) if path == folder / ENV_FILE else ()
    if names:
        write_env(path, content, names)
    elif content != there:
        write_atomic(path.resolve(), content)


def _changed_variables(before: bytes, after: bytes) -> tuple[str, ...]:
    """Return the variables by which two contents differ; none where they differ by more than that."""
    try:
        texts = before.decode("utf-8") + "\n" + after.decode("utf-8")
    except UnicodeDecodeError:
        return ()
    old, new, trial = EnvFile(before), EnvFile(after), EnvFile(before)
    names = [name for name in dict.fromkeys(_ASSIGNED.findall(texts)) if old.raw(name) != new.raw(name)]
    for name in names:
        value = new.value(name)
        if value is None:
            trial.unset(name)
        else:
            trial.set(name, value)
    return tuple(names) if bytes(trial) == after else ()


def _keep_private(path: Path, text: str, *, mounted: bool) -> None:
    """Let nobody else read a file with secrets that only the client reads. Raises OSError."""
    if os.name != "posix" or mounted or syntax_of(path) is not Syntax.DOTENV:
        return
    env = EnvFile(text.encode())
    if any(is_secret(name) and env.value(name) for name in _ASSIGNED.findall(text)):
        place = path.resolve()
        mode = stat.S_IMODE(place.stat().st_mode)
        if mode & 0o077:
            place.chmod(mode & 0o700)


def _content(path: Path) -> bytes:
    """Return what a file holds. Raises HarmonyError."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise HarmonyError(
                say("{file} is too large to be edited here", file=path.name),
                cause=say("It has {size:.1f} MB; a configuration has a few KB.", size=size / 1e6),
                advice=say("Open it with a program of its own kind."),
            )
        return path.read_bytes()
    except OSError as error:
        raise HarmonyError(
            say("{file} cannot be read", file=path.name),
            cause=f"{path}: {error.strerror or error}",
            advice=say("Check that it is there, and its permissions."),
        ) from error


def _decoded(path: Path, content: bytes) -> FileText:
    try:
        return decode(content)
    except NotTextError as error:
        raise HarmonyError(
            say("{file} is no text", file=path.name),
            cause=say("It is written in another way than a configuration: {error}.", error=str(error)),
            advice=say("Open it with a program of its own kind."),
        ) from error


def _as_there(content: bytes | None) -> FileText:
    """Return the file's way of writing: its line ends, its byte order mark."""
    try:
        return decode(content or b"")
    except NotTextError:
        return FileText("")


def _text_or_none(path: Path) -> str | None:
    try:
        return decode(path.read_bytes()).text if path.is_file() and path.stat().st_size <= LARGEST else None
    except (OSError, NotTextError):
        return None


def _refused(path: Path, error: OSError) -> HarmonyError:
    return HarmonyError(
        say("{file} could not be written", file=path.name),
        cause=f"{error.filename or path}: {error.strerror or error}",
        advice=say("Make room or ask for access, then try again; the file is as it was."),
    )


def _name(folder: Path, path: Path) -> str:
    for root, place in ((folder, path), (folder.resolve(), path.resolve())):
        if place.is_relative_to(root):
            return place.relative_to(root).as_posix()
    return str(path)
