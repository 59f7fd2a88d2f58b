"""Recorded backups, for the gallery and the tests: nothing is read, and nothing is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harmony_desktop.control.backup_desk import BackupPhase, BackupState
from harmony_desktop.control.backups import (
    Change,
    Interrupted,
    Item,
    Missing,
    Part,
    PartSize,
    Restored,
    RestorePreview,
    SavedBackup,
    Step,
    Survey,
)
from harmony_desktop.control.config_files import Affected
from harmony_desktop.control.state import Problem
from harmony_desktop.control.store import Store

_HOME = Path("/home/you/Harmony")
_FILE = Path("/home/you/Documents/harmony-backup-2026-01-31-1204.zip")
_TEXT = "text-generation-webui-harmonyai"
_MISSING = Missing(
    f"{_TEXT}/characters/Kaiden.png",
    "it may not be read: it belongs to user 6972",
    f'This lets you read it: sudo setfacl -R -m u:"$(id -un)":rX {_HOME}/{_TEXT}/characters/Kaiden.png',
    Part.CHARACTERS,
)
_SURVEY = Survey(
    _HOME,
    (
        PartSize(Part.CONFIGURATION, 12, 22_315),
        PartSize(Part.CHARACTERS, 14, 3_460_000),
        PartSize(Part.VOICES, 31, 88_200_000),
        PartSize(Part.PROMPTS, 9, 5_120),
        PartSize(Part.ADAPTERS, 1, 187_000_000),
        PartSize(Part.DATA, 240, 12_800_000),
        PartSize(Part.MODELS, 6, 9_840_000_000),
    ),
)
_ITEMS = (
    Item(".env", Part.CONFIGURATION, Change.DIFFERS, 1380, 1366),
    Item("docker-compose.harmony.yml", Part.CONFIGURATION, Change.NEW, 312),
    Item("harmony-link/config.json", Part.CONFIGURATION, Change.DIFFERS, 2397, 2410),
    *(Item(f"configuration-{n}", Part.CONFIGURATION, Change.SAME, 900, 900) for n in range(9)),
    Item(f"{_TEXT}/characters/Kaiden.yaml", Part.CHARACTERS, Change.NEW, 2210),
    Item(f"{_TEXT}/characters/Zoë.yaml", Part.CHARACTERS, Change.NEW, 1840),
    Item(f"{_TEXT}/characters/Assistant.yaml", Part.CHARACTERS, Change.ONLY_HERE, 0, 274),
    Item("harmony-speech-engine/cache/kaiden.npy", Part.VOICES, Change.NEW, 88_000),
    Item("harmony-speech-engine/cache/old", Part.VOICES, Change.BLOCKED, 12, 0, "a link leads out of the folder there"),
)
_PREVIEW = RestorePreview(
    _FILE,
    _HOME,
    "2026-01-31T12:04:00+01:00",
    "0.1.0",
    "/home/you/Harmony",
    frozenset({Part.CONFIGURATION, Part.CHARACTERS, Part.VOICES}),
    _ITEMS,
)
_DIFFERENCE = """\
--- a/.env
+++ b/.env
@@ -3,4 +3,4 @@
 # Which hardware: docker-compose.yml (processor) or docker-compose.nvidia.yml (NVIDIA graphics card).
 # Files of your own that change or add something go behind it, with a : between (on Windows a ;).
-COMPOSE_FILE=docker-compose.yml
+COMPOSE_FILE=docker-compose.yml:docker-compose.harmony.yml
 # Who may reach the services: 127.0.0.1 is this computer alone, 0.0.0.0 everybody on your network.
"""
_RESTORED = Restored(
    _HOME,
    tuple(item.path for item in _PREVIEW.changes),
    _HOME / "before-restore-20260131-120911",
    (),
    Affected(("harmonyspeech-engine",), ("harmony-link",)),
)


def backup_states() -> dict[str, BackupState]:
    """Return what the dialogs of backups show."""
    return {
        "backup": BackupState(survey=_SURVEY),
        "backup-missing": BackupState(survey=replace(_SURVEY, missing=(_MISSING,))),
        "backup-saving": BackupState(BackupPhase.SAVING, Step.SAVING, 41_200_000, 91_700_000, survey=_SURVEY),
        "backup-saved": BackupState(
            survey=_SURVEY,
            saved=SavedBackup(_FILE, 88_400_000, 66, frozenset({Part.CONFIGURATION, Part.CHARACTERS, Part.VOICES})),
        ),
        "restore-reading": BackupState(BackupPhase.READING, Step.CHECKING, 62_000_000, 91_700_000),
        "restore": BackupState(preview=_PREVIEW, shown=".env", difference=_DIFFERENCE),
        "restore-done": BackupState(restored=_RESTORED, undoable=True),
        "restore-refused": BackupState(
            fault=Problem(
                "This backup is not safe to restore",
                "“../../.ssh/authorized_keys”: it leads out of the folder.",
                "No backup of Harmony Desktop is like that: it was made by something else, or changed. Nothing was "
                "changed here.",
            )
        ),
        "restore-interrupted": BackupState(interrupted=Interrupted(_FILE, _HOME, 3, 6)),
    }


class RecordedBackups:
    """Shows a recording; what is asked of it is written down.

    Args:
        calls: Where it is written down.
        state: What is shown.
    """

    def __init__(self, calls: list[tuple[object, ...]], state: BackupState) -> None:
        self._calls = calls
        self._store = Store(state)

    @property
    def store(self) -> Store[BackupState]:
        """The recorded state."""
        return self._store

    def look(self) -> None:
        """Nothing changes; the page asks by itself."""

    def survey(self) -> None:
        """Write it down."""
        self._calls.append(("survey_backup",))

    def save(self, file: str, parts: frozenset[Part], *, secrets: bool, incomplete: bool) -> None:
        """Write it down."""
        self._calls.append(("save_backup", file, parts, secrets, incomplete))

    def read(self, file: str, folder: str = "") -> None:
        """Write it down."""
        self._calls.append(("read_backup", file, folder))

    def show(self, path: str) -> None:
        """Show the recorded difference."""
        self._calls.append(("show_backup", path))
        shown = _DIFFERENCE if path == ".env" else ""
        self._store.set(replace(self._store.value, shown=path, difference=shown))

    def restore(self, chosen: frozenset[str]) -> None:
        """Write it down."""
        self._calls.append(("restore_backup", chosen))

    def undo(self) -> None:
        """Write it down."""
        self._calls.append(("undo_restore",))

    def cancel(self) -> None:
        """Write it down."""
        self._calls.append(("cancel_backup",))

    def dismiss(self) -> None:
        """Forget what was shown."""
        state = self._store.value
        self._store.set(BackupState(survey=state.survey, interrupted=state.interrupted, undoable=state.undoable))
