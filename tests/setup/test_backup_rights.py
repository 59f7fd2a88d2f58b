"""What is said to those who may not read or write a file: nothing that opens it to everybody."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from harmony_desktop.setup import backup_rights
from harmony_desktop.setup.backup_preview import obstacle
from harmony_desktop.setup.backup_rights import opening_command

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX systems")


class _Drive(NamedTuple):
    """What a test says of the drive."""

    f_flag: int


@pytest.mark.parametrize(
    ("tool", "command"),
    [("/usr/bin/setfacl", 'sudo setfacl -R -m u:"$(id -un)":rwX '), (None, 'sudo chown "$(id -un)" ')],
)
def test_what_is_somebody_elses_is_opened_to_the_user_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: str | None, command: str
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: tool)
    monkeypatch.setattr(backup_rights, "_is_own", lambda _place: False)
    place = tmp_path / "a folder"
    assert opening_command(place, "rwX") == f"{command}'{place}'"


def test_what_is_the_users_own_needs_no_administrator(tmp_path: Path) -> None:
    assert opening_command(tmp_path, "rX") == f"chmod -R u+rX {tmp_path}"


def test_no_permission_helps_on_a_drive_that_is_mounted_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harmony_desktop.setup.backup_preview.may", lambda _place, _what: False)
    monkeypatch.setattr(os, "statvfs", lambda _place: _Drive(os.ST_RDONLY))
    assert obstacle(tmp_path, "new.yml") == "the drive is mounted read-only"
