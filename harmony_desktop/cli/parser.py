"""The command line's grammar. Each subcommand's module adds its own part."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import NoReturn

from harmony_desktop import __version__
from harmony_desktop.cli.environment import EngineOptions, ProjectOptions
from harmony_desktop.late_patterns import compiled_later

#: Subcommand -> its line in the help. The module of the same name is imported only when it is called.
COMMANDS = {
    "config": "print the resolved project in Compose's canonical form",
    "up": "create what is missing, recreate what changed, start",
    "start": "start containers that are there",
    "stop": "stop containers, keep them",
    "restart": "restart containers",
    "down": "stop and remove containers and networks",
    "pull": "fetch the services' images",
    "update": "fetch newer images, recreate what changed, wait until all is as ready as before",
    "rollback": "return to the images that were ready before",
    "ps": "list the containers and how ready they are",
    "logs": "show the services' logs",
    "hardware": "show graphics cards, driver, what the engine can do, and the profile",
    "doctor": "check files, engine and machine, and say what to do",
    "setup": "prepare the stack folder, start what is in it, and try it",
    "merge": "merge newer shipped files with those that you edited",
    "models": "list, import, download, load and unload language models",
    "gaming": "hand the graphics card to a game, and bring everything back as it was",
    "backup": "save the configuration, and characters and voices if wanted, in one file",
    "restore": "bring back what a backup holds, into a folder new or in use",
    "adjust": "limit a service, choose when it restarts and how often it runs",
}

#: Global options that are followed by a value.
#: What ``--gallery`` stands for without a name: the list of all.
GALLERY_LIST = "list"
_VALUE_FLAGS = frozenset(
    {
        *("-f", "--file", "--env-file", "--project-directory", "-p", "--project-name", "--profile"),
        *("--hardware", "--context", "-H", "--host", "--gallery"),
    }
)


class _Parser(argparse.ArgumentParser):
    """Usage errors end with status 2, as the contract says."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {message}\n")


def parser_for(arguments: list[str]) -> argparse.ArgumentParser:
    """Return the parser for a call, with no more subcommands than it can come to: each costs half a millisecond."""
    command = find_command(arguments)
    before = arguments[: arguments.index(command)] if command else arguments
    whole = not command and any(not word.startswith("-") for word in arguments)
    if whole or not {"-h", "--help"}.isdisjoint(before):
        return build_parser(command)
    return build_parser(command, (command,) if command else ())


def build_parser(command: str | None, among: Iterable[str] = tuple(COMMANDS)) -> argparse.ArgumentParser:
    """Return the parser; only the subcommand that is about to run has its arguments filled in.

    Args:
        command: That one, or None.
        among: The subcommands that are known.
    """
    parser = _Parser(
        prog="harmony-desktop",
        description="The control panel of the Harmony.AI stack. Without a command it opens the window.",
        epilog="Exit status: 0 done, 1 the operation failed, 2 usage, 3 the compose files are wrong, 4 no engine.",
    )
    parser.add_argument("--version", action="version", version=f"harmony-desktop {__version__}")
    parser.add_argument("--minimized", action="store_true", help="start in the tray")
    parser.add_argument("--quit", action="store_true", help="end the panel that runs; the services keep running")
    parser.add_argument("--gallery", metavar="STATE", nargs="?", const=GALLERY_LIST, help=argparse.SUPPRESS)
    _add_globals(parser, file_flag=True, suppress=False)
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    for name in among:
        text = COMMANDS[name]
        sub = subparsers.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name != command:
            continue  # the others are there for the help and for "invalid choice" only
        with compiled_later():
            module = import_module(f"harmony_desktop.cli.{name}")
        module.add_arguments(sub)
        sub.set_defaults(run=module.run)
        # "logs -f" follows, as docker compose has it: there -f cannot name a file.
        _add_globals(sub, file_flag=name != "logs", suppress=True)
    return parser


def find_command(arguments: list[str]) -> str | None:
    """Return the subcommand that is called, found without parsing: the first word that is no option's value."""
    words = iter(arguments)
    for word in words:
        if word in _VALUE_FLAGS:
            next(words, None)
        elif word in COMMANDS:
            return word
        elif not word.startswith("-"):
            return None
    return None


def project_options(arguments: argparse.Namespace, scale: dict[str, int] | None = None) -> ProjectOptions:
    """Return the options that say which project is meant."""
    return ProjectOptions(
        files=tuple(arguments.file or ()),
        project_directory=arguments.project_directory or "",
        project_name=arguments.project_name or "",
        env_files=tuple(arguments.env_file or ()),
        profiles=tuple(arguments.profile or ()),
        hardware=arguments.hardware or "",
        scale=scale,
    )


def engine_options(arguments: argparse.Namespace) -> EngineOptions:
    """Return the options that say which engine is meant."""
    return EngineOptions(context=arguments.context or "", host=arguments.host or "")


def _add_globals(parser: argparse.ArgumentParser, *, file_flag: bool, suppress: bool) -> None:
    """Add the global options; they may stand before or behind the subcommand."""
    default = argparse.SUPPRESS if suppress else None
    group = parser.add_argument_group("which stack, which engine")
    flags = ("-f", "--file") if file_flag else ("--file",)
    group.add_argument(*flags, action="append", default=default, metavar="FILE", help="compose file; may be repeated")
    group.add_argument("--project-directory", default=default, metavar="DIR", help="what relative paths start from")
    group.add_argument("-p", "--project-name", default=default, metavar="NAME", help="the project's name")
    group.add_argument("--env-file", action="append", default=default, metavar="FILE", help="instead of .env")
    group.add_argument("--profile", action="append", default=default, metavar="NAME", help="activate a profile")
    group.add_argument(
        "--hardware", choices=("auto", "cpu", "nvidia"), default=default, help="which files of a stack folder to use"
    )
    group.add_argument("--context", default=default, metavar="NAME", help="Docker context")
    group.add_argument("-H", "--host", default=default, metavar="URL", help="the engine's address")
    group.add_argument(
        "--verbose", action="store_true", default=argparse.SUPPRESS if suppress else False, help="tell more"
    )
