"""``restore``: a backup into a folder, new or in use: shown first, written file by file, and taken back with --undo."""

from __future__ import annotations

import argparse
import asyncio
import json
from contextlib import AbstractAsyncContextManager
from fnmatch import fnmatchcase
from pathlib import Path

from harmony_desktop.cli.backup import keeper_of, tell_missing
from harmony_desktop.cli.byte_line import in_thread
from harmony_desktop.cli.environment import Environment
from harmony_desktop.cli.questions import Questions
from harmony_desktop.control.backups import MADE, BackupKeeper, Change, Item, Part, Restored, RestorePreview
from harmony_desktop.control.locking import at_work
from harmony_desktop.control.stopping import StoppedError
from harmony_desktop.stack.errors import HarmonyError

#: So many different reasons are told with an error.
_REASONS = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.epilog = (
        "What is replaced is kept in a folder “before-restore-…” beside the files; what is only in the folder stays. "
        "A restore that was interrupted is finished by the same call, or taken back with --undo."
    )
    parser.add_argument("archive", metavar="FILE", nargs="?", help="the backup")
    parser.add_argument("--folder", metavar="DIR", help="where to (default: the stack folder in use, else ~/Harmony)")
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, write nothing")
    parser.add_argument("--diff", action="store_true", help="show the differences of texts, too")
    parser.add_argument(
        "--only",
        metavar="WHAT",
        action="append",
        default=[],
        help="parts or paths, by commas; * stands for anything (repeatable)",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--undo", action="store_true", help="take back the last restore, as far as it is unchanged")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how the result is printed")


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Show what would be done, do it when that is wanted, and say what is left to do."""
    if (arguments.archive is None) is not arguments.undo:
        raise _UsageError("Name the backup, or say --undo", advice="harmony-desktop restore FILE")
    keeper = keeper_of(environment)
    folder = await asyncio.to_thread(_folder, arguments, environment)
    if arguments.undo:
        return await _undo(keeper, folder, environment)
    file = Path(arguments.archive)
    preview = await in_thread(
        environment.err, lambda progress, stop: keeper.preview(file, folder, progress=progress, stop=stop)
    )
    chosen = _chosen(preview, arguments.only)
    if arguments.format == "text" or not arguments.dry_run:
        await _show(arguments, environment, keeper, preview, chosen)
    if arguments.dry_run:
        if arguments.format == "json":
            _print(environment, _preview_row(preview, chosen))
        environment.err.write("Nothing was done (--dry-run).\n")
        return 0
    refused = _refused(preview, arguments.only)
    if not chosen:
        if arguments.format == "json":
            _print(environment, _row(Restored(preview.folder), refused))
        if refused:
            raise _nothing_restored(refused)
        environment.err.write("Nothing to restore: all of it is there already.\n")
        return 0
    if not arguments.yes:
        questions = Questions(environment.err, yes=False)
        if not await questions.whether(f"Restore {len(chosen)} files into {preview.folder}?", usual=False):
            raise HarmonyError("Nothing was changed", cause="The answer was no.")
    restored = await _restore(environment, keeper, preview, chosen)
    _tell(environment, restored, refused)
    if arguments.format == "json":
        _print(environment, _row(restored, refused))
    else:
        environment.out.write(f"{restored.folder}\n")
    return 0


def _folder(arguments: argparse.Namespace, environment: Environment) -> Path:
    named = arguments.folder or arguments.project_directory or environment.folder().location()
    return Path(named) if named else environment.default_folder()


class _UsageError(HarmonyError):
    """Options that do not go together."""

    exit_status = 2


def _chosen(preview: RestorePreview, only: list[str]) -> frozenset[str]:
    """Return the paths to be written. Raises HarmonyError for a word that stands for nothing."""
    words = _words(only)
    parts = {part.value for part in preview.parts}
    for word in words:
        if word not in parts and not any(fnmatchcase(item.path, word) for item in preview.items):
            raise _UsageError(
                f"The backup has no “{word}”",
                advice=f"Its parts: {', '.join(part.value for part in Part if part in preview.parts)}.",
            )
    return frozenset(item.path for item in preview.changes if _is_meant(item, words))


def _refused(preview: RestorePreview, only: list[str]) -> tuple[Item, ...]:
    """Return what is wanted and cannot be written."""
    words = _words(only)
    return tuple(item for item in preview.items if item.change is Change.BLOCKED and _is_meant(item, words))


def _words(only: list[str]) -> list[str]:
    return [word.strip() for given in only for word in given.split(",") if word.strip()]


def _is_meant(item: Item, words: list[str]) -> bool:
    return not words or any(word == item.part.value or fnmatchcase(item.path, word) for word in words)


def _nothing_restored(refused: tuple[Item, ...]) -> HarmonyError:
    reasons = tuple(dict.fromkeys(item.reason for item in refused))
    more = f"\nThere are {len(reasons) - _REASONS} further reasons." if len(reasons) > _REASONS else ""
    return HarmonyError(
        "Nothing could be restored",
        cause=f"{_left_out(refused)}: " + "\n".join(reasons[:_REASONS]) + more,
        advice="Mend that, or name another folder with --folder; then try again.",
    )


def _left_out(refused: tuple[Item, ...]) -> str:
    return "1 file is left out" if len(refused) == 1 else f"{len(refused)} files are left out"


async def _restore(
    environment: Environment, keeper: BackupKeeper, preview: RestorePreview, chosen: frozenset[str]
) -> Restored:
    err = environment.err
    async with _locked(environment, preview.folder):
        try:
            return await in_thread(err, lambda progress, stop: keeper.restore(preview, chosen, progress, stop))
        except (HarmonyError, StoppedError, asyncio.CancelledError):
            left = await asyncio.to_thread(keeper.interrupted, preview.folder)
            if left is not None:
                err.write(
                    f"{left.done} of {left.total} files were written. The same call finishes it; "
                    f"harmony-desktop restore --undo --folder '{preview.folder}' takes it back.\n"
                )
            raise


def _locked(environment: Environment, folder: Path) -> AbstractAsyncContextManager[bool]:
    """Let no other call of the panel change the stack meanwhile."""

    def note(words: str) -> None:
        environment.err.write(f"{words}\n")

    def warn(words: str) -> None:
        environment.err.write(f"Warning: {words}\n")

    return at_work(environment.tools().locks, folder, "restore", clock=environment.clock, note=note, warn=warn)


async def _undo(keeper: BackupKeeper, folder: Path, environment: Environment) -> int:
    err = environment.err
    async with _locked(environment, folder):
        undone = await asyncio.to_thread(keeper.undo, folder)
    for path in undone.restored:
        environment.out.write(f"As before: {path}\n")
    for words in undone.kept:
        err.write(f"Kept: {words}\n")
    return 0


async def _show(
    arguments: argparse.Namespace,
    environment: Environment,
    keeper: BackupKeeper,
    preview: RestorePreview,
    chosen: frozenset[str],
) -> None:
    """Write what would be done: to stdout where that is the result, else beside it."""
    out = environment.out if arguments.dry_run and arguments.format == "text" else environment.err
    out.write(f"Backup of {preview.origin}, made {preview.made} by version {preview.version}\n")
    out.write(f"Into {preview.folder}\n")
    for item in preview.items:
        if item.change is Change.SAME:
            continue
        mark = {Change.NEW: "new", Change.DIFFERS: "differs", Change.ONLY_HERE: "only here, stays"}.get(
            item.change, f"left out: {item.reason}"
        )
        if item.change in MADE and item.path not in chosen:
            mark += ", not chosen"
        out.write(f"  {item.path}  ({mark})\n")
        if arguments.diff and item.path in chosen:
            shown = await asyncio.to_thread(keeper.difference, preview, item.path)
            out.write(environment.mask(shown))
    if same := preview.count(Change.SAME):
        out.write("1 file is the same already.\n" if same == 1 else f"{same} files are the same already.\n")
    out.flush()
    tell_missing(environment, preview.missing)
    for words in preview.notes:
        environment.err.write(f"Note: {words}\n")


def _tell(environment: Environment, restored: Restored, refused: tuple[Item, ...]) -> None:
    err = environment.err
    for words in restored.notes:
        err.write(f"Note: {words}\n")
    if restored.kept is not None:
        err.write(f"What was there before is kept in {restored.kept}\n")
    elif restored.journal is not None:
        err.write(f"What --undo needs is in {restored.journal}\n")
    if restored.remembered:
        err.write(f"{restored.folder} is the panel’s stack folder now.\n")
    again = restored.affected
    if again.services:
        err.write("Services that are running go on with the old files until they are started again:\n")
        err.write(f"  harmony-desktop up {' '.join(again.anew)}\n" if again.anew else "")
        err.write(f"  harmony-desktop restart {' '.join(again.restarted)}\n" if again.restarted else "")
    err.write(f"Restored: {len(restored.written)} files\n")
    if refused:
        err.write(f"Warning: {_left_out(refused)}; the reasons stand above.\n")


def _print(environment: Environment, row: dict[str, object]) -> None:
    environment.out.write(json.dumps(row, indent=2, ensure_ascii=False) + "\n")


def _preview_row(preview: RestorePreview, chosen: frozenset[str]) -> dict[str, object]:
    return {
        "file": str(preview.file),
        "folder": str(preview.folder),
        "made": preview.made,
        "version": preview.version,
        "origin": preview.origin,
        "parts": [part.value for part in Part if part in preview.parts],
        "items": [
            {
                "path": item.path,
                "part": item.part.value,
                "change": item.change.value,
                "size": item.size,
                "chosen": item.path in chosen,
                "reason": item.reason,
            }
            for item in preview.items
        ],
        "missing": [{"path": each.path, "reason": each.reason} for each in preview.missing],
        "notes": list(preview.notes),
    }


def _row(restored: Restored, refused: tuple[Item, ...]) -> dict[str, object]:
    return {
        "folder": str(restored.folder),
        "written": list(restored.written),
        "kept": "" if restored.kept is None else str(restored.kept),
        "left_out": [{"path": item.path, "part": item.part.value, "reason": item.reason} for item in refused],
        "notes": list(restored.notes),
        "affected": {"anew": list(restored.affected.anew), "restarted": list(restored.affected.restarted)},
        "remembered": restored.remembered,
    }
