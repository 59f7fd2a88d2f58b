"""``doctor --fix`` and ``--undo`` as their users call them, on a real engine: shown, done, proven, taken back."""

from __future__ import annotations

import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from tests.cli.panel import Panel
from tests.lab.ports import STACK_PORTS
from tests.lab.user import UID, OrdinaryUser

pytestmark = pytest.mark.lab

KEY = "harmony-link/harmony-user.key"
FLAGS = "text-generation-webui-harmonyai/CMD_FLAGS.txt"
SPEECH_ENV = "harmony-speech-engine/.env"


def findings(panel: Panel, **env: str) -> dict[str, dict[str, str]]:
    return {row["id"]: row for row in panel.json("doctor", check=False, env=env)}


def bad(panel: Panel) -> set[str]:
    return {name for name, row in findings(panel).items() if row["status"] == "fail"}


def snapshot(folder: Path) -> dict[str, tuple[int, bytes | None]]:
    """Every path of a stack folder with its mode and content; what the panel remembers itself is left out."""
    return {
        path.relative_to(folder).as_posix(): (
            stat.S_IMODE(path.stat().st_mode),
            path.read_bytes() if path.is_file() else None,
        )
        for path in folder.rglob("*")
        if path.relative_to(folder).parts[0] != ".harmony"
    }


def break_folder(folder: Path) -> None:
    """A folder in the place of a file, carriage returns, an empty token."""
    (folder / KEY).unlink()
    (folder / KEY).mkdir(mode=0o750)
    flags = folder / FLAGS
    flags.write_bytes(flags.read_bytes().replace(b"\n", b"\r\n"))
    flags.chmod(0o640)
    with (folder / SPEECH_ENV).open("ab") as file:
        file.write(b'HF_TOKEN=""  # none yet\n')


def test_what_is_broken_is_repaired_proven_and_taken_back_to_the_byte(panel: Panel, stack_folder: Path) -> None:
    break_folder(stack_folder)
    before = snapshot(stack_folder)
    assert bad(panel) == {"stack.file-mounts", "files.line-ends", "settings.hf-token"}

    said = panel("doctor", "--fix", "--yes")
    assert f"# rmdir {stack_folder / KEY}\n" in said.stdout
    assert "-HF_TOKEN=" in said.stdout
    assert "carriage returns" in said.stdout
    assert bad(panel) == set()
    assert (stack_folder / KEY).is_file()
    assert b"\r" not in (stack_folder / FLAGS).read_bytes()
    assert stat.S_IMODE((stack_folder / FLAGS).stat().st_mode) == 0o640
    (backup,) = (stack_folder / "harmony-speech-engine").glob(".env.before-repair-*")
    assert backup.read_bytes() == before[SPEECH_ENV][1]
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600

    assert "Nothing to repair" in panel("doctor", "--fix", "--yes").stderr
    panel("up", "--wait")
    assert set(panel.stages().values()) <= {"ready", "reachable"}
    panel("down")

    assert "As before" in panel("doctor", "--undo").stderr
    assert snapshot(stack_folder) == before
    assert panel("doctor", "--undo", check=False).returncode == 1, "there is nothing left to take back"


def test_nothing_is_written_before_somebody_agrees(panel: Panel, stack_folder: Path) -> None:
    break_folder(stack_folder)
    before = snapshot(stack_folder)
    assert "-HF_TOKEN=" in panel("doctor", "--fix", "--dry-run", check=False).stdout
    refused = panel("doctor", "--fix", check=False)
    assert refused.returncode == 1
    assert "--yes" in refused.stderr
    assert snapshot(stack_folder) == before


def test_one_repair_alone_can_be_asked_for(panel: Panel, stack_folder: Path) -> None:
    break_folder(stack_folder)
    panel("doctor", "--fix", "--yes", "--only", "settings.hf-token", check=False)
    assert bad(panel) == {"stack.file-mounts", "files.line-ends"}
    assert panel("doctor", "--fix", "--only", "no.such", check=False).returncode == 2
    assert panel("doctor", "--yes", check=False).returncode == 2


def test_a_held_port_is_moved_and_the_stack_starts(panel: Panel, stack_folder: Path) -> None:
    port = STACK_PORTS["HARMONY_SPEECH_UI_PORT"]
    with socket.create_server(("127.0.0.1", port)):
        assert bad(panel) == {"ports.free"}
        panel("doctor", "--fix", "--yes")
        assert bad(panel) == set()
        panel("up", "--wait")
    assert (stack_folder / ".env").read_text().count("HARMONY_SPEECH_UI_PORT=") == 2, "the comment stays"


def test_an_ordinary_user_opens_what_is_his_and_has_the_engine_hand_over_what_is_roots(
    panel: Panel, ordinary_user: OrdinaryUser, stack_ports_free: dict[str, int]
) -> None:
    """As after a start by hand on a fresh Linux: some folders are the user's, others the engine made as root's."""
    folder = ordinary_user.home / "Harmony"

    def run(*args: str) -> str:
        argv = [sys.executable, "-m", "harmony_desktop", *args]
        return ordinary_user.run(argv, check=False).stdout

    run("setup", "--yes", "--folder", str(folder))
    text = folder / "text-generation-webui-harmonyai"
    for name, owner in (("models", 0), ("logs", UID)):
        (text / name).chmod(0o755)
        os.chown(text / name, owner, owner)
    said = run("doctor")
    assert f"{text / 'models'} belongs to user 0" in said
    assert f"{text / 'logs'} belongs to user {UID}" in said

    said = run("doctor", "--fix", "--yes")
    assert "--network none --user 0:0 --read-only --cap-drop ALL --cap-add CHOWN" in said
    assert f"source={text / 'models'}," in said
    assert (text / "models").stat().st_uid == 6972
    assert stat.S_IMODE((text / "logs").stat().st_mode) == 0o777
    assert "ok       Mounted folders" in run("doctor")
    assert not [c for c in panel.lab.api.containers() if "hand-over" in str(c)], "its container is gone"
    run("up", "--wait")
    run("down")
    run("doctor", "--undo")
    assert stat.S_IMODE((text / "logs").stat().st_mode) == 0o755


@pytest.mark.parametrize("name", ["services.yml", "docker-compose.yml"])
def test_a_shipped_compose_file_that_is_gone_is_put_back(panel: Panel, stack_folder: Path, name: str) -> None:
    before = (stack_folder / name).read_bytes()
    (stack_folder / name).unlink()
    assert "stack.files" in bad(panel)
    said = panel("doctor", "--fix", "--yes", check=False)
    assert f"Make {name}" in said.stderr + said.stdout
    assert (stack_folder / name).read_bytes() == before
    assert "stack.files" not in bad(panel)
