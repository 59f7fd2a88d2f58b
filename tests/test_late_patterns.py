"""Patterns that wait for their first use do then what those of ``re`` do at once."""

from __future__ import annotations

import copy
import pickle
import re
import subprocess
import sys
import threading
from typing import Any

import pytest

from harmony_desktop.late_patterns import LatePattern, compiled_later


def late(pattern: str | bytes, flags: int = 0) -> Any:
    with compiled_later():
        made: object = re.compile(pattern, flags)
    assert isinstance(made, LatePattern)
    return made


def test_they_search_as_the_real_ones_do() -> None:
    real, ours = re.compile(r"(?P<word>\w+)-(\d+)", re.IGNORECASE), late(r"(?P<word>\w+)-(\d+)", re.IGNORECASE)
    text = "one-1, TWO-22"
    for method in ("search", "match", "fullmatch"):
        found, wanted = getattr(ours, method)(text), getattr(real, method)(text)
        assert (found and found.groups()) == (wanted and wanted.groups())
    assert [found.groupdict() for found in ours.finditer(text)] == [found.groupdict() for found in real.finditer(text)]
    assert ours.findall(text) == real.findall(text)
    assert ours.split(text) == real.split(text)
    assert ours.sub(r"\2", text) == real.sub(r"\2", text)
    assert (ours.pattern, ours.flags, ours.groups, ours.groupindex) == (
        real.pattern,
        real.flags,
        real.groups,
        real.groupindex,
    )
    assert repr(ours) == repr(real)


def test_copies_and_pickles_are_as_good() -> None:
    ours = late("(?:a)+(?:)")
    for other in (copy.copy(ours), copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        assert other.findall("aab") == ["aa"]


def test_bytes_and_compiled_patterns_are_taken_too() -> None:
    assert late(b"(?:a)+(?:)").findall(b"aab") == [b"aa"]
    real = re.compile("a+")
    with compiled_later():
        assert re.compile(real) is real


def test_what_is_wrong_is_told_at_the_first_use() -> None:
    ours = late("((((((((((")
    with pytest.raises(re.error):
        ours.search("x")


def test_only_what_is_inside_waits() -> None:
    compile_ = re.compile
    with compiled_later():
        with compiled_later():
            pass
        assert type(re.compile("x" * 9)).__name__ == "LatePattern"
        assert isinstance(re.compile("x" * 8), re.Pattern)
    assert re.compile is compile_
    with pytest.raises(ZeroDivisionError), compiled_later():
        1 / 0  # noqa: B018 - what goes wrong inside
    assert isinstance(re.compile("x"), re.Pattern)


def test_other_threads_are_told_at_once_what_is_wrong() -> None:
    made: list[object] = []

    def compile_() -> None:
        made.append(re.compile("x" * 9))
        with pytest.raises(re.error):
            re.compile("((((((((((")

    with compiled_later():
        thread = threading.Thread(target=compile_)
        thread.start()
        thread.join()
    assert isinstance(made[0], re.Pattern)


def test_the_programs_the_panel_builds_on_work_with_them() -> None:
    code = (
        "import harmony_desktop.engine.client, harmony_desktop.stack.source, re, sys\n"
        "from urllib3.util.url import parse_url\n"
        "import urllib3.util.url, yaml, http.cookiejar, requests\n"
        "assert type(urllib3.util.url._URI_RE).__name__ == 'LatePattern', type(urllib3.util.url._URI_RE)\n"
        "assert parse_url('http://[::1]:80/a?b#c').host == '[::1]'\n"
        "assert yaml.safe_load('a: 2024-01-02\\nb: 1_000\\nc: !!float 1e3\\n')['b'] == 1000\n"
        "assert yaml.dump({'a': '1.5'}) == \"a: '1.5'\\n\"\n"
        "assert http.cookiejar.http2time('Wed, 09 Feb 1994 22:23:32 GMT') == 760832612\n"
        "assert requests.Request('GET', 'http://x/', headers={'A': 'b'}).prepare().url == 'http://x/'\n"
        "import gettext\n"
        "assert gettext.c2py('n != 1')(2) == 1\n"
        "from docker.utils.build import split_path\n"
        "assert split_path('a/./b') == ['a', 'b']\n"
        "assert isinstance(re.compile('x' * 9), re.Pattern)\n"
        "assert 'importlib.metadata' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
