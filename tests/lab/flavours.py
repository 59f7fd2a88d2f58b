"""The engines that the tests run against: an old one that people still have, and a present-day one."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tests.lab.apt import unpack_packages
from tests.lab.cache import cached_folder
from tests.lab.errors import LabUnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

FlavourName = Literal["old", "new"]


@dataclass(frozen=True)
class Flavour:
    """An engine to run.

    Attributes:
        name: What the tests ask for.
        version: Its release, as `dockerd --version` says.
        folders: Where dockerd and containerd lie, first on the engine's PATH; empty for the machine's own.
        note: Why it is not the release that the name stands for, else "".
    """

    name: FlavourName
    version: str
    folders: tuple[Path, ...] = ()
    note: str = ""

    @property
    def major(self) -> int:
        """The release's first number."""
        return int(self.version.split(".")[0])

    def path(self, others: str) -> str:
        """A PATH on which this engine's programs come first."""
        return ":".join([*map(str, self.folders), others])


@dataclass(frozen=True)
class _Recipe:
    """Which release a flavour stands for, and the Debian suite that has it."""

    majors: range
    suite: str
    packages: tuple[str, ...]


_RECIPES: dict[FlavourName, _Recipe] = {
    "old": _Recipe(range(20, 21), "bookworm", ("docker.io", "containerd")),
    # runc stays the machine's: that of sid wants a newer C library.
    "new": _Recipe(range(28, 1000), "sid", ("docker.io", "containerd")),
}


def find_flavour(name: FlavourName) -> Flavour:
    """The engine for a flavour: the machine's own if it fits, else Debian's of the right suite, else the machine's.

    Raises:
        LabUnavailableError: No engine of that kind can be had here; the text says why.
    """
    recipe = _RECIPES[name]
    own = machine_version()
    if own and int(own.split(".")[0]) in recipe.majors:
        return Flavour(name, own)
    try:
        folders = _downloaded(name, recipe)
    except LabUnavailableError as error:
        # An old flavour that is too new still proves the main job; a new one that is too old proves nothing.
        if own and (name == "old" or int(own.split(".")[0]) >= 25):
            return Flavour(name, own, note=f"stands in for {recipe.suite}'s engine: {error}")
        raise LabUnavailableError(f"no {name} engine: {error}") from error
    return Flavour(name, _version(folders), folders)


def machine_version() -> str | None:
    """The release of the machine's own dockerd, or None."""
    return _version(()) if shutil.which("dockerd") else None


def _downloaded(name: FlavourName, recipe: _Recipe) -> tuple[Path, ...]:
    root = cached_folder(f"engine-{name}", lambda draft: unpack_packages(recipe.suite, list(recipe.packages), draft))
    return (root / "usr/sbin", root / "usr/bin")


def _version(folders: Sequence[Path]) -> str:
    program = next((str(f / "dockerd") for f in folders if (f / "dockerd").exists()), "dockerd")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"version (\d+\.\d+\.\d+)", said.stdout)
    if found is None:
        raise LabUnavailableError(f"{program} does not run here: {(said.stderr or said.stdout).strip()}")
    return found[1]
