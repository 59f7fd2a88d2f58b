from __future__ import annotations

from pathlib import Path

from harmony_desktop.host.pci import nvidia_devices


def _device(folder: Path, address: str, vendor: str, kind: str) -> None:
    (folder / address).mkdir()
    (folder / address / "vendor").write_text(f"{vendor}\n")
    (folder / address / "class").write_text(f"{kind}\n")


def test_display_controllers_of_nvidia_are_found(tmp_path: Path) -> None:
    _device(tmp_path, "0000:01:00.0", "0x10de", "0x030000")
    _device(tmp_path, "0000:02:00.0", "0x10de", "0x030200")
    _device(tmp_path, "0000:01:00.1", "0x10de", "0x040300")  # the card's sound
    _device(tmp_path, "0000:00:02.0", "0x8086", "0x030000")
    (tmp_path / "0000:03:00.0").mkdir()  # nothing to read
    assert nvidia_devices(tmp_path) == ("0000:01:00.0", "0000:02:00.0")


def test_a_system_without_the_list_knows_nothing(tmp_path: Path) -> None:
    assert nvidia_devices(tmp_path / "missing") == ()
