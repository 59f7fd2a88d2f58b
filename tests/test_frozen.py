"""What a bundle's loader leaves in the environment does not reach the programs that the panel starts."""

from __future__ import annotations

import pytest

from harmony_desktop.frozen import give_back_environment

LOADER = {
    "_PYI_APPLICATION_HOME_DIR": "/usr/lib/harmony-desktop/_internal",
    "_PYI_ARCHIVE_FILE": "/usr/lib/harmony-desktop/harmony-desktop",
    "_PYI_PARENT_PROCESS_LEVEL": "0",
}
INSIDE = "/usr/lib/harmony-desktop/_internal"


@pytest.mark.parametrize("name", ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"])
@pytest.mark.parametrize(
    ("left", "given_back"),
    [
        ({"": INSIDE}, {}),
        ({"": f"{INSIDE}:/opt/cuda", "_ORIG": "/opt/cuda"}, {"": "/opt/cuda"}),
        ({"": INSIDE, "_ORIG": ""}, {}),
        ({}, {}),
    ],
)
def test_gives_back_what_was_there(name: str, left: dict[str, str], given_back: dict[str, str]) -> None:
    environ = {"HOME": "/home/ada", **LOADER, **{name + end: value for end, value in left.items()}}
    give_back_environment(environ)
    assert environ == {"HOME": "/home/ada", **{name + end: value for end, value in given_back.items()}}
