"""The manual page, in the language of man(7)."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterator

from bundling.grammar import Argument, Command, Kind, Option

_WIDTH = 80
_INTRODUCTION = """\
.SH DESCRIPTION
Harmony Desktop starts, stops and watches the services of the Harmony.AI stack, which let a character listen, think and
speak on your own computer. It talks to Docker by itself.
.PP
Without a command it opens its window, or raises the one that is open. With a command it works in the terminal, without
a screen. The window, the commands and
.BR docker (1)
see the very same containers and may be mixed freely.
"""
_ENDING = """\
.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
The operation failed.
.TP
.B 2
The call was not understood.
.TP
.B 3
The compose files are wrong.
.TP
.B 4
There is no engine.
.SH ENVIRONMENT
.TP
.BR DOCKER_HOST ", " DOCKER_CONTEXT ", " DOCKER_CONFIG
The engine, as
.BR docker (1)
reads them.
.TP
.BR COMPOSE_FILE ", " COMPOSE_PROJECT_NAME ", " COMPOSE_PROFILES
The project, as Docker Compose reads them.
.TP
.B HARMONY_LANGUAGE
The window's language:
.BR en ", " de ", " ja " or " zh_CN .
.SH FILES
.TP
.I ~/Harmony
The stack folder, unless another was chosen: compose files, settings and data of the services. It is never removed with
the program.
.TP
.I ~/.config/harmony\\-desktop
The panel's own settings.
.TP
.I ~/.local/state/harmony\\-desktop/log
The panel's log.
.TP
.I /usr/lib/harmony\\-desktop/_internal/harmony_desktop/data/docs
The whole documentation.
.SH EXAMPLES
.nf
harmony\\-desktop setup \\-\\-yes      # prepare the stack folder
harmony\\-desktop up \\-\\-wait        # start, and wait until the services are ready
harmony\\-desktop logs \\-f          # what the services say
harmony\\-desktop doctor           # what is wrong, and what helps
.fi
.SH SEE ALSO
.BR docker (1)
"""


def page(program: Command, version: str, date: dt.date) -> str:
    """Return the page.

    Args:
        program: The grammar.
        version: Of the program.
        date: Of the version.
    """
    lines = [
        f'.TH HARMONY\\-DESKTOP 1 "{date.isoformat()}" "Harmony Desktop {_plain(version)}" "User Commands"',
        ".SH NAME",
        "harmony\\-desktop \\- control panel of the Harmony.AI stack",
        ".SH SYNOPSIS",
        ".B harmony\\-desktop",
        "[\\fIOPTION\\fR]... [\\fICOMMAND\\fR [\\fIARGUMENT\\fR]...]",
        _INTRODUCTION.rstrip(),
        ".SH OPTIONS",
    ]
    for option in program.options:
        lines += _option(option)
    lines += [
        ".SH COMMANDS",
        "The options that say which stack and which engine is meant may stand before or behind a command; behind",
        ".BR logs ,",
        "write",
        ".B \\-\\-file",
        "for",
        ".BR \\-f .",
    ]
    for command in program.commands:
        for inner in command.walk():
            lines += _command(inner)
    return "".join(f"{line}\n" for text in (*lines, _ENDING) for line in _short(text))


def _command(command: Command) -> list[str]:
    name = " ".join(command.words)
    words = " ".join(_argument(argument) for argument in command.arguments)
    if command.commands:
        words = "[" + " | ".join(f"\\fB{_plain(inner.words[-1])}\\fR" for inner in command.commands) + "]"
    lines = [f'.SS "{f"{_plain(name)} {words}".strip()}"', _sentence(command.help)]
    for option in command.options:
        if not option.shared and "--help" not in option.flags:
            lines += _option(option)
    for argument in command.arguments:
        if argument.help:
            lines += [".TP", f"\\fI{_plain(argument.value.name)}\\fR", _sentence(argument.help)]
    return lines


def _argument(argument: Argument) -> str:
    value = argument.value
    name = f"\\fB{_plain(value.name)}\\fR" if value.kind is Kind.CHOICE else f"\\fI{_plain(value.name)}\\fR"
    return (f"[{name}]" if argument.optional else name) + ("..." if argument.repeatable else "")


def _option(option: Option) -> list[str]:
    flags = ", ".join(f"\\fB{_plain(flag)}\\fR" for flag in option.flags)
    if option.value.kind is Kind.CHOICE:
        flags += " " + "|".join(f"\\fB{_plain(choice)}\\fR" for choice in option.value.choices)
    elif option.value.kind is not Kind.NONE:
        flags += f" \\fI{_plain(option.value.name)}\\fR"
    return [".TP", flags, _sentence(option.help)]


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return _plain(text if text.endswith(".") else f"{text}.")


def _short(text: str) -> Iterator[str]:
    """Yield the lines of a text; those that are filled anyway are broken as roff's style wants it."""
    for line in text.rstrip("\n").split("\n"):
        if line.startswith(".") or len(line) <= _WIDTH:
            yield line
        else:
            broken = textwrap.wrap(line, _WIDTH - 2, break_long_words=False, break_on_hyphens=False)
            yield from (f"\\&{part}" if part.startswith((".", "'")) else part for part in broken)


def _plain(text: str) -> str:
    """Return a text as roff shows it: hyphens that can be copied, nothing taken for a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    text = "".join(letter if letter.isascii() else f"\\[u{ord(letter):04X}]" for letter in text)
    return f"\\&{text}" if text.startswith((".", "'")) else text
