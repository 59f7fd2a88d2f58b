"""What a stack folder consists of, read from the shipped compose files: nothing about a service is known here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harmony_desktop.records import dataclass
from harmony_desktop.stack.source import read

#: What the compose files of both hardware choices extend.
SHARED_FILE = "services.yml"
_SECTION = "x-harmony-folder"

#: The compose file of each hardware choice.
COMPOSE_FILES: Mapping[str, str] = {"cpu": "docker-compose.yml", "nvidia": "docker-compose.nvidia.yml"}
ENV_FILE = ".env"


@dataclass(frozen=True, slots=True)
class Writer:
    """The user and group that a container writes as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of a stack folder; all paths are relative to it, with forward slashes.

    Attributes:
        shipped: Content of each shipped file.
        folders: Folders that containers write to, with the writer where the image has a user of its own.
        empty_files: Files that a service fills; they must exist as files.
        private_files: Files that only the client reads.
        host_paths: File -> variable -> folder whose absolute path it holds.
        cuda_files: Files whose TORCH_CUDA_ARCH_LIST follows the graphics cards.
    """

    shipped: Mapping[str, bytes]
    folders: Mapping[str, Writer | None]
    empty_files: tuple[str, ...]
    private_files: frozenset[str]
    host_paths: Mapping[str, Mapping[str, str]]
    cuda_files: tuple[str, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """Every path that must be a file."""
        return (*self.shipped, *self.empty_files)


def load_layout(source: Path) -> Layout:
    """Read the layout of the shipped stack.

    Args:
        source: The folder of the shipped stack (``assets.compose_dir()``).
    """
    section: dict[str, Any] = read(source / SHARED_FILE).documents()[0].value[_SECTION]
    return Layout(
        shipped={path: (source / path).read_bytes() for path in section["files"]},
        folders={folder: _writer(owner) for folder, owner in section["folders"].items()},
        empty_files=tuple(section["empty_files"]),
        private_files=frozenset(section["private_files"]),
        host_paths=section["host_paths"],
        cuda_files=tuple(section["cuda_files"]),
    )


def _writer(owner: str) -> Writer | None:
    if not owner:
        return None
    uid, _, gid = owner.partition(":")
    return Writer(int(uid), int(gid))
