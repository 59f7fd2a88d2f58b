"""``merge``: newer shipped files that lie beside those that the user edited."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

from harmony_desktop.cli.environment import Environment
from harmony_desktop.cli.parser import project_options
from harmony_desktop.cli.table import print_table
from harmony_desktop.control.config_files import Affected
from harmony_desktop.control.files import write_atomic
from harmony_desktop.control.findings import Severity
from harmony_desktop.control.merging import is_marked, merge
from harmony_desktop.control.tools import Tools
from harmony_desktop.control.upgrades import NewerFile, UpgradeKeeper, UpgradeLook, Versions
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError

#: Behind the name of a file, for what somebody has to look at.
_MERGED = ".merged"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.epilog = (
        "Without FILE, the files with newer versions are listed. With FILE alone, what would come of the merge is "
        "printed; conflicts stand between marks, and the exit status is 1 then. What is written has a backup beside."
    )
    parser.add_argument("path", metavar="FILE", nargs="?", help="a file of the stack folder, as the list names it")
    deeds = parser.add_mutually_exclusive_group()
    deeds.add_argument(
        "--write", action="store_true", help=f"merge; with conflicts, write FILE{_MERGED} with marks and nothing else"
    )
    deeds.add_argument("--with", dest="result", metavar="RESULT", help="take this text as what comes of the merge")
    deeds.add_argument(
        "--take",
        choices=("new", "mine"),
        help="take the newer version as a whole, or keep yours and hear no more of it",
    )
    deeds.add_argument("--undo", action="store_true", help="take back the last merge of the file")
    parser.add_argument("--anyway", action="store_true", help="write also what has mistakes")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how the list is printed")


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Do what is asked."""
    tools = environment.tools(writable=not arguments.file)
    if tools.upgrades is None:
        raise HarmonyError("These files are left as they are", advice="Call it without -f.")
    folder = await asyncio.to_thread(_folder, arguments, environment)
    session = _Session(arguments, environment, tools, tools.upgrades, folder)
    look = await asyncio.to_thread(tools.upgrades.look, folder)
    if look.newer:
        environment.err.write(f"Warning: {look.newer}\n")
    if arguments.path is None:
        if not (arguments.undo or arguments.write or arguments.take or arguments.result):
            session.list(look)
            return 0
        arguments.path = _only_one(look.undoable if arguments.undo else tuple(file.name for file in look.files))
    return await session.handle(look)


def _folder(arguments: argparse.Namespace, environment: Environment) -> Path:
    """Return the stack folder that is meant; its files may have mistakes. Raises HarmonyError."""
    try:
        return environment.load_project(project_options(arguments)).working_dir
    except HarmonyError:
        named = arguments.project_directory or environment.folder().location()
        if not named or not Path(named).is_dir():
            raise
        return Path(named).absolute()


class _UsageError(HarmonyError):
    """Nobody has said which file is meant."""

    exit_status = 2


def _only_one(names: tuple[str, ...]) -> str:
    """Return the file that alone can be meant. Raises HarmonyError."""
    if len(names) == 1:
        return names[0]
    raise _UsageError(
        "Name the file",
        cause=f"There are: {', '.join(names)}." if names else "There is none for which this could be done.",
        advice="“harmony-desktop merge” lists them.",
    )


@dataclass(frozen=True, slots=True)
class _Session:
    """One call."""

    arguments: argparse.Namespace
    environment: Environment
    tools: Tools
    keeper: UpgradeKeeper
    folder: Path

    def list(self, look: UpgradeLook) -> None:
        """Print which files have newer versions."""
        if self.arguments.format == "json":
            rows = [
                {
                    "file": file.name,
                    "beside": f"{file.name}.new",
                    "conflicts": file.conflicts,
                    "changes": file.changes,
                    "base": file.has_base,
                }
                for file in look.files
            ]
            self.environment.out.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
        elif look.files:
            print_table(self.environment.out, ("FILE", "MERGE"), [(file.name, _words(file)) for file in look.files])
        else:
            self.environment.err.write("No file has a newer version beside it.\n")
        for name in look.undoable:
            self.environment.err.write(f"Can be taken back: harmony-desktop merge {name} --undo\n")

    async def handle(self, look: UpgradeLook) -> int:
        """Do what is asked with one file; return the exit status."""
        arguments = self.arguments
        if arguments.undo:
            name = self._name(look.undoable)
            self._tell(name, "is as it was before", await asyncio.to_thread(self.keeper.undo, self.folder, name))
            return 0
        name = self._name(tuple(file.name for file in look.files))
        if arguments.take == "mine":
            await asyncio.to_thread(self.keeper.keep_mine, self.folder, name)
            self._tell(name, "stays as it is", Affected())
            return 0
        if arguments.take == "new":
            affected = await asyncio.to_thread(self.keeper.take_new, self.folder, name)
            self._tell(name, "is what ships now", affected)
            return 0
        return await self._merge(name)

    async def _merge(self, name: str) -> int:
        arguments, environment = self.arguments, self.environment
        versions = await asyncio.to_thread(self.keeper.open, self.folder, name)
        found = await asyncio.to_thread(merge, versions.base, versions.opened.text, versions.new)
        text = found.text(labels=("yours", "new"))
        if arguments.result is not None:
            text = await asyncio.to_thread(_read, Path(arguments.result))
        elif not arguments.write:
            environment.out.write(text)
            return 1 if found.conflicts else 0
        if is_marked(text):
            return await self._leave_to_edit(versions, text, len(found.conflicts))
        if not await self._stands(versions, text):
            return 1
        self._tell(name, "is merged", await asyncio.to_thread(self.keeper.finish, self.folder, versions, text))
        if arguments.result is None:
            return 0
        await asyncio.to_thread(self._tidy, versions, Path(arguments.result))
        return 0

    def _tidy(self, versions: Versions, result: Path) -> None:
        """Take the text with marks away, now that it has been decided."""
        if result.absolute() == self._merged(versions):
            result.unlink(missing_ok=True)

    async def _leave_to_edit(self, versions: Versions, text: str, conflicts: int) -> int:
        """Write a text with marks where somebody can decide; return the exit status."""
        name, merged = versions.opened.name, self._merged(versions)
        if self.arguments.result is not None:
            raise HarmonyError(
                f"{self.arguments.result} still has conflicts",
                cause="A line begins with <<<<<<< or >>>>>>>.",
                advice="Decide what stays, and take the marks out.",
            )
        try:
            mode = versions.opened.path.stat().st_mode & 0o777
            await asyncio.to_thread(write_atomic, merged, text.encode("utf-8"), mode=mode)
        except OSError as error:
            raise HarmonyError(
                f"{merged.name} could not be written", cause=f"{error.filename or merged}: {error.strerror or error}"
            ) from error
        self.environment.out.write(f"{merged}\n")
        count = "1 conflict" if conflicts == 1 else f"{conflicts} conflicts"
        self.environment.err.write(
            f"{count}: {name} is not changed. Decide what stays, then: harmony-desktop merge {name} --with '{merged}'\n"
        )
        return 1

    async def _stands(self, versions: Versions, text: str) -> bool:
        """Tell the mistakes of a text; return whether it may be written."""
        if self.tools.configs is None:
            return True
        path = versions.opened.path
        findings = await asyncio.to_thread(self.tools.configs.check, self.folder.resolve(), path, {path: text})
        for finding in findings:
            advice = f" {finding.advice}" if finding.advice else ""
            self.environment.err.write(f"{finding.severity.name.capitalize()}: {finding}{advice}\n")
        wrong = any(finding.severity is Severity.ERROR for finding in findings)
        if wrong and not self.arguments.anyway:
            self.environment.err.write("Nothing was written. With --anyway it is.\n")
        return not wrong or self.arguments.anyway

    def _tell(self, name: str, what: str, affected: Affected) -> None:
        self.environment.err.write(f"{name} {what}.\n")
        for command, services in (("up", affected.anew), ("restart", affected.restarted)):
            if services:
                self.environment.err.write(f"It takes effect with: harmony-desktop {command} {' '.join(services)}\n")

    def _merged(self, versions: Versions) -> Path:
        path = versions.opened.path
        return path.with_name(f"{path.name}{_MERGED}")

    def _name(self, names: tuple[str, ...]) -> str:
        """Return the file that is meant: as the list names it, or by its path. Raises HarmonyError."""
        given = self.arguments.path
        if given in names:
            return str(given)
        place = Path(given).absolute()
        for name in names:
            if place == (self.folder / name).absolute() or place.resolve() == (self.folder / name).resolve():
                return name
        what = "can be taken back" if self.arguments.undo else "has a newer version"
        raise HarmonyError(
            f"{given} is not among the files of which one {what}",
            cause=f"There are: {', '.join(names)}." if names else "There is none.",
            advice="“harmony-desktop merge” lists them.",
        )


def _words(file: NewerFile) -> str:
    if file.conflicts is None:
        return "no text: take one of the two"
    if not file.has_base:
        return f"{file.changes} differences to choose from"
    if file.conflicts:
        return f"{file.conflicts} of {file.changes} changes to choose"
    return f"by itself ({file.changes} changes)" if file.changes != 1 else "by itself (1 change)"


def _read(path: Path) -> str:
    """Return a text with plain line ends. Raises HarmonyError."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise HarmonyError(
            f"{path} cannot be read", cause=f"{error.filename or path}: {error.strerror or error}"
        ) from error
    except UnicodeDecodeError as error:
        raise HarmonyError(f"{path} is no text", cause="It is not UTF-8.") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
