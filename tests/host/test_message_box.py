"""Messages without Qt: by what each desktop has, with the text as a text and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from harmony_desktop.host.message_box import show_message

TITLE, TEXT = "Harmony cannot open its window", '--help <b>$(rm -rf)</b> "quoted"'
SCREEN = {"DISPLAY": ":0"}


class Started:
    def __init__(self, fault: OSError | None = None) -> None:
        self.commands: list[list[str]] = []
        self.fault = fault

    def __call__(self, command: list[str]) -> None:
        if self.fault is not None:
            raise self.fault
        self.commands.append(command)


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (("zenity", "kdialog", "xmessage"), f"--text={TITLE}\n\n{TEXT}"),
        (("kdialog", "xmessage"), f'{TITLE}\n\n--help \u2039b\u203a$(rm -rf)\u2039/b\u203a "quoted"'),
        (("xmessage",), f"{TITLE}\n\n{TEXT}"),
    ],
)
def test_on_linux_the_first_program_that_is_there_shows_it(there: tuple[str, ...], expected: str) -> None:
    started = Started()
    assert show_message(
        TITLE,
        TEXT,
        platform="linux",
        environ=SCREEN,
        find=lambda name: f"/usr/bin/{name}" if name in there else None,
        start=started,
    )
    [command] = started.commands
    assert command[0] == f"/usr/bin/{there[0]}"
    assert command[-1] == expected


@pytest.mark.parametrize(("environ", "found"), [({}, "/usr/bin/zenity"), (SCREEN, None)])
def test_without_a_screen_or_a_program_there_is_none(environ: dict[str, str], found: str | None) -> None:
    started = Started()
    assert not show_message(TITLE, TEXT, platform="linux", environ=environ, find=lambda _name: found, start=started)
    assert not started.commands


def test_a_program_that_does_not_start_is_in_nobodys_way() -> None:
    broken = Started(PermissionError(13, "Permission denied"))
    assert not show_message(
        TITLE, TEXT, platform="linux", environ=SCREEN, find=lambda name: f"/usr/bin/{name}", start=broken
    )


def test_on_macos_the_text_is_an_argument_of_the_script() -> None:
    started = Started()
    assert show_message(TITLE, TEXT, platform="darwin", environ={}, start=started)
    [command] = started.commands
    assert command[0] == "/usr/bin/osascript"
    assert command[-3:] == [TITLE, TEXT, "OK"]
    assert TEXT not in command[2]


def test_on_windows_its_own_box_shows_it() -> None:
    shown: list[tuple[Any, ...]] = []

    class Windows:
        class user32:  # noqa: N801 - the library's name
            @staticmethod
            def MessageBoxW(*arguments: Any) -> int:  # noqa: N802 - the function's name
                shown.append(arguments)
                return 1

    assert show_message(TITLE, TEXT, platform="win32", environ={}, windows=Windows)
    assert shown == [(None, TEXT, TITLE, 0x00010010)]
