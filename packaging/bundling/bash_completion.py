"""Completions for bash."""

from __future__ import annotations

import shlex

from bundling.grammar import Command, Kind, Value

_HEAD = """\
# bash completion for harmony-desktop; made from the program's own grammar

_harmony_desktop_services() {
    harmony-desktop config --hash '*' 2>/dev/null | cut -d ' ' -f 1
}

_harmony_desktop() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words= at word
    COMPREPLY=()
    # bash takes "--format=json" for three words.
    if [[ $current == "=" ]]; then
        current=
    elif [[ $previous == "=" && $COMP_CWORD -ge 2 ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
"""
_WALK = """\
    for ((at = 1; at < COMP_CWORD; at++)); do
        word=${COMP_WORDS[at]}
        case "$words $word" in
"""
_TAIL = """\
}

complete -F _harmony_desktop harmony-desktop
"""


def script(program: Command) -> str:
    """Return the script."""
    commands = list(program.walk())
    known = [" ".join(command.words) for command in commands[1:]]
    places = _places(commands)
    lines = [_HEAD, "    # Which command is called: words that are no option's value.\n", _WALK]
    lines += [f"            {pattern}) {'((at++)) ' if _takes(value) else ''};;\n" for pattern, value in places]
    lines += [f'            {" | ".join(_pattern(name) for name in known)}) words="$words $word" ;;\n']
    lines += ["        esac\n    done\n", '    case "$words $previous" in\n']
    # What takes no value stands before the pattern of the shared option that has the same flag.
    lines += [
        f"        {pattern}) {f'{_reply(value)}; return ' if _takes(value) else ''};;\n" for pattern, value in places
    ]
    lines += ["    esac\n", '    case "$words" in\n']
    for command in commands:
        lines.append(f"        {_pattern(' '.join(command.words)) if command.words else chr(39) * 2})\n")
        flags = " ".join(flag for option in command.options for flag in option.flags)
        lines.append(f"            if [[ $current == -* ]]; then {_words(flags)}; return; fi\n")
        if command.commands:
            lines.append(f"            {_words(' '.join(inner.words[-1] for inner in command.commands))}\n")
        elif command.arguments:
            lines.append(f"            {_reply(command.arguments[0].value)}\n")
        lines.append("            ;;\n")
    lines += ["    esac\n", _TAIL]
    return "".join(lines)


def _takes(value: Value) -> bool:
    return value.kind is not Kind.NONE


def _places(commands: list[Command]) -> list[tuple[str, Value]]:
    """Return patterns of "command flag" and what follows there, the first that fits counts."""
    shared = {
        flag: option.value
        for command in commands
        for option in command.options
        if option.shared and _takes(option.value)
        for flag in option.flags
    }
    own = []
    for command in commands:
        for option in command.options:
            flags = [flag for flag in option.flags if not option.shared and (_takes(option.value) or flag in shared)]
            if flags:
                pattern = _alternatives([" ".join(("", *command.words, flag)) for flag in flags])
                own.append((pattern, option.value))
    return [*own, *((f"*{shlex.quote(f' {flag}')}", value) for flag, value in shared.items())]


def _alternatives(texts: list[str]) -> str:
    return " | ".join(shlex.quote(text) for text in texts)


def _pattern(name: str) -> str:
    return shlex.quote(f" {name}")


def _words(choices: str) -> str:
    return f'mapfile -t COMPREPLY < <(compgen -W {shlex.quote(choices)} -- "$current")'


def _reply(value: Value) -> str:
    if value.kind is Kind.CHOICE:
        return _words(" ".join(value.choices))
    if value.kind is Kind.FILE:
        return 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current")'
    if value.kind is Kind.FOLDER:
        return 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current")'
    if value.kind is Kind.SERVICE:
        return 'mapfile -t COMPREPLY < <(compgen -W "$(_harmony_desktop_services)" -- "$current")'
    return ":"
