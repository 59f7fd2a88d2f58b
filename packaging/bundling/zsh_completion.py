"""Completions for zsh."""

from __future__ import annotations

from bundling.grammar import Argument, Command, Kind, Option, Value

_HEAD = """\
#compdef harmony-desktop
# zsh completion for harmony-desktop; made from the program's own grammar

_harmony_desktop_services() {
    local -a services
    services=(${(f)"$(harmony-desktop config --hash '*' 2>/dev/null | cut -d ' ' -f 1)"})
    _describe service services
}

"""


def script(program: Command) -> str:
    """Return the script."""
    functions = "".join(_function(command) for command in program.walk())
    return f'{_HEAD}{functions}_harmony_desktop "$@"\n'


def _function(command: Command) -> str:
    specs = [_option(option) for option in command.options]
    if not command.commands:
        specs += [_argument(argument) for argument in command.arguments]
        return f"{_name(command)}() {{\n    _arguments -s \\\n        {_joined(specs)}\n}}\n\n"
    specs += ["'1: :->command'", "'*:: :->rest'"]
    described = "\n".join(f"                {_quoted(f'{_word(inner)}:{inner.help}')}" for inner in command.commands)
    cases = "\n".join(f"                {_word(inner)}) {_name(inner)} ;;" for inner in command.commands)
    return f"""\
{_name(command)}() {{
    local curcontext="$curcontext" state line
    typeset -A opt_args
    _arguments -C -s \\
        {_joined(specs)}
    case $state in
        command)
            local -a commands
            commands=(
{described}
            )
            _describe command commands
            ;;
        rest)
            case $line[1] in
{cases}
            esac
            ;;
    esac
}}

"""


def _joined(specs: list[str]) -> str:
    return " \\\n        ".join(specs)


def _name(command: Command) -> str:
    return "_".join(("_harmony_desktop", *command.words))


def _word(command: Command) -> str:
    return command.words[-1]


def _option(option: Option) -> str:
    takes = option.value.kind is not Kind.NONE
    flags = [f"{flag}=" if takes and flag.startswith("--") else flag + "+" * takes for flag in option.flags]
    spelled = f"{{{','.join(flags)}}}" if len(flags) > 1 else flags[0]
    text = f"[{_plain(option.help)}]" + (f":{_plain(option.value.name)}:{_action(option.value)}" if takes else "")
    return f"'*'{spelled}{_quoted(text)}"


def _argument(argument: Argument) -> str:
    place = "*" if argument.repeatable else "1"
    return _quoted(f"{place}:{_plain(argument.value.name)}:{_action(argument.value)}")


def _action(value: Value) -> str:
    if value.kind is Kind.CHOICE:
        return f"({' '.join(value.choices)})"
    return {Kind.FILE: "_files", Kind.FOLDER: "_files -/", Kind.SERVICE: "_harmony_desktop_services"}.get(
        value.kind, " "
    )


def _plain(text: str) -> str:
    for special in "\\[]:":
        text = text.replace(special, f"\\{special}")
    return text


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
