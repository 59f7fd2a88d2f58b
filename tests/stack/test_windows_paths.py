"""Paths and variables as the official Compose has them on Windows.

The expected values are what docker-compose.exe 5.6.1 printed.
"""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest

from harmony_desktop.stack.interpolate import lookup_anyhow
from harmony_desktop.stack.paths import Paths

ENVIRON = {"USERPROFILE": "C:\\users\\root", "HOME": "/home/of/another/program"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("./data/x", r"Z:\stacks\a\data\x"),
        ("../up", r"Z:\stacks\up"),
        ("sub/../none.env", r"Z:\stacks\a\none.env"),
        (".\\b\\..\\c", r"Z:\stacks\a\c"),
        ("./n/", r"Z:\stacks\a\n"),
        ("C:/abs", "C:/abs"),
        ("c:\\abs\\..\\d", "c:\\abs\\..\\d"),
        ("\\\\server\\share\\d", "\\\\server\\share\\d"),
        ("~/h", r"C:\users\root\h"),
        ("~/../h", r"C:\users\h"),
        ("/unix/../x", "/unix/../x"),
    ],
)
def test_paths_below_a_folder_of_windows(written: str, meant: str) -> None:
    assert Paths(PureWindowsPath("Z:\\stacks\\a"), ENVIRON).absolute(written) == meant


def test_paths_of_a_network_drive() -> None:
    assert Paths(PureWindowsPath("//nas/share/a"), ENVIRON).absolute("../b") == r"\\nas\share\b"


def test_the_same_elsewhere() -> None:
    paths = Paths(PurePosixPath("/stacks/a"), {"HOME": "/home/you", "USERPROFILE": "C:\\users\\you"})
    assert paths.absolute("../up") == "/stacks/up"
    assert paths.absolute("~/h") == "/home/you/h"
    assert paths.absolute("C:\\x") == "C:\\x"


def test_variables_of_windows_have_no_case() -> None:
    environment = {"USERNAME": "root", "foo_x": "1", "FOO_Y": "2", "foo_y": "3"}
    lookup = lookup_anyhow(environment, "win32")
    assert [lookup(name) for name in ("UserName", "USERNAME", "FOO_X", "FOO_Y", "foo_y", "none")] == [
        *("root", "root", "1", "2", "3", None)
    ]
    assert lookup_anyhow(environment, "linux")("UserName") is None
