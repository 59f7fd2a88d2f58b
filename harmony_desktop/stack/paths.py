"""Relative paths of a compose file become absolute, counted from its own folder."""

from __future__ import annotations

import ntpath
from collections.abc import Mapping
from pathlib import Path, PurePath, PureWindowsPath
from typing import Any

from harmony_desktop.stack.faults import Fault
from harmony_desktop.stack.mounts import clean, is_windows_absolute
from harmony_desktop.stack.values import Value

_REMOTE = ("https://", "http://", "git://", "ssh://", "github.com/", "git@")


def is_file(path: Path) -> bool:
    """Whether there is a file, or what a link leads to; a path that cannot even be looked at is none."""
    try:
        return path.is_file()
    except OSError:
        return False


def exists(path: Path) -> bool:
    """Whether there is anything; a path that cannot even be looked at is nothing."""
    try:
        return path.exists()
    except OSError:
        return False


class Paths:
    """Resolves paths.

    Args:
        base: The folder that relative paths count from; its kind tells how paths are joined.
        environ: For the home folder, which ``~`` stands for.
    """

    def __init__(self, base: PurePath, environ: Mapping[str, str]) -> None:
        self._base = str(base)
        self._windows = isinstance(base, PureWindowsPath)
        home = ("USERPROFILE", "HOME") if self._windows else ("HOME", "USERPROFILE")
        self._home = next((environ[name] for name in home if environ.get(name)), "")

    def absolute(self, path: str) -> str:
        """The path itself if it is absolute here or on Windows, else below the base."""
        if path.startswith("~") and self._home:
            path = self._below(self._home, path[1:])
        if path.startswith("/") or is_windows_absolute(path):
            return path
        return self._below(self._base, path)

    def _below(self, folder: str, path: str) -> str:
        r"""Join as the system does: Windows takes both slashes and prints ``\``."""
        return ntpath.normpath(f"{folder}\\{path}") if self._windows else clean(f"{folder}/{path}")

    def resolve(self, model: dict[str, Any]) -> None:
        """Make the paths of a canonical model absolute, in place.

        Raises:
            Fault: A bind mount has no source.
        """
        for name, service in (model.get("services") or {}).items():
            if isinstance(service, dict):
                try:
                    self._service(service)
                except Fault as fault:
                    raise fault.below("services", name) from None
        for section in ("configs", "secrets"):
            for entry in (model.get(section) or {}).values():
                if isinstance(entry, dict) and isinstance(entry.get("file"), str):
                    entry["file"] = self.absolute(entry["file"])
        for volume in (model.get("volumes") or {}).values():
            self._driver(volume)

    def _service(self, service: dict[str, Any]) -> None:
        for item in service.get("env_file") or ():
            if isinstance(item, dict) and isinstance(item.get("path"), str) and item["path"]:
                item["path"] = self.absolute(item["path"])
        if isinstance(files := service.get("label_file"), list):
            service["label_file"] = [self.absolute(item) if isinstance(item, str) else item for item in files]
        extends = service.get("extends")
        if isinstance(extends, dict) and isinstance(extends.get("file"), str):
            extends["file"] = self.absolute(extends["file"])
        build = service.get("build")
        if isinstance(build, dict):
            if isinstance(build.get("context"), str):
                build["context"] = self._context(build["context"])
            contexts = build.get("additional_contexts")
            if isinstance(contexts, dict):
                for key, value in contexts.items():
                    contexts[key] = self._context(value) if isinstance(value, str) else value
        for index, volume in enumerate(service.get("volumes") or ()):
            self._mount(volume, index)

    def _mount(self, volume: Value, index: int) -> None:
        if not isinstance(volume, dict) or volume.get("type") != "bind":
            return
        source = volume.get("source")
        if not isinstance(source, str):
            raise Fault(
                "This bind mount has no source", ("volumes", index), advice="Name a folder or file of the host."
            )
        volume["source"] = self.absolute(source)

    def _context(self, context: str) -> str:
        if "://" in context or context.startswith(("service:", *_REMOTE)):
            return context
        return self.absolute(context) if context else context

    def _driver(self, volume: Value) -> None:
        """A local volume that is a bind mount in disguise has a path as its device."""
        if not isinstance(volume, dict) or volume.get("driver") != "local":
            return
        options = volume.get("driver_opts")
        if isinstance(options, dict) and options.get("o") == "bind" and isinstance(options.get("device"), str):
            options["device"] = self.absolute(options["device"])
