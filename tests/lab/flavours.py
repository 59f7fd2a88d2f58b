"""The engines that the tests run against: an old one that people still have, and a present-day one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from tests.lab.apt import unpack_packages
from tests.lab.cache import cached_folder
from tests.lab.errors import LabUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

FlavourName = Literal["old", "new"]


@dataclass(frozen=True)
class Flavour:
    """An engine to run.

    Attributes:
        name: What the tests ask for.
        version: Its release, as `dockerd --version` says.
        programs: Where dockerd and containerd lie; empty for the machine's own.
        libraries: Where libraries lie that the machine may not have.
        note: Why it is not the release that the name stands for, else "".
    """

    name: FlavourName
    version: str
    programs: tuple[Path, ...] = ()
    libraries: tuple[Path, ...] = ()
    note: str = ""

    @property
    def dockerd(self) -> str:
        """The engine's program."""
        return shutil.which("dockerd", path=self.environment()["PATH"]) or "dockerd"

    def environment(self) -> dict[str, str]:
        """The variables by which the engine finds its own programs and libraries first."""
        path = [*map(str, self.programs), os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]
        libraries = [*map(str, self.libraries), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
        found = {"PATH": ":".join(path)}
        return {**found, "LD_LIBRARY_PATH": ":".join(libraries)} if libraries else found


@dataclass(frozen=True)
class _Recipe:
    """Which release a flavour stands for, and the Debian suite that has it."""

    majors: range
    suite: str
    packages: tuple[str, ...]


_RECIPES: dict[FlavourName, _Recipe] = {
    "old": _Recipe(range(20, 21), "bookworm", ("docker.io", "containerd", "libdevmapper1.02.1")),
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
        return _downloaded(name, recipe)
    except LabUnavailableError as error:
        # An old flavour that is too new still proves the main job; a new one that is too old proves nothing.
        if own and (name == "old" or int(own.split(".")[0]) >= 25):
            return Flavour(name, own, note=f"stands in for {recipe.suite}'s engine: {error}")
        raise LabUnavailableError(f"no {name} engine: {error}") from error


def machine_version() -> str | None:
    """The release of the machine's own dockerd, or None."""
    try:
        return _version(Flavour("old", ""))
    except OSError:  # there is none
        return None


def _downloaded(name: FlavourName, recipe: _Recipe) -> Flavour:
    root = cached_folder(f"engine-{name}", lambda draft: unpack_packages(recipe.suite, recipe.packages, draft))
    libraries = (*root.glob("lib/*-linux-gnu*"), *root.glob("usr/lib/*-linux-gnu*"))
    flavour = Flavour(name, "", (root / "usr/sbin", root / "usr/bin"), libraries)
    return replace(flavour, version=_version(flavour))


def _version(flavour: Flavour) -> str:
    environment = {**os.environ, **flavour.environment()}
    said = subprocess.run([flavour.dockerd, "--version"], env=environment, capture_output=True, text=True, check=False)
    found = re.search(r"version (\d+\.\d+\.\d+)", said.stdout)
    if found is None:
        raise LabUnavailableError(f"{flavour.dockerd} does not run here: {(said.stderr or said.stdout).strip()}")
    return found[1]
