"""Completions for fish."""

from __future__ import annotations

from bundling.grammar import Command, Kind, Option, Value

_HEAD = """\
# fish completion for harmony-desktop; made from the program's own grammar

function __harmony_desktop_services
    harmony-desktop config --hash '*' 2>/dev/null | string split --fields 1 ' '
end

complete -c harmony-desktop -f
"""


def script(program: Command) -> str:
    """Return the script."""
    lines = []
    for command in program.walk():
        when = f"-n {_quoted(_condition(command))}"
        lines += [f"{when} -a {inner.words[-1]} -d {_quoted(inner.help)}" for inner in command.commands]
        lines += [f"{when} {_option(option)}" for option in command.options]
        lines += [f"{when} {_value(argument.value)}" for argument in command.arguments if _value(argument.value)]
    return _HEAD + "".join(f"complete -c harmony-desktop {line}\n" for line in lines)


def _condition(command: Command) -> str:
    """Return when a command's own words are completed: it was written, and none of its own commands."""
    seen = [f"__fish_seen_subcommand_from {word}" for word in command.words] or ["__fish_use_subcommand"]
    if command.words and command.commands:
        inner = " ".join(below.words[-1] for below in command.commands)
        seen.append(f"not __fish_seen_subcommand_from {inner}")
    return "; and ".join(seen)


def _option(option: Option) -> str:
    flags = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags)
    # -x: a value, and no file; -r: a value.
    takes = {Kind.NONE: "", Kind.FILE: " -r"}.get(option.value.kind, " -x")
    takes = f"{takes} {_value(option.value)}".rstrip()
    return f"{flags}{takes} -d {_quoted(option.help)}"


def _value(value: Value) -> str:
    if value.kind is Kind.CHOICE:
        return f"-a {_quoted(' '.join(value.choices))}"
    return {
        Kind.FILE: "-F",
        Kind.FOLDER: "-a '(__fish_complete_directories)'",
        Kind.SERVICE: "-a '(__harmony_desktop_services)'",
    }.get(value.kind, "")


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
