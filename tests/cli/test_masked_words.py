"""What the command line says of faults holds no secrets; ``config`` shows them, for that is its job."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

COMPOSE = """
services:
  web:
    image: x
    mem_limit: ${DB_PASSWORD}
"""


def panel(home: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "harmony_desktop", *args],
        cwd=home,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "DOCKER_HOST": f"unix://{home}/none", **env},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    (tmp_path / ".env").write_text("DB_PASSWORD=hunter2-and-more\n")
    return tmp_path


def test_an_error_that_quotes_a_value(stack: Path) -> None:
    said = panel(stack, "config")
    assert said.returncode == 3
    assert "<masked>" in said.stderr
    assert "hunter2" not in said.stdout + said.stderr


def test_a_secret_of_the_process_environment(stack: Path) -> None:
    said = panel(stack, "config", DB_PASSWORD="from-the-shell")
    assert said.returncode == 3
    assert "from-the-shell" not in said.stdout + said.stderr


def test_the_checks_that_quote_it(stack: Path) -> None:
    said = panel(stack, "--verbose", "doctor", "--format", "json")
    assert "stack.files" in said.stdout
    assert "hunter2" not in said.stdout + said.stderr


def test_the_address_of_an_engine(stack: Path) -> None:
    said = panel(stack, "-H", "tcp://anna:hunter3-x@127.0.0.1:1", "ps", "-f", "/dev/null")
    assert "hunter3" not in said.stdout + said.stderr
    said = panel(stack, "-H", "tcp://anna:hunter3-x@127.0.0.1:1", "hardware")
    assert "hunter3" not in said.stdout + said.stderr


def test_a_fault_of_our_own(tmp_path: Path) -> None:
    crash = """
import sys
from harmony_desktop import bootstrap
def load(self, options): raise RuntimeError("token=hunter2-x")
bootstrap.AppEnvironment.load_project = load
sys.exit(bootstrap.main(["config"]))
"""
    said = subprocess.run([sys.executable, "-c", crash], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert "RuntimeError: token=<masked>" in said.stderr
    assert "hunter2-x" not in said.stderr.splitlines()[-1]


def test_config_shows_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        "services:\n  web:\n    image: x\n    environment:\n      API_KEY: hunter2\n"
    )
    assert "API_KEY: hunter2" in panel(tmp_path, "config").stdout
