"""``backup``: the configuration of a stack, and what else is wanted of its folder, in one file that was checked."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from harmony_desktop.cli.byte_line import in_thread
from harmony_desktop.cli.download_lines import megabytes
from harmony_desktop.cli.environment import Environment
from harmony_desktop.cli.parser import project_options
from harmony_desktop.cli.questions import Questions
from harmony_desktop.cli.table import print_table
from harmony_desktop.control.backups import USUAL, BackupKeeper, IncompleteError, Missing, Part, SavedBackup, Survey
from harmony_desktop.stack.errors import HarmonyError

#: Stands for all parts but the models.
_ALL = "all"
_OPTIONAL = tuple(part.value for part in Part if part is not Part.CONFIGURATION)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.epilog = (
        "A backup holds tokens, keys and passwords, unless --without-secrets leaves them out; only you may read it. "
        "Images are never in it, and models only when they are asked for: both can be fetched again."
    )
    parser.add_argument("archive", metavar="FILE", nargs="?", help="the backup; without one, what there is is listed")
    parser.add_argument(
        "--with",
        dest="parts",
        metavar="PARTS",
        action="append",
        default=[],
        help=f"besides the configuration, by commas: {', '.join(_OPTIONAL)}; {_ALL}: all but models",
    )
    parser.add_argument("--without-secrets", action="store_true", help="leave out tokens, keys and passwords")
    parser.add_argument("--incomplete", action="store_true", help="go on without files that cannot be read")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how the result is printed")


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Save what is wanted, or list what there is."""
    keeper = keeper_of(environment)
    folder = await asyncio.to_thread(folder_of, arguments, environment)
    parts = _parts(arguments.parts)
    if arguments.archive is None:
        survey = await in_thread(environment.err, lambda _, stop: keeper.survey(folder, stop))
        _print_survey(arguments, environment, survey)
        return 0
    file = Path(arguments.archive)

    async def save(*, incomplete: bool) -> SavedBackup:
        return await in_thread(
            environment.err,
            lambda progress, stop: keeper.save(
                folder,
                file,
                parts,
                secrets=not arguments.without_secrets,
                incomplete=incomplete,
                replace=arguments.force,
                progress=progress,
                stop=stop,
            ),
        )

    try:
        saved = await save(incomplete=arguments.incomplete)
    except IncompleteError as error:
        if not sys.stdin.isatty():
            raise
        tell_missing(environment, error.missing)
        if not await Questions(environment.err, yes=False).whether("Save it without them?", usual=False):
            raise
        saved = await save(incomplete=True)
    _tell(environment, saved, secrets=not arguments.without_secrets)
    if arguments.format == "json":
        environment.out.write(json.dumps(_row(saved), indent=2, ensure_ascii=False) + "\n")
    else:
        environment.out.write(f"{saved.file}\n")
    return 0


def keeper_of(environment: Environment) -> BackupKeeper:
    """Return who makes backups. Raises HarmonyError."""
    make = environment.tools().backups
    if make is None:
        raise HarmonyError("There is nobody here who makes backups")
    return make()


def folder_of(arguments: argparse.Namespace, environment: Environment) -> Path:
    """Return the folder that is meant, also where its files are wrong. Raises HarmonyError."""
    options = project_options(arguments)
    try:
        return environment.load_project(options).working_dir
    except HarmonyError:
        # A backup is wanted most when something is wrong.
        named = options.project_directory or environment.folder().location()
        if not named or options.files:
            raise
        return Path(named)


def amount(count: int) -> str:
    """Return a number of bytes for people; a configuration has a few thousand."""
    return megabytes(count) if count >= 1e6 else f"{count / 1e3:.1f} kB"


def _parts(words: list[str]) -> frozenset[Part]:
    """Return the parts that are named. Raises HarmonyError."""
    found = {Part.CONFIGURATION}
    for word in (name.strip() for given in words for name in given.split(",")):
        if word == _ALL:
            found |= set(Part) - {Part.MODELS}
        elif word in set(Part):
            found.add(Part(word))
        elif word:
            raise _UsageError(
                f"There is no part “{word}”", advice=f"There are: {', '.join((*_OPTIONAL, _ALL))}, by commas."
            )
    return frozenset(found)


class _UsageError(HarmonyError):
    """A word that means nothing."""

    exit_status = 2


def tell_missing(environment: Environment, missing: tuple[Missing, ...]) -> None:
    """Write what is not in a backup."""
    for each in missing:
        advice = f" {each.advice}" if each.advice else ""
        environment.err.write(f"Not in it: {each.path} ({each.reason}).{advice}\n")


def _print_survey(arguments: argparse.Namespace, environment: Environment, survey: Survey) -> None:
    if arguments.format == "json":
        content = {
            "folder": str(survey.folder),
            "parts": [{"part": p.part.value, "files": p.files, "size": p.size} for p in survey.parts],
            "missing": [_missing(each) for each in survey.missing],
            "elsewhere": list(survey.elsewhere),
            "secrets": survey.secrets,
        }
        environment.out.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
        return
    rows = [(part.part.value, str(part.files), amount(part.size)) for part in survey.parts]
    print_table(environment.out, ("PART", "FILES", "SIZE"), rows)
    tell_missing(environment, survey.missing)
    for words in survey.elsewhere:
        environment.err.write(f"Not in it: {words}\n")
    usual = [each.part.value for each in survey.parts if each.part in USUAL and each.part is not Part.CONFIGURATION]
    wanted = f" --with {','.join(usual)}" if usual else ""
    environment.err.write(f"Save it: harmony-desktop backup FILE{wanted}\n")


def _tell(environment: Environment, saved: SavedBackup, *, secrets: bool) -> None:
    tell_missing(environment, saved.missing)
    for path in saved.emptied:
        environment.err.write(f"Without its secrets: {path}\n")
    if secrets:
        environment.err.write(
            "It holds the tokens, keys and passwords of the stack. Keep it where only you can read it.\n"
        )
    if not saved.complete:
        environment.err.write("Warning: the backup is incomplete.\n")
    environment.err.write(f"Saved and checked: {saved.files} files, {amount(saved.size)}\n")


def _row(saved: SavedBackup) -> dict[str, object]:
    return {
        "file": str(saved.file),
        "size": saved.size,
        "files": saved.files,
        "parts": [part.value for part in Part if part in saved.parts],
        "complete": saved.complete,
        "missing": [_missing(each) for each in saved.missing],
        "emptied": list(saved.emptied),
    }


def _missing(each: Missing) -> dict[str, object]:
    return {"path": each.path, "part": each.part.value, "reason": each.reason, "advice": each.advice}
