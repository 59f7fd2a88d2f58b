"""Graphics cards on the bus: tells a missing card from a missing driver (Linux only; elsewhere nothing is known)."""

from __future__ import annotations

from pathlib import Path

_NVIDIA = "0x10de"
#: PCI class of display controllers (the upper byte of the class code).
_DISPLAY = "0x03"
_DEVICES = Path("/sys/bus/pci/devices")


def nvidia_devices(devices: Path = _DEVICES) -> tuple[str, ...]:
    """Return the bus addresses of NVIDIA display controllers; empty where the kernel does not list them."""
    try:
        entries = sorted(devices.iterdir())
    except OSError:
        return ()
    return tuple(
        entry.name
        for entry in entries
        if _read(entry / "vendor") == _NVIDIA and _read(entry / "class").startswith(_DISPLAY)
    )


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
