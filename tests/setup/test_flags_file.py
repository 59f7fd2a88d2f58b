"""CMD_FLAGS.txt: what is changed is what was meant, and all else stays to the byte."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmony_desktop.assets import compose_dir
from harmony_desktop.setup.flags_file import CONTEXT, MODEL, FlagsFile
from harmony_desktop.stack.errors import HarmonyError


def changed(before: bytes, model: str = "m.gguf", context: str = "") -> bytes:
    flags = FlagsFile(before)
    flags.set(MODEL, model)
    if context:
        flags.set(CONTEXT, context)
    return bytes(flags)


def words(content: bytes) -> list[str]:
    """The words as the service reads them."""
    lines = [line.strip().rstrip("\\").strip() for line in content.decode("utf-8-sig").splitlines()]
    return shlex.split(" ".join(line for line in lines if line and not line.startswith("#")))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"--model m.gguf\n"),
        (b"# c\n--listen\n--api\n", b"# c\n--listen\n--api\n--model m.gguf\n"),
        (b"--listen\n--api", b"--listen\n--api\n--model m.gguf\n"),
        (b"--listen\r\n--api", b"--listen\r\n--api\r\n--model m.gguf\r\n"),
        (b"--model old.gguf --listen\n# end", b"--model m.gguf --listen\n# end"),
        (b"--listen --model=old.gguf --api", b"--listen --model=m.gguf --api"),
        (b"# --model not-this\n--model 'old one.gguf'\n", b"# --model not-this\n--model m.gguf\n"),
        (b"--model\nold.gguf\n--api\n", b"--model\nm.gguf\n--api\n"),
        (b"--model a\n--api\n--model b\n", b"--api\n--model m.gguf\n"),
        (b"--model-menu\n--model_type x\n", b"--model-menu\n--model_type x\n--model m.gguf\n"),
        (b"--model --api\n", b"--model m.gguf --api\n"),
        (b"\xef\xbb\xbf--model a\n", b"\xef\xbb\xbf--model m.gguf\n"),
        (b"--listen \\\n--model a \\\n--api\n", b"--listen \\\n--model m.gguf \\\n--api\n"),
    ],
)
def test_only_the_flag_changes(before: bytes, after: bytes) -> None:
    assert changed(before) == after
    assert changed(after) == after, "a second time there is nothing to do"


def test_the_context_keeps_the_name_that_it_has() -> None:
    assert changed(b"--n_ctx 4096\n", context="8192") == b"--n_ctx 8192\n--model m.gguf\n"
    flags = FlagsFile(b"--api\n")
    flags.set(CONTEXT, "8192", "--n_ctx")
    assert bytes(flags) == b"--api\n--n_ctx 8192\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"--listen\n--model a\n# c\n", b"--listen\n# c\n"),
        (b"--listen --model a --api\n", b"--listen --api\n"),
        (b"--listen\n--model a", b"--listen\n"),
        (b"--api\n", b"--api\n"),
    ],
)
def test_a_flag_can_be_taken_out(before: bytes, after: bytes) -> None:
    flags = FlagsFile(before)
    flags.remove(MODEL)
    assert bytes(flags) == after


def test_what_cannot_be_understood_is_left_alone() -> None:
    for content in (b'--model "open\n', b"\xff\xfe\x00", b"--x 'y\n"):
        with pytest.raises(HarmonyError, match="cannot be edited"):
            FlagsFile(content)


def test_the_shipped_file_keeps_its_comments() -> None:
    shipped = (compose_dir() / "text-generation-webui-harmonyai" / "CMD_FLAGS.txt").read_bytes()
    after = changed(shipped, context="8192")
    assert after.startswith(shipped.rstrip(b"\n"))
    assert words(after) == [*words(shipped), "--model", "m.gguf", "--ctx-size", "8192"]


WORD = st.sampled_from(["--listen", "--api", "--model a", "--model=b", "--threads 4", "", "'x y'", "--n_ctx 5"])
LINE = st.one_of(st.lists(WORD, max_size=3), st.just(["# note"]))


@given(st.lists(LINE, max_size=6), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_the_service_reads_what_was_meant(lines: list[list[str]], end: str, last: bool) -> None:
    before = (end.join(" ".join(line) for line in lines) + (end if last else "")).encode()
    after = changed(before)
    assert FlagsFile(after).value(MODEL) == "m.gguf"

    def without_model(content: bytes) -> list[str]:
        flags = FlagsFile(content)
        flags.remove(MODEL)
        return words(bytes(flags))

    assert without_model(after) == without_model(before)
    comments = [line for line in before.decode().splitlines() if line.lstrip().startswith("#")]
    assert [line for line in after.decode().splitlines() if line.lstrip().startswith("#")] == comments
