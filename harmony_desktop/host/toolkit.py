"""What this machine has of the NVIDIA Container Toolkit, and which Linux it is: for the advice on what is missing."""

from __future__ import annotations

import platform
import shutil
import sys

_PROGRAMS = ("nvidia-ctk", "nvidia-container-runtime-hook", "nvidia-container-runtime", "nvidia-container-cli")
#: Programs of the system that a desktop's short PATH may leave out.
_PLACES = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def nvidia_toolkit() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the toolkit's programs that are here, and the distribution with those that it is like; never raises."""
    if sys.platform != "linux":
        return (), ()
    programs = tuple(name for name in _PROGRAMS if shutil.which(name) or shutil.which(name, path=_PLACES))
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return programs, ()
    return programs, tuple(part for part in (release.get("ID", ""), *release.get("ID_LIKE", "").split()) if part)
