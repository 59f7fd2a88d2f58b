"""Takes over a stack folder that was set up by hand: nothing in it is overwritten, only what is missing is added."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from harmony_desktop.control.files import write_atomic
from harmony_desktop.control.wizard import Addition
from harmony_desktop.plan.sources import binds, wants_file
from harmony_desktop.records import dataclass
from harmony_desktop.setup import composefile
from harmony_desktop.setup.checks import leads_outside
from harmony_desktop.setup.envfile import EnvFile
from harmony_desktop.setup.layout import COMPOSE_FILES, ENV_FILE, Layout, Writer
from harmony_desktop.setup.manifest import Manifest
from harmony_desktop.setup.permissions import grant, opens
from harmony_desktop.setup.seed import telling_faults
from harmony_desktop.stack.discovery import FILE_NAMES
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.load import load_project
from harmony_desktop.stack.project import Mount, Project, Service
from harmony_desktop.stack.words import Words, say

_IMAGES = "harmonyai/"
_PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that a folder lacks.

    Attributes:
        path: Where, relative to the folder.
        content: What the file shall hold; None for a folder.
        text: What it is, for people.
        replaces: Whether an empty folder stands in the file's place.
    """

    path: str
    content: bytes | None
    text: Words
    replaces: bool = False


class Quickstart:
    """A folder with a stack of its own.

    Args:
        root: The folder, resolved.
        layout: What a folder of ours consists of: missing files are taken from there.
        environ: The process environment, for interpolation.

    Raises:
        HarmonyError: Its files cannot be read as a stack.
    """

    def __init__(self, root: Path, layout: Layout, environ: Mapping[str, str]) -> None:
        self._root = root
        self._layout = layout
        self._environ = {name: value for name, value in environ.items() if name != composefile.VARIABLE}
        self.project: Project = load_project(project_directory=root, environ=self._environ, cwd=root)

    @staticmethod
    def stands_in(root: Path) -> bool:
        """Return whether a folder that is not ours has compose files that name the stack's images."""
        if Manifest.stands_in(root):
            return False
        for name in (*FILE_NAMES, *COMPOSE_FILES.values()):
            try:
                if _IMAGES.encode() in (root / name).read_bytes():
                    return True
            except OSError:
                continue
        return False

    def missing(self, profile: str) -> list[Missing]:
        """Return what the folder lacks for its stack to start.

        Args:
            profile: "cpu" or "nvidia": which of its compose files shall count.
        """
        found: dict[str, Missing] = {}
        for service, mount, path in self._mounted(profile):
            place = self._root / path
            if wants_file(mount):
                empty = place.is_dir() and not any(place.iterdir())
                if not place.exists() or empty:
                    text = (
                        say("A file in the place of an empty folder, for {service}", service=service.title)
                        if empty
                        else say("A file that {service} expects", service=service.title)
                    )
                    found[path] = Missing(path, self._content(mount.target), text, empty)
            elif not place.exists():
                writer = self._writer(path)
                text = (
                    say("A folder for {service}, which every user of this computer may write to", service=service.title)
                    if writer is not None and opens(writer)
                    else say("A folder for {service}", service=service.title)
                )
                found[path] = Missing(path, None, text)
        return [*found.values(), *self._choice(profile)]

    def obstacles(self, profile: str) -> tuple[str, ...]:
        """Return what keeps the stack from starting and is left to the user: what lies in it may be of worth."""
        found = {
            path: say(
                "{path} is a folder with something in it, and {service} expects a file.",
                path=path,
                service=service.title,
            )
            for service, mount, path in self._mounted(profile)
            if wants_file(mount) and (self._root / path).is_dir() and any((self._root / path).iterdir())
        }
        return tuple(found.values())

    def additions(self, profile: str) -> tuple[Addition, ...]:
        """Return the same for people."""
        return tuple(Addition(each.path, each.text) for each in self.missing(profile))

    def complete(self, profile: str) -> list[str]:
        """Add what is missing; return warnings. Raises HarmonyError; what was added until then stays."""
        warnings: list[str] = []
        opened: list[str] = []
        with telling_faults(self._root):
            for each in self.missing(profile):
                place = self._root / each.path
                if each.content is None:
                    place.mkdir(parents=True, exist_ok=True)
                    warnings += self._granted(place, each.path, opened)
                    continue
                if each.replaces:
                    place.rmdir()
                place.parent.mkdir(parents=True, exist_ok=True)
                private = place.name == ENV_FILE or place.suffix == ".key"
                write_atomic(place, each.content, mode=_PRIVATE if private and not place.exists() else None)
        if opened:
            warnings.append(
                say(
                    "Every user of this computer may now write to these folders, because the containers do so under "
                    "users of their own: {folders}",
                    folders=", ".join(opened),
                )
            )
        return warnings

    def _mounted(self, profile: str) -> Iterator[tuple[Service, Mount, str]]:
        """Yield what services get of the folder itself, with its path there."""
        for service, mount in binds(self._with(profile)):
            place = Path(mount.source)
            if not place.is_relative_to(self._root):
                continue
            path = place.relative_to(self._root).as_posix()
            if not leads_outside(self._root, path):
                yield service, mount, path

    def _with(self, profile: str) -> Project:
        """Return the stack with the compose file of a profile, where the folder has one."""
        if profile not in COMPOSE_FILES or not (self._root / COMPOSE_FILES[profile]).is_file():
            return self.project
        files = composefile.files_for(self._root, profile)
        return load_project(files=files, project_directory=self._root, environ=self._environ, cwd=self._root)

    def _writer(self, path: str) -> Writer | None:
        """Return the user who writes to a folder, where that is known."""
        writers = {PurePosixPath(known).name: writer for known, writer in self._layout.folders.items() if writer}
        return writers.get(PurePosixPath(path).name)

    def _granted(self, place: Path, path: str, opened: list[str]) -> Iterator[str]:
        """Let the container write to a folder that was just made for it; note it where everybody may now."""
        writer = self._writer(path)
        outcome = grant(place, writer) if writer is not None else ""
        if outcome == "opened":
            opened.append(path)
        elif writer is not None and outcome == "refused":
            yield say(
                "{path} has to be writable for user {uid}: sudo chown {uid}:{gid} '{place}'",
                path=path,
                uid=writer.uid,
                gid=writer.gid,
                place=place,
            )

    def _content(self, target: str) -> bytes:
        """Return what a missing file begins with: what ships under its name, else nothing."""
        name = PurePosixPath(target).name
        return next((c for path, c in self._layout.shipped.items() if PurePosixPath(path).name == name), b"")

    def _choice(self, profile: str) -> Iterator[Missing]:
        """Yield the ``.env`` with the choice of hardware, where the folder has files for it and says another."""
        place = self._root / ENV_FILE
        if profile not in COMPOSE_FILES or not (self._root / COMPOSE_FILES[profile]).is_file():
            return
        right = place.is_file() and composefile.hardware_of(self._root) == profile
        if right or leads_outside(self._root, ENV_FILE):
            return
        env = EnvFile(place.read_bytes() if place.is_file() else b"")
        before = bytes(env)
        if not env.value(composefile.VARIABLE):
            # An override file counts by itself only as long as no file is named.
            env.set(composefile.VARIABLE, os.pathsep.join(composefile.default_files(self._root)))
        value = composefile.switch(env, profile)
        env.set(composefile.VARIABLE, value)
        if bytes(env) != before:
            text = say("The line {line}, which says the hardware", line=f"{composefile.VARIABLE}={value}")
            yield Missing(ENV_FILE, bytes(env), text)


def require_quickstart(root: Path, layout: Layout, environ: Mapping[str, str]) -> Quickstart:
    """Return the stack of a folder that was set up by hand. Raises HarmonyError where there is none."""
    if not Quickstart.stands_in(root):
        raise HarmonyError(
            "There is no stack to take over",
            cause=say("{folder} has no compose file with the stack’s images.", folder=root),
            advice=say("Choose another folder, or an empty one for a new stack."),
        )
    return Quickstart(root, layout, environ)
