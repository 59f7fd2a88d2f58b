"""Whatever a file holds, loading ends in a project or in a ComposeError: no crash, no hang, no flood of memory."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harmony_desktop.stack import dotenv, shellwords, units
from harmony_desktop.stack.errors import ComposeError
from harmony_desktop.stack.faults import Fault
from harmony_desktop.stack.interpolate import substitute
from harmony_desktop.stack.render import to_json, to_yaml
from harmony_desktop.stack.review import review
from tests.stack.corpus import cases
from tests.stack.project_of import project_of

#: More by hand: ``HARMONY_EXAMPLES=100000``.
EXAMPLES = int(os.environ.get("HARMONY_EXAMPLES", "300"))

many = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="HARMONY_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)

#: Whole files to start from, and pieces to put into them.
TEXTS = sorted({text for case in cases() for name, text in case.files.items() if name.endswith((".yaml", ".yml"))})
PIECES = (
    ": ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "<<: ",
    "!reset ",
    "!override ",
    "!!int ",
    "!!binary ",
    "null",
    "~",
    "''",
    '"',
    "|",
    ">",
    "\n",
    "\n  ",
    "\t",
    "#",
    "${",
    "${A:-",
    "}",
    "$$",
    "---\n",
    "? ",
    "0x",
    "1e999",
    "-1",
    "99999999999999999999",
    "services:\n",
    "include:\n",
    "extends:\n",
    "compose.yaml",
    "\x00",
    "\u2028",
    "\ufeff",
    "true",
    "x-harmony: ",
    "%",
    "@",
)


def attempt(data: bytes) -> None:
    """Load, and look at all that comes of it."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            project = project_of(Path(folder), data, environ={"A": "a"})
        except ComposeError:
            return
        assert to_json(project)
        assert to_yaml(project)
        review(project)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 6)))
        text = text[:start] + draw(st.one_of(st.sampled_from(PIECES), st.text(max_size=3))) + text[end:]
    return text.encode("utf-8", "surrogatepass")


@many
@given(mutated())
def test_mutated_files(data: bytes) -> None:
    attempt(data)


@many
@given(st.binary(max_size=200))
def test_random_bytes(data: bytes) -> None:
    attempt(data)


@many
@given(st.text(max_size=60))
@example("A='")
@example('A="\\')
def test_env_files(text: str) -> None:
    try:
        values = dotenv.parse(text, {"A": "a"}.get)
    except ComposeError:
        return
    assert all(isinstance(value, str) for value in values.values())


@many
@given(st.text(alphabet="${}:-+?A b\n_0", max_size=40))
def test_templates(text: str) -> None:
    with contextlib.suppress(Fault):
        assert isinstance(substitute(text, {"A": "a"}.get), str)


@many
@given(st.text(alphabet="ab \\'\"`$();|>1", max_size=30))
def test_command_lines(text: str) -> None:
    try:
        words = shellwords.split(text)
    except ValueError:
        return
    assert all(isinstance(word, str) for word in words)


@many
@given(st.integers(-(2**62), 2**62))
def test_durations_come_back_as_they_were(nanoseconds: int) -> None:
    assert units.parse_duration(units.format_duration(nanoseconds)) == nanoseconds


@many
@given(st.dictionaries(st.from_regex(r"[A-Z_][A-Z0-9_]*", fullmatch=True), st.text(alphabet="ab #'=$\\", max_size=8)))
def test_single_quoted_values_come_back_as_they_were(values: dict[str, str]) -> None:
    plain = {key: value for key, value in values.items() if "'" not in value and not value.endswith("\\")}
    plain = {key: value for key, value in plain.items() if "\\'" not in value}
    text = "".join(f"{key}='{value}'\n" for key, value in plain.items())
    assert dotenv.parse(text, lambda _name: None) == plain


def test_a_line_of_many_variables_takes_no_time_to_speak_of() -> None:
    assert (
        substitute("${U:-a}" * 100_000, lambda _name: None) == "a" * 100_000
    )  # would take hours if each looked at the rest
