"""What desktops, manuals and shells read of the program, checked by their own tools. All of it is made from sources."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from bundling import bash_completion, fish_completion, grammar, history, manual, metainfo, tree, zsh_completion
from bundling.grammar import Command, Kind

from harmony_desktop import __version__

ROOT = Path(__file__).parents[2]
DAY = dt.date(2026, 1, 31)


@pytest.fixture(scope="module")
def program() -> Command:
    return grammar.read()


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("share")
    releases = history.releases((ROOT / "CHANGELOG.md").read_text("utf-8"), __version__, DAY)
    tree.describe(folder, ROOT, releases, {})
    return folder


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is missing: packaging/system/debian.sh test")
    return found


def said(*command: str | Path, stdin: str = "") -> str:
    """What a tool says, whatever its status: a clean file leaves it silent."""
    words = [tool(str(command[0])), *map(str, command[1:])]
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr


def test_desktop_entry(share: Path) -> None:
    assert said("desktop-file-validate", share / "applications" / metainfo.DESKTOP_ENTRY) == ""


def test_metainfo(share: Path) -> None:
    file = share / "metainfo" / f"{metainfo.IDENTIFIER}.metainfo.xml"
    told = said("appstreamcli", "validate", "--no-net", "--pedantic", "--no-color", file)
    # Its notes are of its version: a newer one names what an older one does not know.
    assert "Validation was successful" in told
    assert not [line for line in told.splitlines() if line.startswith(("E:", "W:"))], told


def test_manual_page(program: Command, tmp_path: Path) -> None:
    page = tmp_path / "harmony-desktop.1"
    page.write_text(manual.page(program, __version__, DAY), "utf-8")
    assert said("mandoc", "-T", "lint", page) == ""
    shown = re.sub(".\x08", "", said("mandoc", "-T", "ascii", "-O", "width=200", page))  # bold is typed twice
    for command in program.walk():
        for option in command.options:
            assert all(flag in shown for flag in option.flags)


def test_completions_are_scripts(share: Path) -> None:
    assert said("bash", "-n", share / "bash-completion/completions/harmony-desktop") == ""
    assert said("zsh", "-n", share / "zsh/vendor-completions/_harmony-desktop") == ""
    assert said("fish", "-n", share / "fish/vendor_completions.d/harmony-desktop.fish") == ""


def complete(program: Command, line: str) -> set[str]:
    """What bash offers at the end of a line."""
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    script = (
        f"{bash_completion.script(program)}\n_harmony_desktop_services() {{ echo harmony-link; echo speech-ui; }}\n"
        f"compopt() {{ :; }}\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}\n"
        'words=; _harmony_desktop; printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    return set(said("bash", "--norc", "-s", stdin=script).split())


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("harmony-desktop up --pull ", {"missing", "always", "never"}),
        ("harmony-desktop --hardware n", {"nvidia"}),
        ("harmony-desktop --context up ro", {"rollback"}),
        ("harmony-desktop models un", {"unload"}),
        ("harmony-desktop models list --format ", {"text", "json"}),
        ("harmony-desktop config --format = j", {"json"}),
        ("harmony-desktop restart ", {"harmony-link", "speech-ui"}),
        ("harmony-desktop logs -f sp", {"speech-ui"}),
        ("harmony-desktop doctor --bu", {"--bundle"}),
        ("harmony-desktop --context ", set()),
    ],
)
def test_bash_completes(program: Command, line: str, offered: set[str]) -> None:
    assert complete(program, line) == offered


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("harmony-desktop up --pull ", {"missing", "always", "never"}),
        ("harmony-desktop roll", {"rollback"}),
        ("harmony-desktop models un", {"unload"}),
        ("harmony-desktop doctor --bu", {"--bundle"}),
    ],
)
def test_fish_completes(program: Command, line: str, offered: set[str]) -> None:
    script = f"{fish_completion.script(program)}\ncomplete -C '{line}'\n"
    assert {word.split("\t")[0] for word in said("fish", "--no-config", stdin=script).splitlines()} == offered


def test_zsh_has_all_commands_and_options(program: Command) -> None:
    script = zsh_completion.script(program)
    for command in program.walk():
        for inner in command.commands:
            assert f"{'_'.join(('_harmony_desktop', *inner.words))} ;;" in script
        for option in command.options:
            assert all(flag in script for flag in option.flags)


def test_the_grammar_is_whole(program: Command) -> None:
    from harmony_desktop.cli.parser import COMMANDS

    assert [command.words[0] for command in program.commands] == list(COMMANDS)
    by_name = {command.words: command for inner in program.commands for command in inner.walk()}
    assert {option.flags for option in by_name["up",].options} >= {("--scale",), ("-d", "--detach")}
    assert by_name["models", "import"].arguments[0].value.kind is Kind.FILE
    assert "--gallery" not in {flag for option in program.options for flag in option.flags}
