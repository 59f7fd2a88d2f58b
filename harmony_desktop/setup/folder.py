"""The stack folder in use, as the core asks for it (the protocol Folder of control/ports.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harmony_desktop import assets
from harmony_desktop.control.ports import Gpu
from harmony_desktop.setup import composefile
from harmony_desktop.setup.manifest import Manifest
from harmony_desktop.setup.settings import SettingsFile
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import say


def default_folder() -> Path:
    """Return where a stack folder is made unless the user says otherwise: documents are often synchronised."""
    return Path.home() / "Harmony"


class StackFolder:
    """The stack folder that the settings remember.

    Args:
        environ: The process environment, for interpolation.
        settings: The app's settings; None for those of this user.
        source: The folder of the shipped stack; None for the one that ships with this program.
        default: Where a stack folder is looked for when the settings name none; None for the usual place.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        settings: SettingsFile | None = None,
        source: Path | None = None,
        default: Path | None = None,
    ) -> None:
        self._environ = environ
        self._settings = settings or SettingsFile()
        self._source = source or assets.compose_dir()
        self._default = default or default_folder()

    def location(self) -> str:
        """Return the stack folder that is in use, or "" before there is one."""
        remembered = self._settings.load().stack_folder
        if remembered:
            return remembered
        # The settings may be lost, or belong to another installation, while the folder is still there.
        return str(self._default) if Manifest.stands_in(self._default) else ""

    def load(self) -> Project:
        """Return the project of the folder. Raises ComposeError, or HarmonyError when the folder is gone."""
        here = self.here()
        from harmony_desktop.stack.load import load_project  # noqa: PLC0415 - brings YAML, which few calls need

        # A COMPOSE_FILE of the process is about the files of its working directory, not about this folder.
        environ = {name: value for name, value in self._environ.items() if name != composefile.VARIABLE}
        try:
            return known(load_project(project_directory=here, environ=environ, cwd=here))
        except HarmonyError as error:
            from harmony_desktop.setup.lacking import advise_set_up  # noqa: PLC0415 - hardly ever needed

            advise_set_up(error, here)
            raise

    def files_for(self, hardware: str, directory: Path | None = None) -> tuple[str, ...]:
        """Return the compose files that mean this hardware, for one call; nothing is written.

        Args:
            hardware: "cpu" or "nvidia".
            directory: A stack folder; None for the one in use.

        Raises:
            HarmonyError: There is no stack folder.
        """
        return composefile.files_for(directory or self.here(), hardware)

    def profile(self) -> str:
        """Return the profile that the folder's files mean now: "cpu", "nvidia", or "" for files that are not ours."""
        location = self.location()
        return composefile.hardware_of(Path(location)) if location else ""

    def wanted(self) -> str:
        """Return what the user wants: "auto", "cpu" or "nvidia"."""
        return self._settings.load().hardware

    def prepare(self, folder: str, wanted: str, profile: str, gpus: tuple[Gpu, ...]) -> tuple[str, ...]:
        """Make or refresh the stack folder and remember it; return warnings. Raises HarmonyError.

        A folder that was taken over is completed as it was then.
        """
        from harmony_desktop.setup.adoption import Quickstart  # noqa: PLC0415 - brings YAML

        taken = Path(folder).expanduser().absolute().resolve()
        if self.location() and taken == Path(self.location()).resolve() and Quickstart.stands_in(taken):
            return self.adopt(folder, wanted, profile)
        from harmony_desktop.setup.cuda import arch_list  # noqa: PLC0415 - few calls write
        from harmony_desktop.setup.seed import choose_hardware, seed  # noqa: PLC0415 - few calls write

        report = seed(Path(folder), self._source, hardware=profile, architectures=arch_list(gpus))
        if wanted != "auto":
            choose_hardware(Path(report.folder), profile)
        kept = tuple(
            say("{path} was edited and stays as it is; the new one lies beside it as {path}.new.", path=path)
            for path in report.kept
        )
        self._settings.update(lambda settings: replace(settings, stack_folder=report.folder, hardware=wanted))
        return (*report.warnings, *kept)

    def adopt(self, folder: str, wanted: str, profile: str) -> tuple[str, ...]:
        """Take over a folder that was set up by hand, and remember it; return warnings. Raises HarmonyError."""
        from harmony_desktop.setup.adoption import require_quickstart  # noqa: PLC0415 - brings YAML
        from harmony_desktop.setup.layout import load_layout  # noqa: PLC0415 - brings YAML

        root = Path(folder).expanduser().absolute().resolve()
        stack = require_quickstart(root, load_layout(self._source), self._environ)
        warnings = stack.complete(profile)
        self._settings.update(lambda settings: replace(settings, stack_folder=str(root), hardware=wanted))
        return tuple(warnings)

    def take(self, folder: Path) -> bool:
        """Remember a folder if there is none yet; return whether it is remembered now and was not before."""
        location = self.location()
        if self._settings.load().stack_folder or (location and Path(location) != folder):
            return False
        self._settings.update(lambda settings: replace(settings, stack_folder=str(folder)))
        return True

    def choose(self, wanted: str, profile: str) -> None:
        """Remember what the user wants and make the folder's files mean the profile. Raises HarmonyError."""
        from harmony_desktop.setup.seed import choose_hardware  # noqa: PLC0415 - few calls write

        choose_hardware(self.here(), profile)
        self._settings.update(lambda settings: replace(settings, hardware=wanted))

    def here(self) -> Path:
        """Return the folder. Raises HarmonyError when it is not there."""
        location = self.location()
        if not location:
            raise HarmonyError(
                "There is no stack folder yet", advice="Prepare one first: harmony-desktop setup, or in the window."
            )
        folder = Path(location)
        if not folder.is_dir():
            raise HarmonyError(
                "The stack folder is gone",
                cause=say("{folder} does not exist, or its drive is not connected.", folder=folder),
                advice="Connect the drive, or prepare a stack folder again.",
            )
        return folder


def known(project: Project) -> Project:
    """Return the project of a stack folder; services that say nothing of themselves are known by their images."""
    from harmony_desktop.stack.presentation import is_said  # noqa: PLC0415 - there already, with the project

    if all(is_said(service.spec) for service in project.services.values()):
        return project
    from harmony_desktop.setup.known_services import introduced  # noqa: PLC0415 - for folders that were adopted

    return introduced(project)
