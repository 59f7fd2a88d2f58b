"""Real lines of real programs, and what they are told as."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harmony_desktop.control.diagnose import EVIDENCE_LINES, diagnose, evidence
from harmony_desktop.control.signs import EXIT_CODES, SIGNS

LINES = Path(__file__).parent / "log_lines"
OOM = "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.32 GiB."
CHATTER = "INFO metrics.py:161] Running: 0 reqs, Pending: 0 reqs"


@dataclass
class Case:
    cause: str
    exit_code: int = 1
    lines: list[str] = field(default_factory=list)


def cases(name: str) -> list[Case]:
    """The cases of a file; its first comment says how they are written."""
    found: list[Case] = []
    for line in (LINES / f"{name}.txt").read_text().splitlines():
        if line.startswith("= "):
            found.append(Case(line[2:]))
        elif line.startswith("exit "):
            found[-1].exit_code = int(line[5:])
        elif line and not line.startswith("# "):
            found[-1].lines.append(line)
    return found


@pytest.mark.parametrize("case", [c for f in ("gpu", "python", "models", "servers") for c in cases(f)],
                         ids=lambda case: case.cause)  # fmt: skip
def test_lines_of_programs(case: Case) -> None:
    assert diagnose(case.exit_code, lines=case.lines).cause == case.cause


@pytest.mark.parametrize("case", [c for f in ("gpu", "python", "models", "servers") for c in cases(f)],
                         ids=lambda case: case.cause)  # fmt: skip
def test_lines_are_found_between_those_of_a_life(case: Case) -> None:
    log = [CHATTER] * 60 + case.lines + ["INFO:     Application shutdown complete."]
    found = diagnose(case.exit_code, lines=log)
    if not (found.line is None or log[found.line] in case.lines):
        pytest.fail(f"told by {log[found.line]!r}")
    assert found.cause == case.cause
    if found.line is not None:
        assert log[found.line] in evidence(log, found.line)


@pytest.mark.parametrize("case", cases("engine"), ids=lambda case: case.cause)
def test_words_of_the_engine(case: Case) -> None:
    error = "\n".join(case.lines).replace("\\n", "\n")
    assert diagnose(None, error=error).cause == case.cause
    # A restart that the engine refused: the log is of another life.
    assert diagnose(1, error=error, lines=[OOM]).cause == case.cause


@pytest.mark.parametrize(
    "line", [x for x in (LINES / "ordinary.txt").read_text().splitlines() if x and not x.startswith("# ")]
)
def test_ordinary_lines_are_no_cause(line: str) -> None:
    assert diagnose(1, lines=[line]).cause == "it ended with an error"


@pytest.mark.parametrize("code", sorted(EXIT_CODES))
def test_exit_codes(code: int) -> None:
    found = diagnose(code)
    assert (found.cause, found.advice) == EXIT_CODES[code]


def test_other_signals_and_codes() -> None:
    assert diagnose(128 + 31).cause == EXIT_CODES[159][0]
    assert diagnose(138).cause == "it was ended by signal 10"
    assert diagnose(3).cause == "it ended with an error"
    assert diagnose(None).cause == "it could not start"


def test_out_of_memory_names_its_limit() -> None:
    assert diagnose(137, oom_killed=True).cause == "it ran out of memory"
    assert diagnose(137, oom_killed=True, memory_limit=8 * 1024**3).cause == "it ran out of memory: it may use 8 GB"
    assert diagnose(137, oom_killed=True, memory_limit=64 * 1024**2).cause == "it ran out of memory: it may use 64 MB"
    assert "memory limit" in diagnose(137, oom_killed=True, memory_limit=1).advice


def test_killed_from_outside_is_not_explained_by_what_it_happened_to_say() -> None:
    assert diagnose(137, lines=["connection refused"]).cause == EXIT_CODES[137][0]
    assert "graphics card" in diagnose(137, lines=[OOM]).cause


def test_an_old_line_does_not_win() -> None:
    survived = [OOM, *[CHATTER] * 20]
    assert diagnose(1, lines=survived).cause == "it ended with an error"
    assert diagnose(139, lines=survived).cause == EXIT_CODES[139][0]
    newer = [*survived, "PermissionError: [Errno 13] Permission denied: '/app/cache'"]
    assert diagnose(1, lines=newer).cause == "it may not use /app/cache"


def test_the_telling_line_wins_over_a_newer_vague_one() -> None:
    log = [OOM, "During handling of the above exception, another exception occurred:", "RuntimeError: Engine has died"]
    found = diagnose(1, lines=log)
    assert "graphics card" in found.cause
    assert found.line == 0


def test_a_vague_line_does_not_win_over_an_exit_code() -> None:
    assert diagnose(139, lines=["RuntimeError: something"]).cause == EXIT_CODES[139][0]


def test_colours_and_progress_are_read_as_they_are_seen() -> None:
    assert "graphics card" in diagnose(1, lines=[f"\x1b[31mERROR\x1b[0m {OOM}"]).cause
    assert "disk" in diagnose(1, lines=["downloading 10%\rdownloading 20%\rwrite: No space left on device"]).cause


def test_evidence_shows_the_telling_line() -> None:
    log = [*(f"line {i}" for i in range(30)), OOM, *(f"  at frame {i}" for i in range(30))]
    shown = evidence(log, 30)
    assert shown[-2:] == (OOM, "  at frame 0")
    assert len(shown) == EVIDENCE_LINES
    assert evidence(log, None) == tuple(log[-EVIDENCE_LINES:])
    assert evidence([], None) == ()


def test_own_words_are_short() -> None:
    assert len(diagnose(1, lines=["RuntimeError: " + "x" * 5_000]).cause) < 200
    assert len(diagnose(None, error="y" * 5_000).cause) < 200


def test_long_lines_take_no_time() -> None:
    # Patterns with several gaps would take minutes over a line like this if they saw all of it.
    assert diagnose(1, lines=["a" * 16_000, "/x" * 8_000, "model " * 3_000] * 10).cause


def test_every_sign_has_words() -> None:
    for sign in SIGNS:
        assert sign.cause == sign.cause.strip(". ")
        assert sign.advice == "" or sign.advice.endswith((".", ")."))
