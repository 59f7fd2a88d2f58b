"""What only a frozen program (a bundle made by PyInstaller) has to do before anything else.

Its loader sets variables so that the bundle's own libraries are found, and starts the program again with them. They
would reach every program that the panel starts: a browser, ``pkexec`` or ``ssh`` would load the bundle's libraries
instead of the system's. The dynamic loader has read them by the time Python runs, so they can be taken back at once,
for all children alike: those of ``subprocess``, of asyncio, of Qt and of the libraries.
"""

from __future__ import annotations

from collections.abc import MutableMapping

#: Where the loader looks for libraries: Linux, macOS. What was there before is kept under the name with "_ORIG".
_LIBRARY_PATHS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_KEPT = "_ORIG"
#: What the loader tells itself; another bundle that the panel starts would take it for its own.
_LOADERS_OWN = "_PYI_"


def give_back_environment(environ: MutableMapping[str, str]) -> None:
    """Restore the environment that the program was started with.

    Args:
        environ: The environment, ``os.environ``; it is changed.
    """
    for name in _LIBRARY_PATHS:
        before = environ.pop(name + _KEPT, None)
        if before:
            environ[name] = before
        else:
            environ.pop(name, None)
    for name in [name for name in environ if name.startswith(_LOADERS_OWN)]:
        del environ[name]
