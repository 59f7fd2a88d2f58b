"""The import rule: a room imports only what stands to its left, and a call pays only for what it uses."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "harmony_desktop"
INNER = ("stack", "plan", "control")
OUTER = ("engine", "host", "setup", "preflight", "ui", "cli")
#: The composition root: the one that knows all rooms, and its parts for unexpected errors and for a quick beginning.
ROOT = ("bootstrap", "crash_watch", "kept_code")
#: Modules at the top that any of the outer rooms may use.
SHARED = {
    "harmony_desktop",
    "harmony_desktop.assets",
    "harmony_desktop.late_modules",
    "harmony_desktop.late_patterns",
    "harmony_desktop.records",
}
#: Where heavy or foreign packages are at home; nobody else imports them.
HOMES = {
    "docker": {"engine"},
    "requests": {"engine", "setup"},
    "urllib3": {"engine", "setup"},
    "PySide6": {"ui", "bootstrap"},
    "qasync": {"bootstrap"},
    "pynvml": {"host"},
    "psutil": {"host"},
    "yaml": {"stack"},
}


def allowed(room: str) -> set[str]:
    if room in INNER:
        return set(INNER[: INNER.index(room) + 1])
    if room in OUTER:
        return {*INNER, room}
    return {*INNER, *OUTER, *ROOT}


def room_of(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            base = node.module or ""
            yield base, node.lineno
            if base == "harmony_desktop":
                for alias in node.names:
                    yield f"{base}.{alias.name}", node.lineno


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_what_stands_to_its_left(path: Path) -> None:
    room = room_of(path)
    for name, line in imports(path):
        if name in SHARED or name == "harmony_desktop.__version__":
            continue
        first, *rest = name.split(".")
        if first == "harmony_desktop":
            assert rest[0] in allowed(room), f"{path}:{line}: {room} must not import {rest[0]}"
        elif first in HOMES:
            assert room in HOMES[first], f"{path}:{line}: {first} is imported only by {HOMES[first]}"


@pytest.mark.parametrize("room", ["stack", "plan"])
def test_the_pure_rooms_know_no_loop_and_no_process(room: str) -> None:
    for path in (PACKAGE / room).rglob("*.py"):
        names = {name.split(".")[0] for name, _ in imports(path)}
        assert not names & {"asyncio", "threading", "subprocess", "socket"}, path


def loaded_by(*arguments: str, cwd: Path) -> set[str]:
    """The modules that a call of the command line loads."""
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "harmony_desktop", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(cwd), "DOCKER_HOST": f"unix://{cwd}/none.sock"},
    )
    return {line.rpartition("|")[2].strip().split(".")[0] for line in result.stderr.splitlines() if "|" in line}


@pytest.fixture
def small_stack(tmp_path: Path) -> Path:
    (tmp_path / "compose.yaml").write_text("services:\n  a:\n    image: example/a\n", encoding="utf-8")
    return tmp_path


def test_config_loads_neither_qt_nor_docker(small_stack: Path) -> None:
    loaded = loaded_by("config", cwd=small_stack)
    assert "yaml" in loaded, "the call did its work"
    assert not loaded & {"PySide6", "docker", "requests", "pynvml", "psutil", "asyncio"}


def test_ps_loads_no_qt(small_stack: Path) -> None:
    loaded = loaded_by("ps", cwd=small_stack)
    assert "docker" in loaded, "the call looked for the engine"
    assert not loaded & {"PySide6", "shiboken6", "qasync"}


def test_version_loads_next_to_nothing(small_stack: Path) -> None:
    assert not loaded_by("--version", cwd=small_stack) & {"PySide6", "docker", "yaml", "asyncio"}
