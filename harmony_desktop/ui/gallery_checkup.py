"""Recorded check-ups, for the gallery and the tests: nothing is looked at, and nothing is repaired."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harmony_desktop.control.checkup_state import CheckupPhase, CheckupState, RepairPreview
from harmony_desktop.control.doctor import Finding, FindingStatus, Group
from harmony_desktop.control.repairs import AddLines, Repair
from harmony_desktop.control.state import Problem
from harmony_desktop.control.store import Store

_OK, _HINT, _FAIL, _UNKNOWN = FindingStatus.OK, FindingStatus.HINT, FindingStatus.FAIL, FindingStatus.UNKNOWN
_HOME = "/home/you/Harmony"


def _repair(check: str, label: str) -> Repair:
    return Repair(check, label, (AddLines(Path(_HOME, ".env")),))


_FINE = (
    Finding("engine.reachable", "Docker engine", _OK, "Version 28.5.2 (context default).", "", Group.ENGINE),
    Finding("engine.clock", "Clock of the engine", _OK, "It agrees with this computer’s.", "", Group.ENGINE),
    Finding("gpu.driver", "Graphics card and driver", _OK, "NVIDIA GeForce RTX 4070, driver 570.86.", "", Group.CARD),
    Finding(
        "engine.cores",
        "Processor cores",
        _HINT,
        "Docker has 6; 8 are recommended.",
        "It works with fewer, but answers take longer: choose small models.",
        Group.ROOM,
    ),
    Finding(
        "disk.space", "Disk of the stack folder", _OK, f"212.4 GB are free on the disk of {_HOME}.", "", Group.ROOM
    ),
    Finding(
        "disk.engine",
        "Disk of the engine",
        _UNKNOWN,
        "The engine’s disk cannot be seen from here: the engine runs on another machine, or in a virtual one.",
        "",
        Group.ROOM,
    ),
)
_PORTS = Finding("ports.free", "Published ports", _OK, "5000, 7860, 8080, 12080, 28080, 28081", "", Group.PORTS)
_FILES = Finding("stack.files", "Compose files", _OK, f"{_HOME}/docker-compose.yml", "", Group.FOLDER)
_TOKEN = Finding("settings.hf-token", "Token of the model hub", _OK, "None is empty.", "", Group.SETTINGS)


def fine() -> CheckupState:
    """Nothing needs attention."""
    return CheckupState((*_FINE, _PORTS, _FILES, _TOKEN))


def troubled() -> CheckupState:
    """Several things need attention; most can be repaired, and an earlier repair can be taken back."""
    return CheckupState(
        (
            *_FINE,
            replace(
                _PORTS,
                status=_FAIL,
                cause="Speech UI publishes port 8080, which is held by the container blog-web-1 of the project blog.",
                advice=f"End what holds it, or give the service another port: see {_HOME}/.env and the compose files.",
                repair=_repair("ports.free", "Published ports"),
            ),
            _FILES,
            Finding(
                "stack.file-mounts",
                "Mounted files",
                _FAIL,
                f"{_HOME}/harmony-link/harmony-user.key is an empty folder, and Harmony Link expects a file.",
                "It can be repaired: the file is made, in the place of an empty folder if there is one.",
                Group.FOLDER,
                _repair("stack.file-mounts", "Mounted files"),
            ),
            Finding(
                "files.json",
                "JSON files",
                _FAIL,
                f"{_HOME}/harmony-link/config.json:14:5: Expecting ',' delimiter.",
                "Correct it there, or take the file that ships: the one of a fresh stack folder.",
                Group.FOLDER,
            ),
            replace(
                _TOKEN,
                status=_FAIL,
                cause="HF_TOKEN in harmony-speech-engine/.env is empty.",
                advice="Leave the line out, or write your token behind it: with an empty one downloads fail.",
                repair=_repair("settings.hf-token", "Token of the model hub"),
            ),
        ),
        undoable=True,
    )


def checking() -> CheckupState:
    """Half-way through the first check-up."""
    return CheckupState(phase=CheckupPhase.CHECKING, done=14, total=35)


def previewed() -> CheckupState:
    """A repair is shown."""
    diff = (
        "--- .env\n+++ .env\n@@ -17,2 +17,3 @@\n #HARMONY_SPEECH_UI_PORT=8080\n+HARMONY_SPEECH_UI_PORT=8081\n \n"
        "--- harmony-speech-engine/.env\n+++ harmony-speech-engine/.env\n@@ -10,3 +10,2 @@\n"
        " # makes downloads fail.\n #HF_TOKEN=\n-HF_TOKEN=\n"
    )
    preview = RepairPreview(
        ("Use other ports: HARMONY_SPEECH_UI_PORT=8081", "Make harmony-link/harmony-user.key", "Take HF_TOKEN out"),
        (f"rmdir {_HOME}/harmony-link/harmony-user.key", "make the empty file harmony-link/harmony-user.key"),
        diff,
    )
    return replace(troubled(), phase=CheckupPhase.SHOWING, preview=preview)


def repaired() -> CheckupState:
    """After a repair."""
    told = ("Take HF_TOKEN out", f"Backup: {_HOME}/harmony-speech-engine/.env.before-repair-20260131-120455")
    return replace(fine(), told=told, undoable=True)


def refused() -> CheckupState:
    """A repair that could not be done."""
    fault = Problem(
        "The repair could not be done",
        f"{_HOME}/harmony-link/config.json: Permission denied",
        "Make room or ask for access, then try again. What was changed already can be undone.",
    )
    return replace(troubled(), fault=fault)


def checkup_states() -> dict[str, CheckupState]:
    """Return all recordings by name."""
    return {
        "checkup-fine": fine(),
        "checkup-trouble": troubled(),
        "checkup-running": checking(),
        "checkup-preview": previewed(),
        "checkup-repaired": repaired(),
        "checkup-refused": refused(),
    }


class RecordedCheckup:
    """Implements ``control.checkup_state.CheckingUp``.

    Args:
        calls: Where what is asked for is written down.
        shown: What it shows.
    """

    def __init__(self, calls: list[tuple[object, ...]], shown: CheckupState) -> None:
        self._calls = calls
        self._store = Store(shown)

    @property
    def store(self) -> Store[CheckupState]:
        """The recorded check-up."""
        return self._store

    def check(self) -> None:
        """Write it down."""
        self._calls.append(("check_up",))

    def cancel(self) -> None:
        """Put the preview away."""
        self._calls.append(("cancel_check_up",))
        self._store.set(replace(self._store.value, phase=CheckupPhase.RESTING, preview=None))

    def preview(self, checks: tuple[str, ...]) -> None:
        """Show the recorded preview."""
        self._calls.append(("preview_repairs", checks))
        self._store.set(previewed())

    def mend(self) -> None:
        """Show the recorded result."""
        self._calls.append(("mend",))
        self._store.set(repaired())

    def undo(self) -> None:
        """Show the trouble again."""
        self._calls.append(("undo_repair",))
        self._store.set(troubled())

    def watch(self, watched: bool) -> None:
        """Write it down."""
        self._calls.append(("watch_check_up", watched))
