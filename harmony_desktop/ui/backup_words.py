"""What there is to say of backups: their parts, how far they are, what a restore means."""

from __future__ import annotations

from datetime import datetime

from harmony_desktop.control.backup_desk import BackupState
from harmony_desktop.control.backups import Change, Item, Missing, Part, PartSize, RestorePreview, Step
from harmony_desktop.ui.i18n import told, tr, trn
from harmony_desktop.ui.wording import day, size, transferred

#: Names of missing files that are shown; more of them tell nobody anything.
_SHOWN = 6


def part_title(part: Part) -> str:
    """Return what a part is called."""
    return {
        Part.CONFIGURATION: tr("Configuration"),
        Part.CHARACTERS: tr("Characters"),
        Part.VOICES: tr("Voices"),
        Part.PROMPTS: tr("Prompts and presets"),
        Part.ADAPTERS: tr("LoRAs and training data"),
        Part.DATA: tr("Other data of the services"),
        Part.MODELS: tr("Models"),
    }[part]


def part_text(part: Part) -> str:
    """Return what is in a part, "" where its name says it."""
    return {
        Part.CONFIGURATION: tr("Compose files, ports, settings of each service, the key of Harmony Link"),
        Part.DATA: tr("Logs, caches, and what they put down on the way"),
        Part.MODELS: tr("They can be downloaded again"),
    }.get(part, "")


def amount(part: PartSize) -> str:
    """Return how much a part holds."""
    if not part.files:
        return tr("nothing yet")
    return trn("one file, {size}", "{n} files, {size}", part.files, size=size(part.size))


def doing(state: BackupState) -> str:
    """Return what is being done."""
    if state.cancelling:
        return tr("Cancelling…")
    if state.note:
        return told(state.note)
    words = {
        Step.LOOKING: tr("Looking at the folder…"),
        Step.SAVING: tr("Saving…"),
        Step.CHECKING: tr("Reading the backup and checking it…"),
        Step.COMPARING: tr("Comparing it with the folder…"),
        Step.WRITING: tr("Restoring…"),
    }[state.step]
    return f"{words} {transferred(state.done, state.total)}" if state.total else words


def missing_words(missing: tuple[Missing, ...]) -> str:
    """Return what is not in a backup, and what helps."""
    lines = [
        " ".join(part for part in (f"{each.path}: {told(each.reason)}.", told(each.advice)) if part)
        for each in missing[:_SHOWN]
    ]
    if len(missing) > _SHOWN:
        lines.append(trn("And one more.", "And {n} more.", len(missing) - _SHOWN))
    return "\n".join(lines)


def made_words(preview: RestorePreview) -> str:
    """Return of what a backup was made, and when."""
    try:
        moment = day(datetime.fromisoformat(preview.made))
    except ValueError:
        moment = preview.made
    return tr("Of {folder}, made on {day} by version {version}.", folder=preview.origin, day=moment,
              version=preview.version)  # fmt: skip


def counts(preview: RestorePreview) -> str:
    """Return how many files are new, different, the same, only in the folder."""
    new, differs = preview.count(Change.NEW), preview.count(Change.DIFFERS)
    same, only = preview.count(Change.SAME), preview.count(Change.ONLY_HERE)
    parts = [
        trn("One file is new", "{n} files are new", new) if new else "",
        trn("one differs", "{n} differ", differs) if differs else "",
        trn("one is the same already", "{n} are the same already", same) if same else "",
        trn("one is only in the folder, and stays", "{n} are only in the folder, and stay", only) if only else "",
    ]
    words = ", ".join(part for part in parts if part)
    return f"{words[:1].upper()}{words[1:]}." if words else tr("The backup holds no files.")


def change_word(item: Item) -> str:
    """Return what a restore means for a file."""
    return {
        Change.NEW: tr("new"),
        Change.SAME: tr("the same"),
        Change.DIFFERS: tr("differs"),
        Change.ONLY_HERE: tr("only here, stays"),
        Change.BLOCKED: tr("left out"),
    }[item.change]
