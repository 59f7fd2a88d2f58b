"""The code of the modules that calls of the command line load, kept in one file beside Python's compiled modules.

For each of 400 modules Python looks through folders, opens a file, reads it and closes it: a seventh of what a call
takes that finds nothing to do. The kept code is valid as Python's own is, while a module's source has the size and the
time of change that it had. What is not kept, or has changed, is imported as ever, and kept by the call that did so, if
it was more than a little. Where the folder cannot be written, or nothing compiled shall be written there, nothing is.

A bundle brings the file along (``packaging/bundling/kept.py``): there modules have no sources, and only sizes count.
"""

from __future__ import annotations

import marshal
import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader, SourcelessFileLoader
from mmap import ACCESS_READ, mmap

# Nothing else: what is imported here is imported the slow way.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType, ModuleType
    from typing import TypeAlias

#: Modules that are imported as ever before their code is kept: calls differ a little.
_FEW = 24
#: What the file begins with: the format, and how long the index is.
_MAGIC, _LENGTH = b"harmony-code-1\n", 8
_SOURCELESS = ".pyc"

#: What is kept of a module: the path of its source, time of change (nanoseconds) and size; the folders of a package;
#: the file of Python's own compiled module; where its code begins and ends. In a bundle paths are relative.
_Entry: TypeAlias = "tuple[str, int, int, list[str] | None, str | None, int, int]"


class KeptCode:
    """A finder of modules for ``sys.meta_path``.

    Args:
        file: Where the code is kept; it need not exist, and what is not for this Python is as if it did not.
        base: The folder that relative paths begin in.
    """

    def __init__(self, file: str, base: str) -> None:
        self.file = file
        self._base = base
        self._content = memoryview(b"")
        self._index: dict[str, _Entry] = {}
        try:
            with open(file, "rb") as stream:
                # Windows lets nobody replace a file that is mapped.
                mapped = sys.platform != "win32"
                content = memoryview(mmap(stream.fileno(), 0, access=ACCESS_READ) if mapped else stream.read())
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
        path = self._whole(origin)
        kind = _SourcelessLoader if path.endswith(_SOURCELESS) else _SourceLoader
        spec = ModuleSpec(name, kind(name, path, self._content[start:end]), origin=path)
        spec.submodule_search_locations = folders and [self._whole(folder) for folder in folders]
        spec.cached = cached and self._whole(cached)
        spec.has_location = True
        return spec

    def keep(self) -> None:
        """Write what this call has imported, if it was more than a little; never raises for what the disk says."""
        new = {name: loader for name, module in sys.modules.copy().items() if (loader := _plain_loader(name, module))}
        # What is imported before this finder stands is imported as ever each time.
        lacking = [name for name, loader in new.items() if not self._is_kept(name, loader.path)]
        if len(lacking) < _FEW or not os.access(os.path.dirname(self.file), os.W_OK):
            return
        entries: list[tuple[str, _Entry, bytes | memoryview]] = [
            (name, entry, self._content[entry[5] : entry[6]])
            for name, entry in self._index.items()
            if name not in new and self._is_valid(entry)
        ]
        for name, loader in new.items():
            spec, state = sys.modules[name].__spec__, _state(loader.path)
            code = _code(name, loader)
            if spec is not None and code is not None and state is not None and state == _state(loader.path):
                folders = spec.submodule_search_locations
                entry = (loader.path, *state, None if folders is None else list(folders), spec.cached, 0, 0)
                entries.append((name, entry, marshal.dumps(code)))
        draft = f"{self.file}.{os.getpid()}"
        try:
            write(draft, _this_python(), entries)
            os.replace(draft, self.file)
        except BaseException as error:
            if os.path.exists(draft):
                os.unlink(draft)
            if not isinstance(error, OSError):  # Ctrl+C
                raise

    def _whole(self, path: str) -> str:
        return os.path.join(self._base, path)

    def _is_kept(self, name: str, path: str) -> bool:
        entry = self._index.get(name)
        return entry is not None and self._whole(entry[0]) == path and self._is_valid(entry)

    def _is_valid(self, entry: _Entry) -> bool:
        return _state(self._whole(entry[0])) == entry[1:3]


def write(file: str, python: object, entries: Iterable[tuple[str, _Entry, bytes | memoryview]]) -> None:
    """Write a file of kept code.

    Args:
        file: The file, which must not exist.
        python: What the code is for: a value of ``_this_python()``.
        entries: Names of modules, what is known of each (where its code will be is found out here), and codes.

    Raises:
        OSError: It cannot be written.
    """
    index: dict[str, _Entry] = {}
    pieces: list[bytes | memoryview] = []
    position = 0
    for name, entry, code in entries:
        index[name] = (*entry[:5], position, position + len(code))
        pieces.append(code)
        position += len(code)
    head = marshal.dumps((python, index))  # type: ignore[arg-type] # text, numbers, lists, tuples
    with open(file, "xb") as stream:
        stream.writelines((_MAGIC, len(head).to_bytes(_LENGTH, "little"), head, *pieces))


class _Kept:
    """Mixed into a loader of Python's: source and data are where they are."""

    def __init__(self, name: str, path: str, code: memoryview) -> None:
        super().__init__(name, path)  # type: ignore[call-arg] # the loader's
        self._code = code

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the kept code; where the disk has not kept it well, that which Python keeps."""
        try:
            code: CodeType = marshal.loads(self._code)
        except (ValueError, EOFError, TypeError):
            kept: CodeType | None = super().get_code(fullname)  # type: ignore[misc] # the loader's
            return kept
        return code


class _SourceLoader(_Kept, SourceFileLoader):  # type: ignore[misc] # typeshed's bases of it disagree
    pass


class _SourcelessLoader(_Kept, SourcelessFileLoader):
    pass


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
    """Return time of change (not of what was compiled before it came here) and size; None where there is no file."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return 0 if file.endswith(_SOURCELESS) else found.st_mtime_ns, found.st_size


def _this_python() -> tuple[object, ...]:
    """Return what the kept code is for: the interpreter, and where it looks but for the place it was called in."""
    if getattr(sys, "frozen", False):
        return (sys.version,)
    return sys.version, sys.executable, sys.flags.optimize, tuple(sys.path[1:])


def install() -> KeptCode | None:
    """Let modules be loaded from the kept code from now on; None where there is none, and none shall be."""
    origin, cached = __spec__.origin, __spec__.cached  # cached: where Python keeps the compiled form of this module
    frozen = getattr(sys, "frozen", False)
    if not origin or not cached or (not frozen and ("PYTHONPATH" in os.environ or sys.gettrace() is not None)):
        return None
    finder = KeptCode(f"{os.path.splitext(cached)[0]}.code", os.path.dirname(os.path.dirname(origin)))
    sys.meta_path.insert(0, finder)
    return finder
