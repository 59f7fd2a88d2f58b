"""Where a stack keeps its secrets: what a masker learns from a project and from its files."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harmony_desktop.control.masking import Masker
    from harmony_desktop.stack.project import Project

_YAML = frozenset({".yml", ".yaml"})
_PATTERNS = (".env", "*.env", "*.y*ml")
_MAX_FILES = 40
#: Bytes of a file that is read for secrets, and of one that holds nothing but a secret (``secrets: … file:``).
_MAX_BYTES = 256 * 1024
_MAX_SECRET = 16 * 1024
_KEY_FILES = frozenset({".key", ".pem", ".token", ".secret"})


class LateMasker:
    """Masks texts by what can be learned, and learns it only when there is a text: most calls never say anything.

    May be called from any thread.
    """

    def __init__(self) -> None:
        # What is cleared away while a text is masked may raise, and its error is masked in the same thread.
        self._lock = threading.RLock()
        self._sources: dict[str, Callable[[Masker], None]] = {}
        self._masker: Masker | None = None
        self._plain: Callable[[], frozenset[str]] = frozenset

    def add(self, name: str, learn: Callable[[Masker], None]) -> None:
        """Remember where there are secrets to be learned.

        Args:
            name: Of the source; a newer one of this name takes the place of one that was not needed yet.
            learn: Teaches the masker. What it cannot read it leaves out.
        """
        with self._lock:
            self._sources[name] = learn

    def vouch(self, words: Callable[[], frozenset[str]]) -> None:
        """Take words for no secrets where a text has no others: then nothing has to be learned for it."""
        with self._lock:
            self._plain = words

    def __call__(self, text: str) -> str:
        """Return a text without secrets."""
        with self._lock:
            if self._plain().issuperset(text.split()):
                return text
            if self._masker is None:
                from harmony_desktop.control.masking import Masker  # noqa: PLC0415 - its patterns take 10 ms

                self._masker = Masker()
            while self._sources:
                self._sources.popitem()[1](self._masker)
            return self._masker.text(text)


def plain_words(project: Project) -> frozenset[str]:
    """Return the names that the panel itself makes of a project's: of its own and of keys, which hold no variables."""
    own = project.name
    containers = (f"{own}-{s.name}-{n}" for s in project.services.values() for n in range(1, s.scale + 1))
    others = (f"{own}_{key}" for key in (*project.networks, *project.volumes))
    return frozenset((*containers, *others))


def learn_project(masker: Masker, project: Project) -> None:
    """Learn the secrets of a resolved project: by name, those that files hold, those that variables hold."""
    from harmony_desktop.stack.project import MountType  # noqa: PLC0415 - the window's first paint does without

    masker.learn_data(project.spec)
    for service in project.services.values():
        variables = service.spec.get("environment")
        if isinstance(variables, Mapping):
            masker.learn_environment({str(k): str(v) for k, v in variables.items() if v is not None})
    for name, secret in (project.spec.get("secrets") or {}).items():
        if isinstance(secret, Mapping):
            variable = secret.get("environment")
            for value in (project.variables.get(str(variable)), secret.get("content")):
                if value:
                    masker.learn_data({f"{name}_secret": str(value)})
            if secret.get("file"):
                learn_secret_file(masker, Path(str(secret["file"])))
    for service in project.services.values():
        for mount in service.mounts:
            path = Path(mount.source)
            if mount.type is MountType.BIND and path.suffix in _KEY_FILES:
                learn_secret_file(masker, path)


def learn_file(masker: Masker, name: str, text: str) -> None:
    """Learn from a file by reading it as what it is; what cannot be read so is searched as a text."""
    from harmony_desktop.stack import dotenv, source  # noqa: PLC0415 - YAML, which few calls need
    from harmony_desktop.stack.errors import HarmonyError  # noqa: PLC0415

    path = Path(name)
    try:
        if path.suffix == ".json":
            masker.learn_data(json.loads(text))
            return
        if path.suffix in _YAML:
            for document in source.Source(path, text.encode("utf-8", "surrogatepass")).documents():
                masker.learn_data(document.value, references=True)
            return
        # An env file may have any name; what is none is hardly read as one.
        masker.learn_environment(dotenv.parse(text, lambda _: None, file=name))
    except (HarmonyError, ValueError, RecursionError):
        pass  # broken, which may be why there is a report: it is searched below
    masker.learn_text(text)


def learn_folder(masker: Masker, folder: Path, named: Iterable[Path] = ()) -> None:
    """Learn from the files of a stack that cannot be loaded: the error that tells so may quote them."""
    files = [*named, *(file for pattern in _PATTERNS for file in sorted(folder.glob(pattern)))]
    for file in files[:_MAX_FILES]:
        with contextlib.suppress(OSError):
            if file.is_file():
                with file.open("rb") as stream:
                    learn_file(masker, file.name, stream.read(_MAX_BYTES).decode("utf-8", "replace"))


def learn_secret_file(masker: Masker, path: Path) -> None:
    """Learn what a file holds that is nothing but a secret; the file itself is never in a report."""
    with contextlib.suppress(OSError):
        if path.is_file():
            with path.open("rb") as stream:
                masker.learn(stream.read(_MAX_SECRET).decode("utf-8", "replace"))
