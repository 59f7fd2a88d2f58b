"""The code of the modules that calls of the command line load, kept in one file beside Python's compiled modules.

For each of 400 modules Python looks through folders, opens a file, reads it and closes it: a seventh of what a call
takes that finds nothing to do. The kept code is valid as Python's own is, while a module's source has the size and the
time of change that it had. What is not kept, or has changed, is imported as ever, and kept by the call that did so, if
it was more than a little. Where the folder cannot be written, or nothing compiled shall be written there, nothing is.

A frozen program has its modules in one file anyway.
"""

from __future__ import annotations

import marshal
import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from mmap import ACCESS_READ, mmap

# Nothing else: what is imported here is imported the slow way.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType
    from typing import TypeAlias

#: Modules that are imported as ever before their code is kept: calls differ a little.
_FEW = 24
#: What the file begins with: the format, and how long the index is.
_MAGIC, _LENGTH = b"harmony-code-1\n", 8

#: What is kept of a module: its source's path, time of change (nanoseconds) and size; the folders of a package; the
#: file of Python's own compiled module; where its code begins and ends.
_Entry: TypeAlias = "tuple[str, int, int, list[str] | None, str | None, int, int]"


class KeptCode:
    """A finder of modules for ``sys.meta_path``.

    Args:
        file: Where the code is kept; it need not exist, and what is not for this Python is as if it did not.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self._content = memoryview(b"")
        self._index: dict[str, _Entry] = {}
        try:
            with open(file, "rb") as stream:
                content = memoryview(mmap(stream.fileno(), 0, access=ACCESS_READ))
            start = len(_MAGIC) + _LENGTH
            end = start + int.from_bytes(content[len(_MAGIC) : start], "little")
            if content[: len(_MAGIC)] == _MAGIC:
                known, index = marshal.loads(content[start:end])
                if known == _this_python():
                    self._content, self._index = content[end:], index
        except (OSError, ValueError, EOFError, TypeError):
            pass  # a call without it is a little slower

    def find_spec(self, name: str, _path: object = None, _target: ModuleType | None = None) -> ModuleSpec | None:
        """Return how a module is loaded; None where its code is not kept, or its source has changed."""
        entry = self._index.get(name)
        if entry is None or not self._is_valid(entry):
            return None
        origin, _, _, folders, cached, start, end = entry
        spec = ModuleSpec(name, _Loader(name, origin, self._content[start:end]), origin=origin)
        spec.submodule_search_locations = folders and list(folders)
        spec.cached = cached
        spec.has_location = True
        return spec

    def keep(self) -> None:
        """Write what this call has imported, if it was more than a little; never raises for what the disk says."""
        new = {name: loader for name, module in sys.modules.copy().items() if (loader := _plain_loader(name, module))}
        # What is imported before this finder stands is imported as ever each time.
        lacking = [name for name, loader in new.items() if not self._is_kept(name, loader.path)]
        if len(lacking) < _FEW or not os.access(os.path.dirname(self.file), os.W_OK):
            return
        index: dict[str, _Entry] = {}
        pieces: list[bytes | memoryview] = []
        position = 0

        def add(name: str, entry: _Entry, code: bytes | memoryview) -> None:
            nonlocal position
            index[name] = (*entry[:5], position, position + len(code))
            pieces.append(code)
            position += len(code)

        for name, entry in self._index.items():
            if name not in new and self._is_valid(entry):
                add(name, entry, self._content[entry[5] : entry[6]])
        for name, loader in new.items():
            spec, state = sys.modules[name].__spec__, _state(loader.path)
            code = _code(name, loader)
            if spec is not None and code is not None and state is not None and state == _state(loader.path):
                folders = spec.submodule_search_locations
                entry = (loader.path, *state, None if folders is None else list(folders), spec.cached, 0, 0)
                add(name, entry, marshal.dumps(code))
        head = marshal.dumps((_this_python(), index))  # type: ignore[arg-type] # text, numbers, lists, tuples
        draft = f"{self.file}.{os.getpid()}"
        try:
            with open(draft, "xb") as stream:
                stream.writelines((_MAGIC, len(head).to_bytes(_LENGTH, "little"), head, *pieces))
            os.replace(draft, self.file)
        except OSError:
            pass  # as above

    def _is_kept(self, name: str, path: str) -> bool:
        entry = self._index.get(name)
        return entry is not None and entry[0] == path and self._is_valid(entry)

    @staticmethod
    def _is_valid(entry: _Entry) -> bool:
        return _state(entry[0]) == entry[1:3]


class _Loader(SourceFileLoader):
    """Loads a module whose code is kept; its source and its data are where they are."""

    def __init__(self, name: str, path: str, code: memoryview) -> None:
        super().__init__(name, path)
        self._code = code

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the kept code; where the disk has not kept it well, that which Python keeps."""
        try:
            code: CodeType = marshal.loads(self._code)
        except (ValueError, EOFError, TypeError):
            return super().get_code(fullname)
        return code


def _plain_loader(name: str, module: ModuleType) -> SourceFileLoader | None:
    """Return what has loaded a module from a file of source code under its own name; None for all others."""
    spec = getattr(module, "__spec__", None)
    loader = spec.loader if isinstance(spec, ModuleSpec) and spec.name == name else None
    return loader if type(loader) is SourceFileLoader else None


def _code(name: str, loader: SourceFileLoader) -> CodeType | None:
    """Return the code of a module; None where it has gone meanwhile, or was never there (PySide has such modules)."""
    try:
        return loader.get_code(name)
    except (OSError, ImportError, SyntaxError):
        return None


def _state(file: str) -> tuple[int, int] | None:
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _this_python() -> tuple[object, ...]:
    """Return what the kept code is for: the interpreter, and where it looks but for the place it was called in."""
    return sys.version, sys.executable, sys.flags.optimize, tuple(sys.path[1:])


def install() -> KeptCode | None:
    """Let modules be loaded from the kept code from now on; None where there is none, and none shall be."""
    own = __spec__.cached  # where Python keeps the compiled form of this module
    if own is None or getattr(sys, "frozen", False) or "PYTHONPATH" in os.environ or sys.gettrace() is not None:
        return None
    finder = KeptCode(f"{os.path.splitext(own)[0]}.code")
    sys.meta_path.insert(0, finder)
    return finder
