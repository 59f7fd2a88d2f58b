"""The set-up's side of the machine's files: places for the folder, what is chosen in it, and how it is made."""

# ruff: noqa: PLC0415 - what reads YAML is imported when somebody sets something up

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from harmony_desktop import assets
from harmony_desktop.control.ports import Gpu
from harmony_desktop.control.proof import Voice
from harmony_desktop.control.state import Problem
from harmony_desktop.control.wizard import (
    ONLY_HERE,
    Choices,
    FolderKind,
    FolderLook,
    PortOption,
    Progress,
    SpeechOption,
)
from harmony_desktop.records import dataclass
from harmony_desktop.setup.folder import StackFolder, default_folder, known
from harmony_desktop.setup.manifest import MANIFEST, Manifest
from harmony_desktop.setup.places import state_folder
from harmony_desktop.setup.wizard_file import WizardFile
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

if TYPE_CHECKING:
    from harmony_desktop.stack.project import Project

ADDRESS = "HARMONY_BIND_ADDRESS"
#: The container ports that have a purpose of their own; a stack of the user's may have others.
_SPEECH_CONFIG = "config.yml"
_LINK_CONFIG = "config.json"
#: Bytes that models and caches take in the folder, comfortably.
_NEEDED = 30 * 10**9
_SOUND = "hello.wav"

T = TypeVar("T")


def _nothing(_rootless: bool) -> str:
    return ""


def _shipped() -> Path:
    return assets.compose_dir()


@dataclass(frozen=True, slots=True)
class LocalWizard:
    """Implements ``control.wizard.WizardTools``.

    Attributes:
        folder: The stack folder in use.
        environ: The environment of this program.
        file: Where progress is kept.
        source: The folder of the shipped stack.
        default: The folder that is proposed before there is one.
        toolkit_help: Returns how Docker gets the graphics card, given whether it runs without root.
    """

    folder: StackFolder
    environ: Mapping[str, str]
    file: WizardFile = field(default_factory=WizardFile)
    source: Path = field(default_factory=_shipped)
    default: Path = field(default_factory=default_folder)
    toolkit_help: Callable[[bool], str] = _nothing

    def unfinished(self) -> bool:
        """Return whether somebody was in the middle of it when the panel ended."""
        progress = self.file.load()
        return progress is not None and progress.open

    def recall(self) -> Progress | None:
        """Return how far somebody has come, or None."""
        return self.file.load()

    def remember(self, progress: Progress) -> None:
        """Keep how far somebody has come. Raises HarmonyError."""
        self.file.save(progress)

    def default_folder(self) -> str:
        """Return the folder that is in use, else the one that is proposed."""
        return self.folder.location() or str(self.default)

    def look(self, folder: str, profile: str) -> FolderLook:
        """Look at a place for the stack's folder."""
        try:
            return self._look(folder, profile)
        except HarmonyError as error:
            return FolderLook(folder, FolderKind.UNUSABLE, Problem(error.title, error.cause, error.advice))
        except OSError as error:
            cause = f"{error.filename or folder}: {error.strerror or error}"
            advice = say("Choose another folder.")
            return FolderLook(folder, FolderKind.UNUSABLE, Problem(say("The folder cannot be read"), cause, advice))

    def _look(self, folder: str, profile: str) -> FolderLook:
        from harmony_desktop.setup.adoption import Quickstart
        from harmony_desktop.setup.checks import check_folder, nearest_existing, place_warnings
        from harmony_desktop.setup.layout import load_layout

        root = _resolved(folder)
        layout = load_layout(self.source)
        free = shutil.disk_usage(nearest_existing(root)).free
        if Quickstart.stands_in(root):
            stack = Quickstart(root, layout, self.environ)
            blocked = stack.obstacles(profile)
            warnings = (*place_warnings(root), *blocked)
            look = FolderLook(str(root), FolderKind.QUICKSTART, None, warnings, free, _NEEDED)
            return replace(look, additions=stack.additions(profile), obstacles=blocked)
        check_folder(root, layout)  # its word on the disk is told in numbers here
        warnings = place_warnings(root)
        if Manifest.stands_in(root):
            return FolderLook(str(root), FolderKind.OURS, None, warnings, free, _NEEDED)
        kind = FolderKind.FILLED if root.is_dir() and any(root.iterdir()) else FolderKind.NEW
        return FolderLook(str(root), kind, None, warnings, free, _NEEDED)

    def project(self, choices: Choices, profile: str) -> Project:
        """Return the stack as it will be. Raises HarmonyError."""
        return self._project(self._root(choices), choices, profile)

    def _project(self, root: Path, choices: Choices, profile: str) -> Project:
        """Return the stack of a folder as it will be. Raises HarmonyError."""
        from harmony_desktop.setup import composefile
        from harmony_desktop.setup.layout import COMPOSE_FILES
        from harmony_desktop.stack.load import load_project

        chosen = {name: str(port) for name, port in choices.ports.items()}
        if choices.address:
            chosen[ADDRESS] = choices.address
        environ = {name: value for name, value in self.environ.items() if name != composefile.VARIABLE}
        named = profile in COMPOSE_FILES and (root / COMPOSE_FILES[profile]).is_file()
        files = composefile.files_for(root, profile) if named else ()
        # Variables of an existing folder's file are weaker than these, as they are weaker than the environment.
        project = load_project(
            files=files,
            project_directory=root,
            env_files=self._variables(root, choices),
            environ={**environ, **chosen},
            cwd=root,
        )
        return known(project)

    def _variables(self, root: Path, choices: Choices) -> tuple[Path, ...]:
        """Return the file of variables that counts for a folder whose compose files come back: its own."""
        from harmony_desktop.setup.layout import ENV_FILE

        own = _resolved(choices.folder) / ENV_FILE if choices.folder and root == self.source else None
        return (own,) if own is not None and Manifest.stands_in(own.parent) and own.is_file() else ()

    def speech(self, choices: Choices, profile: str) -> tuple[SpeechOption, ...]:
        """Return the speech models to choose from. Raises HarmonyError."""
        from harmony_desktop.setup import speech_choice

        project = self.project(choices, profile)
        file, link = _mounted(project, _SPEECH_CONFIG), _mounted(project, _LINK_CONFIG)
        if file is None or not file.is_file():
            return ()
        used = speech_choice.used_models(link.read_bytes()) if link is not None and link.is_file() else frozenset()
        return _of_yaml(file, lambda: speech_choice.options(_text(file), used))

    def ports(self, choices: Choices, profile: str) -> tuple[PortOption, ...]:
        """Return the ports with their variables. Raises HarmonyError."""
        from harmony_desktop.control.port_check import bindings
        from harmony_desktop.stack.port_origins import origin_of

        # As the files have it: a variable that stands in the environment counts as one that cannot be changed.
        project = self.project(Choices(choices.folder, adopt=choices.adopt), profile)
        found: list[PortOption] = []
        for service in project.services.values():
            for port, binding in bindings(service):
                origin = origin_of(project, service.name, port, self.environ)
                variable = "" if origin.outside else origin.variable
                wanted = choices.ports.get(variable, binding.port) if variable else binding.port
                found.append(PortOption(service.name, service.title, port.target, wanted, variable))
        return tuple(found)

    def address(self, choices: Choices, profile: str) -> tuple[str, bool]:
        """Return the address that services listen on, and whether it can be chosen. Raises HarmonyError."""
        plain = Choices(choices.folder, adopt=choices.adopt)
        project = self.project(plain, profile)
        moved = self.project(Choices(choices.folder, address="127.0.0.9", adopt=choices.adopt), profile)
        addresses = {port.host_ip for service in project.services.values() for port in service.ports}
        follows = any(port.host_ip == "127.0.0.9" for service in moved.services.values() for port in service.ports)
        now = ONLY_HERE if addresses <= {ONLY_HERE, "::1"} else "0.0.0.0"  # noqa: S104 - told, not bound to
        return now, follows and ADDRESS not in self.environ

    def prepare(self, choices: Choices, profile: str, gpus: tuple[Gpu, ...]) -> tuple[str, ...]:
        """Make the folder, or take it over, and write what was chosen; return warnings. Raises HarmonyError."""
        from harmony_desktop.setup.adoption import Quickstart

        root = _resolved(choices.folder)
        if Quickstart.stands_in(root):
            if not choices.adopt:
                raise HarmonyError(
                    "This folder holds a stack that was set up by hand",
                    cause=say("{folder} was not made by Harmony Desktop.", folder=root),
                    advice=say("Take it over as it is, or choose another folder."),
                )
            warnings = self.folder.adopt(str(root), choices.hardware, profile)
        else:
            warnings = self.folder.prepare(str(root), choices.hardware, profile, gpus)
        self._write(choices, root, profile)
        return warnings

    def _write(self, choices: Choices, root: Path, profile: str) -> None:
        from harmony_desktop.setup.env_writer import EnvWriter
        from harmony_desktop.stack.port_origins import env_file_of

        values = {name: str(port) for name, port in choices.ports.items()}
        if choices.address:
            values[ADDRESS] = choices.address
        now = self._project(root, Choices(str(root), adopt=choices.adopt), profile)
        if values:
            EnvWriter(self.environ).write(env_file_of(now), values)
        if choices.speech:
            _write_speech(now, choices.speech)

    def toolkit(self, rootless: bool) -> str:
        """Return how Docker gets the graphics card on this machine, or ""."""
        return self.toolkit_help(rootless)

    def voices(self, folder: str) -> tuple[Voice, ...]:
        """Return the voices of the folder's speech configuration."""
        from harmony_desktop.setup import speech_choice
        from harmony_desktop.stack.yaml_edit import YamlEditError

        try:
            file = _mounted(self.folder.load(), _SPEECH_CONFIG)
            return speech_choice.voices(_text(file)) if file is not None and file.is_file() else ()
        except (HarmonyError, YamlEditError, OSError):
            return ()

    def sound_file(self, folder: str) -> Path:
        """Return where the proof's sentence is saved."""
        return state_folder(Path(folder)) / _SOUND

    def _root(self, choices: Choices) -> Path:
        """Return the folder whose files count: the chosen one if there is a whole stack in it, else what ships."""
        from harmony_desktop.setup.adoption import Quickstart
        from harmony_desktop.setup.lacking import lacking

        if choices.folder:
            root = _resolved(choices.folder)
            if (Manifest.stands_in(root) and not lacking(root)) or Quickstart.stands_in(root):
                return root
        return self.source


def _resolved(folder: str) -> Path:
    """Return the folder that is meant. Raises HarmonyError."""
    path = Path(folder.strip()).expanduser() if folder.strip() else Path()
    if not folder.strip() or not path.is_absolute():
        raise HarmonyError(
            say("Which folder?"),
            cause=say("The folder is named by its whole path, as {example}.", example=default_folder()),
            advice=say("Type it, or choose it with the button."),
        )
    if path.name == Path(MANIFEST).parent.name:
        path = path.parent
    return path.resolve()


def _mounted(project: Project, name: str) -> Path | None:
    """Return the file of this computer that a service has under a name, or None."""
    from harmony_desktop.plan.sources import binds

    found = (mount.source for _, mount in binds(project) if os.path.basename(mount.target) == name)  # noqa: PTH119
    return next((Path(source) for source in found), None)


def _text(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "surrogateescape")


def _of_yaml(file: Path, work: Callable[[], T]) -> T:
    """Do something with a YAML file. Raises HarmonyError where it is none."""
    from harmony_desktop.stack.yaml_edit import YamlEditError

    try:
        return work()
    except YamlEditError as error:
        raise HarmonyError(
            say("{file} cannot be read", file=file.name),
            cause=f"{file}: {error}",
            advice=say("Mend it in an editor, or choose the models later on the Configuration page."),
        ) from error
    except OSError as error:
        raise HarmonyError(
            say("{file} could not be written", file=file.name),
            cause=f"{error.filename or file}: {error.strerror or error}",
            advice=say("Make room or ask for access, then try again; the file is as it was."),
        ) from error


def _write_speech(project: Project, wanted: Mapping[str, bool]) -> None:
    """Switch speech models on and off in the file that the profile uses. Raises HarmonyError."""
    from harmony_desktop.control.files import write_atomic
    from harmony_desktop.setup import speech_choice

    file = _mounted(project, _SPEECH_CONFIG)
    if file is None or not file.is_file():
        return

    def write() -> None:
        before = _text(file)
        after = speech_choice.switch(before, wanted)
        if after != before:
            write_atomic(file.resolve(), after.encode("utf-8", "surrogateescape"))

    _of_yaml(file, write)
