"""The graphics cards, as NVIDIA's management library (NVML) reports them. Whatever it answers ends in a report.

Importing this module loads pynvml (18 ms): ``local.py`` does so when somebody asks, and nobody else should.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

import pynvml
from pynvml import NVMLError

from harmony_desktop.control.ports import Gpu, GpuReport
from harmony_desktop.host.pci import nvidia_devices
from harmony_desktop.stack.words import say

T = TypeVar("T")

NO_LIBRARY = "no-library"
NO_DRIVER = "no-driver"
VERSION_MISMATCH = "version-mismatch"
GPU_LOST = "gpu-lost"
ERROR = "error"

_RESTART = say("Restart the computer. Until then, Harmony can run on the processor.")
_REINSTALL = say("Restart the computer. If that does not help, install the NVIDIA driver again.")

_FAULTS = {
    pynvml.NVML_ERROR_DRIVER_NOT_LOADED: GpuReport(
        fault=NO_DRIVER, reason=say("The NVIDIA driver is installed, but it is not running"), advice=_REINSTALL
    ),
    pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH: GpuReport(
        fault=VERSION_MISMATCH,
        reason=say("The NVIDIA driver was updated, and the old one is still running"),
        advice=_RESTART,
    ),
    pynvml.NVML_ERROR_GPU_IS_LOST: GpuReport(
        fault=GPU_LOST, reason=say("The NVIDIA graphics card has stopped answering"), advice=_RESTART
    ),
    pynvml.NVML_ERROR_NO_PERMISSION: GpuReport(
        fault=ERROR,
        reason=say("You are not allowed to ask the NVIDIA driver"),
        advice="Check who may open /dev/nvidiactl; some systems ask for membership in the group video.",
    ),
}


def read_gpus() -> GpuReport:
    """Ask the driver for its cards. Never raises; may take a second, or hang with a broken driver: run it in a thread.

    One lost card does not hide the others: they are reported, together with the fault.
    """
    try:
        pynvml.nvmlInit()
    except NVMLError as error:
        return _fault(error)
    try:
        return _read()
    except NVMLError as error:
        return _fault(error)
    finally:
        _or(None, pynvml.nvmlShutdown)


def _read() -> GpuReport:
    """Read every card. Raises NVMLError when the driver refuses the whole question."""
    driver = _or("", pynvml.nvmlSystemGetDriverVersion)
    count = pynvml.nvmlDeviceGetCount()
    gpus: list[Gpu] = []
    faults: dict[int, NVMLError] = {}
    for index in range(count):
        try:
            gpus.append(_read_card(index))
        except NVMLError as error:
            faults[index] = error
    if faults:
        lost = any(error.value == pynvml.NVML_ERROR_GPU_IS_LOST for error in faults.values())
        what = (
            say("has stopped answering") if lost else say("cannot be read ({next})", next=next(iter(faults.values())))
        )
        return GpuReport(
            gpus=tuple(gpus),
            driver=driver,
            fault=GPU_LOST if lost else ERROR,
            reason=f"{_name_cards(tuple(faults), count)} {what}",
            advice="Restart the computer to get it back." if gpus else _RESTART,
        )
    if not gpus:
        return GpuReport(driver=driver, reason=say("The NVIDIA driver is there, but it sees no graphics card"))
    return GpuReport(gpus=tuple(gpus), driver=driver)


def _read_card(index: int) -> Gpu:
    """Read one card. Raises NVMLError where the card itself does not answer; what it merely lacks is left empty."""
    handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    major, minor = _lacking((0, 0), lambda: pynvml.nvmlDeviceGetCudaComputeCapability(handle))
    return Gpu(
        index=index,
        name=_lacking("", lambda: pynvml.nvmlDeviceGetName(handle)) or "NVIDIA graphics card",
        uuid=_lacking("", lambda: pynvml.nvmlDeviceGetUUID(handle)),
        # Cards that share the computer's memory have none of their own to report.
        memory=_lacking(0, lambda: int(pynvml.nvmlDeviceGetMemoryInfo(handle).total)),
        compute_capability=f"{major}.{minor}" if major else "",
    )


def _lacking(default: T, call: Callable[[], T]) -> T:
    """Return the answer, or the default where this card or driver has none. Raises NVMLError when the card is lost."""
    try:
        return call()
    except NVMLError as error:
        if error.value == pynvml.NVML_ERROR_GPU_IS_LOST:
            raise
        return default
    except UnicodeDecodeError:
        return default


def _or(default: T, call: Callable[[], T]) -> T:
    """Return the answer of a question that is not about a card, or the default."""
    try:
        return call()
    except (NVMLError, UnicodeDecodeError):
        return default


def _name_cards(indices: tuple[int, ...], count: int) -> str:
    if count == 1:
        return say("The NVIDIA graphics card")
    numbers = ", ".join(str(index) for index in indices)
    return say("NVIDIA graphics card {numbers} of {count} (counted from 0)", numbers=numbers, count=count)


def _fault(error: NVMLError) -> GpuReport:
    """Return what it means that NVML as a whole does not work."""
    if error.value == pynvml.NVML_ERROR_LIBRARY_NOT_FOUND:
        return _no_library()
    return _FAULTS.get(error.value) or GpuReport(
        fault=ERROR, reason=say("The NVIDIA driver reports an error: {error}", error=error), advice=_REINSTALL
    )


def _no_library() -> GpuReport:
    if sys.platform == "darwin":
        return GpuReport(fault=NO_LIBRARY, reason=say("NVIDIA graphics cards do not work with a Mac"))
    if nvidia_devices():
        return GpuReport(
            fault=NO_LIBRARY,
            reason=say("There is an NVIDIA graphics card in this computer, but no NVIDIA driver"),
            advice="Install the NVIDIA driver, then restart the computer.",
        )
    return GpuReport(fault=NO_LIBRARY, reason=say("No NVIDIA graphics card found, or no driver for one"))
