"""Named pipes of Windows speak through pywin32, whose errors are no OSErrors: here they become some."""

from __future__ import annotations

#: Numbers of Windows: ERROR_FILE_NOT_FOUND, ERROR_ACCESS_DENIED, ERROR_BROKEN_PIPE, ERROR_SEM_TIMEOUT.
_KINDS: dict[int, type[OSError]] = {
    2: FileNotFoundError,
    5: PermissionError,
    109: ConnectionResetError,
    121: TimeoutError,
}


def as_os_error(error: BaseException) -> OSError | None:
    """Return what an error of pywin32 is in Python's own words, or None for any other error.

    Args:
        error: Anything that a call over a pipe raised; pywin32's class is known by its module, for it exists on Windows
            only.
    """
    code = getattr(error, "winerror", None)
    if type(error).__module__ != "pywintypes" or not isinstance(code, int):
        return None
    words = str(getattr(error, "strerror", "") or error)
    return _KINDS.get(code, OSError)(code, words)
