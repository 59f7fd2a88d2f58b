"""From exit codes and log lines to plain causes. A table, tried from top to bottom."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A cause in plain words, and what to do about it (or "")."""

    cause: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class _Sign:
    pattern: re.Pattern[str]
    diagnosis: Diagnosis


def _sign(pattern: str, cause: str, advice: str) -> _Sign:
    return _Sign(re.compile(pattern, re.IGNORECASE), Diagnosis(cause, advice))


#: Lines that tell a cause better than an exit code does, the most telling first.
_SIGNS = (
    _sign(
        r"cuda(?: error)?:? out of memory|CUDA_ERROR_OUT_OF_MEMORY|torch\.(?:cuda\.)?OutOfMemoryError",
        "the graphics card ran out of memory",
        "Choose a smaller model or a shorter context, or close what else uses the card.",
    ),
    _sign(
        r"no kernel image is available for execution on the device",
        "the image was not built for this graphics card",
        "Update the image; until there is one for this card, use the CPU profile.",
    ),
    _sign(
        r"Failed to initialize NVML",
        "the container has lost the graphics card",
        "Restart the service; if that does not help, restart the computer.",
    ),
    _sign(
        r"driver/library version mismatch",
        "the NVIDIA driver was updated while the computer ran",
        "Restart the computer.",
    ),
    _sign(
        r"could not select device driver",
        "Docker cannot hand a graphics card to it",
        "Install the NVIDIA Container Toolkit, or choose the processor on the Hardware page.",
    ),
    _sign(
        r"address already in use|port is already allocated|EADDRINUSE",
        "its port is in use",
        "Stop what holds the port, or choose another one in the stack's .env.",
    ),
    _sign(
        r"no space left on device|ENOSPC",
        "the disk is full",
        "Free some space on the disk that Docker uses.",
    ),
    _sign(
        r"permission denied|EACCES|PermissionError",
        "it may not write to one of its folders",
        "Give the folder to the user that the service runs as.",
    ),
    _sign(
        r"(?:model|checkpoint|\.gguf|\.safetensors).{0,80}(?:not found|does not exist|no such file)",
        "a model that it needs is not there",
        "Put the model into its folder, or name another one.",
    ),
)

_EXIT_CODES = {
    125: Diagnosis("the engine could not run it"),
    126: Diagnosis("its start command may not be executed", "Check the command of the service, and its image."),
    127: Diagnosis("its start command was not found", "Check the command of the service, and its image."),
    132: Diagnosis("it uses instructions that this processor lacks", "Use an image that was built for this processor."),
    134: Diagnosis("it gave up (abort)"),
    137: Diagnosis("it was killed from outside"),
    139: Diagnosis("it crashed (segmentation fault)"),
}


def diagnose(
    exit_code: int | None, *, oom_killed: bool = False, error: str = "", lines: Sequence[str] = ()
) -> Diagnosis:
    """Return why a service ended.

    Args:
        exit_code: The container's exit code, None where it never ran.
        oom_killed: The kernel ended it for want of memory.
        error: The engine's own words, for a container that could not start.
        lines: The last lines of its log, the oldest first.
    """
    if oom_killed:
        return Diagnosis(
            "it ran out of memory",
            "Choose smaller models, or give Docker more memory.",
        )
    for line in reversed((*lines, error)):
        for sign in _SIGNS:
            if sign.pattern.search(line):
                return sign.diagnosis
    if error:
        return Diagnosis(error)
    if exit_code is None:
        return Diagnosis("it could not start")
    return _EXIT_CODES.get(exit_code, Diagnosis("it ended with an error"))
