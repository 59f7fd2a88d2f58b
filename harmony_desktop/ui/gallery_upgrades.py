"""Recorded newer files, for the gallery and the tests: merged in memory, and never written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harmony_desktop import assets
from harmony_desktop.control.config_files import OpenFile, Syntax
from harmony_desktop.control.findings import Finding, Place, Severity
from harmony_desktop.control.merging import Choice, merge
from harmony_desktop.control.state import Problem
from harmony_desktop.control.store import Store
from harmony_desktop.control.upgrade_desk import Merging, UpgradeState
from harmony_desktop.control.upgrades import NewerFile, Refreshed, UpgradeLook, Versions

ROOT = Path("/home/you/Harmony")
FLAGS, CONFIG, ENV = "text-generation-webui-harmonyai/CMD_FLAGS.txt", "harmony-link/config.json", ".env"
_SYNTAX = {FLAGS: Syntax.FLAGS, CONFIG: Syntax.JSON, ENV: Syntax.DOTENV}
_NEWER = (
    "This folder was prepared by a newer Harmony (0.9). It is used as it is: this older one refreshes nothing in it."
)


def _versions(name: str, *, has_base: bool = True) -> Versions:
    """Return a file as it shipped, as the user has it, and as it ships now."""
    base = (assets.compose_dir() / name).read_text(encoding="utf-8")
    mine, new = base, base
    if name == FLAGS:
        mine, new = f"{base}--threads 6\n", f"# What ships now says more about the context.\n{base}--ctx-size 8192\n"
    elif name == CONFIG:
        mine = base.replace('"confirmevents": true', '"confirmevents": false').replace("12080", "12090")
        new = base.replace("12080", "12081", 1).replace('"character": "Assistant"', '"character": "Companion"')
    else:
        mine, new = f"{base}# mine\n", f"# Newer words above it all.\n{base}"
    opened = OpenFile(ROOT / name, name, _SYNTAX[name], mine, "1", "", new, new)
    return Versions(opened, base if has_base else None, new)


def _newer_file(name: str) -> NewerFile:
    versions = _versions(name)
    found = merge(versions.base, versions.opened.text, versions.new)
    return NewerFile(ROOT / name, name, len(found.conflicts), len(found.changes), found.has_base)


def _merging(name: str, *, has_base: bool = True) -> Merging:
    versions = _versions(name, has_base=has_base)
    return Merging(versions, merge(versions.base, versions.opened.text, versions.new), ("yours", "new"))


def upgrade_states() -> dict[str, UpgradeState]:
    """Return the recordings, as the gallery calls them."""
    three = UpgradeState(UpgradeLook(tuple(map(_newer_file, (ENV, CONFIG, FLAGS)))))
    updated = ("services.yml", "docker-compose.yml", "harmony-speech-engine/config.yml")
    merging = _merging(CONFIG)
    chosen = replace(merging, choices=dict.fromkeys(merging.merge.conflicts, Choice.NEW))
    return {
        "newer-files": three,
        "newer-brought": replace(
            three, refreshed=Refreshed(updated, ("harmony-link/new.json",), ("harmony-link/old.txt",))
        ),
        "newer-merge": replace(three, merging=merging),
        "newer-two": replace(three, merging=_merging(FLAGS, has_base=False)),
        "newer-chosen": replace(three, merging=replace(chosen, checked=chosen.text)),
        "newer-done": replace(three, look=UpgradeLook(three.look.files[:2], (FLAGS,)), done=FLAGS),
        "newer-folder": UpgradeState(UpgradeLook(newer=_NEWER)),
    }


class RecordedUpgrades:
    """Implements ``control.upgrade_desk.Upgrading``.

    Args:
        calls: Where what is asked for is written down.
        state: What is shown.
    """

    def __init__(self, calls: list[tuple[object, ...]], state: UpgradeState) -> None:
        self._calls = calls
        self._store = Store(state)

    @property
    def store(self) -> Store[UpgradeState]:
        """What there is to show."""
        return self._store

    def look(self) -> None:
        """Write it down."""
        self._calls.append(("look_for_newer",))

    def open(self, name: str) -> None:
        """Begin to merge a file."""
        self._calls.append(("merge", name))
        self._update(merging=_merging(name), done="", fault=None)

    def choose(self, number: int, choice: Choice) -> None:
        """Choose what becomes of a hunk."""
        now = self._store.value.merging
        if now is not None and now.written is None:
            self._put(replace(now, choices={**now.choices, number: choice}, turn=now.turn + 1))

    def write(self, text: str) -> None:
        """Take the editor's text."""
        now = self._store.value.merging
        if now is not None and text != now.text:
            self._put(replace(now, written=text))

    def begin_again(self) -> None:
        """Forget what was written."""
        now = self._store.value.merging
        if now is not None:
            self._put(replace(now, written=None, turn=now.turn + 1))

    def leave(self) -> None:
        """Put the merge away."""
        self._calls.append(("leave_merge",))
        self._update(merging=None)

    def save(self) -> None:
        """Write it down, and let the file be done."""
        now = self._store.value.merging
        if now is not None and not now.undecided:
            self._calls.append(("save_merge", now.versions.opened.name, now.text))
            self._done(now.versions.opened.name)

    def take_new(self, name: str) -> None:
        """Write it down, and let the file be done."""
        self._calls.append(("take_new", name))
        self._done(name)

    def keep_mine(self, name: str) -> None:
        """Write it down, and let the file be done."""
        self._calls.append(("keep_mine", name))
        self._done(name)

    def undo(self, name: str) -> None:
        """Write it down, and let the file be there again."""
        self._calls.append(("undo_merge", name))
        files = (*self._store.value.look.files, _newer_file(name))
        self._update(look=UpgradeLook(files), done="")

    def settle(self) -> None:
        """Forget what was told."""
        self._update(refreshed=Refreshed(), done="", fault=None)

    def fail(self, problem: Problem) -> None:
        """Show a fault, for tests."""
        self._update(fault=problem)

    def _done(self, name: str) -> None:
        files = tuple(file for file in self._store.value.look.files if file.name != name)
        self._update(look=UpgradeLook(files, (name,)), merging=None, done=name)

    def _put(self, merging: Merging) -> None:
        findings: tuple[Finding, ...] = ()
        text, path = merging.text, merging.versions.opened.path
        if "mistake" in text:
            start = text.index("mistake")
            findings = (Place(path, text, start, start + 7).finding(Severity.ERROR, "This is a mistake."),)
        self._update(merging=replace(merging, findings=findings, checked=text))

    def _update(self, **changes: object) -> None:
        self._store.set(replace(self._store.value, **changes))  # type: ignore[arg-type] # the fields of UpgradeState
