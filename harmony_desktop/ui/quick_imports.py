"""Keeps Qt's bindings from reading the source of every module that is imported after them."""

from __future__ import annotations

import sys

_FEATURE = "shibokensupport.feature"
_LOOK = "_mod_uses_pyside"


def spare_sources() -> None:
    """Tell PySide6 that no module selects one of its features (``from __feature__ import snake_case``), as none does.

    It finds out by reading each module's source through ``inspect``, which costs a tenth of the first paint and 8 MB:
    all sources stay in ``linecache``. Call it behind the first import of PySide6. Where a release does it otherwise,
    nothing happens.
    """
    feature = sys.modules.get(_FEATURE)
    if feature is not None and callable(getattr(feature, _LOOK, None)):
        vars(feature)[_LOOK] = _uses_none


def _uses_none(_module: object) -> bool:
    return False
