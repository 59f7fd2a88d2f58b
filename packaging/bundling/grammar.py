"""The command line's grammar as plain data, read from the parser itself, so that nothing made of it can go stale."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from harmony_desktop.cli.parser import COMMANDS, build_parser


class Kind(Enum):
    """What stands in a place of the command line, as far as a shell can complete it."""

    NONE = auto()
    ANY = auto()
    FILE = auto()
    FOLDER = auto()
    SERVICE = auto()
    CHOICE = auto()


_KINDS = {"FILE": Kind.FILE, "DIR": Kind.FOLDER, "SERVICE": Kind.SERVICE}


@dataclass(frozen=True)
class Value:
    """A value.

    Attributes:
        kind: What can be written there.
        name: As the help names it ("FILE").
        choices: All that can be written there, if it is a choice.
    """

    kind: Kind = Kind.NONE
    name: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Option:
    """An option.

    Attributes:
        flags: All its spellings.
        value: What follows it.
        help: A line.
        shared: Whether it is one of the options that may stand before or behind any command.
    """

    flags: tuple[str, ...]
    value: Value
    help: str
    shared: bool


@dataclass(frozen=True)
class Argument:
    """A word without a flag."""

    value: Value
    help: str
    optional: bool
    repeatable: bool


@dataclass(frozen=True)
class Command:
    """A command, or the program itself.

    Attributes:
        words: What is written to call it, after the program's name.
        help: A line.
        options: Its options, the shared ones included.
        arguments: Its words.
        commands: Its own commands.
    """

    words: tuple[str, ...]
    help: str
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...]
    commands: tuple[Command, ...] = ()

    def walk(self) -> Iterator[Command]:
        """Yield the command and all below it."""
        yield self
        for command in self.commands:
            yield from command.walk()


def read() -> Command:
    """Return the grammar of the whole program."""
    bare = build_parser(None)
    commands = []
    for name, text in COMMANDS.items():
        found = _subparsers(build_parser(name))
        assert found is not None
        commands.append(_command(found.choices[name], (name,), text))
    program = _command(bare, (), bare.description or "")
    return Command(program.words, program.help, program.options, program.arguments, tuple(commands))


def _command(parser: argparse.ArgumentParser, words: tuple[str, ...], text: str) -> Command:
    options, arguments = [], []
    commands: tuple[Command, ...] = ()
    # argparse keeps what was added in lists of its own alone; they are the same in all versions of Python.
    for group in parser._action_groups:  # noqa: SLF001
        shared = group.title not in {"options", "positional arguments"}
        for action in group._group_actions:  # noqa: SLF001
            if action.help == argparse.SUPPRESS:
                continue
            if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
                commands = tuple(_nested(action, words))
            elif action.option_strings:
                options.append(Option(tuple(action.option_strings), _value(action), _help(parser, action), shared))
            else:
                many = action.nargs in {"*", "+"}
                arguments.append(
                    Argument(_value(action), _help(parser, action), action.nargs in {"*", "?"}, repeatable=many)
                )
    return Command(words, text, tuple(options), tuple(arguments), commands)


def _nested(action: argparse._SubParsersAction[argparse.ArgumentParser], words: tuple[str, ...]) -> Iterator[Command]:
    helps = {choice.dest: choice.help or "" for choice in action._choices_actions}  # noqa: SLF001
    for name, parser in action.choices.items():
        if words:  # the program's own are read one by one
            yield _command(parser, (*words, name), helps.get(name, ""))


def _subparsers(parser: argparse.ArgumentParser) -> argparse._SubParsersAction[argparse.ArgumentParser] | None:
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            return action
    return None


def _value(action: argparse.Action) -> Value:
    if action.nargs == 0:
        return Value()
    if action.choices:
        return Value(Kind.CHOICE, str(action.metavar or "|".join(action.choices)), tuple(map(str, action.choices)))
    name = str(action.metavar or action.dest.upper())
    return Value(_KINDS.get(name, Kind.ANY), name)


def _help(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    return parser._get_formatter()._expand_help(action) if action.help else ""  # noqa: SLF001
