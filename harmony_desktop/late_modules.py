"""Modules that are loaded when something is first asked of them, rather than when they are imported.

The standard library and the Docker SDK import modules of which a short call of the command line uses nothing. After
:func:`loaded_later` an ``import`` of such a name yields a stand-in, which becomes the module itself, in place, with the
first attribute that is asked for. It is what :class:`importlib.util.LazyLoader` does, which in Python 3.11 shows a
second thread a module that is half loaded (CPython issue 114763); here a second thread waits.

A module is fit for it if nothing that it imports asks it for something while being imported: two threads could wait
for each other otherwise.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from threading import RLock
from types import ModuleType
from typing import Any

_lock = RLock()
_loading: set[str] = set()
#: What is asked without a use in mind: by the import system, to which a package has it from the beginning, and by
#: ``inspect``, with which PySide looks at the source of whatever is imported.
_ASKED_OF_ALL = frozenset({"__path__", "__wrapped__"})


class _LateModule(ModuleType):
    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401 - as below
        if not name.startswith("__"):
            spec = ModuleType.__getattribute__(self, "__spec__")
            if spec.name in _loading and spec.submodule_search_locations is None:
                with _lock:  # what stands there already may need what comes behind it; who loads it passes
                    pass
        return ModuleType.__getattribute__(self, name)  # its class may be another by now

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a module has
        content = self.__dict__
        spec = content["__spec__"]
        if name in _ASKED_OF_ALL:
            raise AttributeError(name)
        if spec.submodule_search_locations is not None and find_spec(f"{spec.name}.{name}") is not None:
            # Each part of a package can be had without the whole. Not under the lock: imports have their own.
            return import_module(f"{spec.name}.{name}")
        with _lock:
            if name not in content and type(self) is _LateModule and spec.name not in _loading:
                _loading.add(spec.name)
                try:
                    spec.loader.exec_module(self)
                    self.__class__ = ModuleType  # type: ignore[assignment] # the module from now on
                finally:
                    _loading.discard(spec.name)
        if name in content:
            return content[name]
        if type(self) is ModuleType:
            return getattr(self, name)  # the module may have a way of its own; else this tells what is wrong
        raise AttributeError(f"module {spec.name!r} has no attribute {name!r}", name=name, obj=self)

    def __dir__(self) -> list[str]:
        _ = getattr(self, "__all__", None)
        return dir(self) if type(self) is ModuleType else list(super().__dir__())


def loaded_later(*names: str) -> None:
    """Let modules wait for their first use; those that are loaded, or not installed, stay as they are."""
    for name in names:
        spec = find_spec(name) if name not in sys.modules else None
        if spec is not None and spec.loader is not None:
            module = module_from_spec(spec)
            module.__class__ = _LateModule
            sys.modules[name] = module
