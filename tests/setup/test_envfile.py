from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmony_desktop.setup.envfile import EnvFile, quote
from harmony_desktop.stack import dotenv
from tests.setup.conftest import Oracle

VALUES = [
    "8.9",
    "7.5;8.6",
    "/home/you/Harmony/harmony-link/harmony-tmp",
    "/home/two words/x",
    "/home/a#b/c #d",
    "/home/O'Brien/x",
    "/home/jürgen/日本",
    "/tmp/$HOME/${X:-y}/$$",
    '/tmp/"quoted"/x',
    "/tmp/'both' \"kinds\" $X \\",
    "C:\\new\\table\\app",
    "C:\\Users\\Jane Doe\\Harmony\\harmony-link\\harmony-tmp",
    "C:\\Users\\O'Brien\\new\\$x",
    "D:\\",
    "D:\\with blank\\",
    "\\\\server\\share\\x",
    "C:/Users/x",
    "tick`s",
    "a=b",
    "",
]


@pytest.mark.oracle
def test_the_official_compose_reads_exactly_what_was_meant(tmp_path: Path, oracle: Oracle) -> None:
    env = EnvFile(b"# values\n")
    for index, value in enumerate(VALUES):
        env.set(f"V{index}", value)
    (tmp_path / "values.env").write_bytes(bytes(env))
    (tmp_path / "compose.yml").write_text("services: {a: {image: x, env_file: values.env}}\n")
    read = oracle(tmp_path)["services"]["a"]["environment"]
    # `config` doubles dollars, so that its output can be read again.
    assert {name: text.replace("$$", "$") for name, text in read.items()} == {
        f"V{index}": value for index, value in enumerate(VALUES)
    }


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])))
def test_our_own_reader_agrees(value: str) -> None:
    assert dotenv.parse(f"V={quote(value)}\nW=1\n", lambda _: None) == {"V": value, "W": "1"}


@pytest.mark.parametrize("value", VALUES)
def test_a_value_comes_back(value: str) -> None:
    env = EnvFile(b"A=1\n")
    env.set("NAME", value)
    assert env.value("NAME") == value
    assert EnvFile(bytes(env)).value("NAME") == value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("C:\\Users\\you\\tmp", "'C:\\Users\\you\\tmp'"),
        ("C:/Users/you/tmp", "C:/Users/you/tmp"),
        ("\\\\server\\share", "'\\\\server\\share'"),
        ("C:\\it's\\new", '"C:\\\\it\'s\\\\new"'),
        ("D:\\", '"D:\\\\"'),
        ("$HOME", "'$HOME'"),
    ],
)
def test_a_windows_path_keeps_its_backslashes(value: str, written: str) -> None:
    assert quote(value) == written


@pytest.mark.parametrize("value", ["a\nb", "a\rb"])
def test_a_line_end_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="line end"):
        quote(value)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"N=new\n"),
        (b"A=1", b"A=1\nN=new\n"),
        (b"A=1\r\n", b"A=1\r\nN=new\r\n"),
        (b"A=1\r\nB=2", b"A=1\r\nB=2\r\nN=new\r\n"),
        (b"\xef\xbb\xbfN=old\n", b"\xef\xbb\xbfN=new\n"),
        (b"\xef\xbb\xbfA=1\r\nN=old\r\n", b"\xef\xbb\xbfA=1\r\nN=new\r\n"),
        (b"N=old # why\nB=2\n", b"N=new # why\nB=2\n"),
        (b'N="old \\" one" # why\n', b"N=new # why\n"),
        (b"N='old'\n", b"N=new\n"),
        (b"export N = old\n", b"export N = new\n"),
        (b"  N: old\n", b"  N: new\n"),
        (b"N=\n", b"N=new\n"),
        (b'N=""\n', b"N=new\n"),
        (b"N= # nothing yet\n", b"N= new # nothing yet\n"),
        (b"N=1\nB=2\nN=3\n", b"N=1\nB=2\nN=new\n"),
        (b"# top\n#N=default\nB=2\n", b"# top\n#N=default\nN=new\nB=2\n"),
        (b"#N=default", b"#N=default\nN=new\n"),
        (b'B="one\nN=inside\n"\nN=old\n', b'B="one\nN=inside\n"\nN=new\n'),
        (b'B="one\nN=inside\n"\n', b'B="one\nN=inside\n"\nN=new\n'),
        (b"NO=1\nXN=2\n", b"NO=1\nXN=2\nN=new\n"),
        (b"B=\xff\xfe\nN=old\n", b"B=\xff\xfe\nN=new\n"),
        ("B=a\u2028N=b\n".encode(), "B=a\u2028N=b\nN=new\n".encode()),
        (b"N=new   # kept\n", b"N=new   # kept\n"),
        (b"N='new'\n", b"N='new'\n"),
    ],
)
def test_one_line_changes_and_nothing_else(before: bytes, after: bytes) -> None:
    env = EnvFile(before)
    env.set("N", "new")
    assert bytes(env) == after


def test_a_file_that_is_only_read_stays_as_it_is() -> None:
    content = b"\xef\xbb\xbf# a\r\n\r\nB = 'x' \nC\n=odd\n\x0c\x85"
    assert bytes(EnvFile(content)) == content


def test_a_multi_line_value_is_left_alone() -> None:
    before = b'N="one\ntwo"\n'
    env = EnvFile(before)
    assert env.value("N") is None
    env.set("N", "new")
    # The last assignment counts.
    assert bytes(env) == before + b"N=new\n"
