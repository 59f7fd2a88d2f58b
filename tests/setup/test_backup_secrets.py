"""Secrets that are taken out of configuration files: gone wherever they stand, and all else stays as it is."""

from __future__ import annotations

import pytest

from harmony_desktop.setup.backup_secrets import NotEmptiedError, emptied, filled, has_secrets

TOKEN = "hf_QmZ7vTcLrXw3KpYd9NsBf2HgJt5EaUo8Vi"


def test_variables_become_comments_and_come_back() -> None:
    before = f"""# Settings
A=1
HF_TOKEN={TOKEN} # mine
export PASSWORD='a b'
OPENAI_API_KEY="sk-abcdefghijklmnopqrstuvwxyz"
max_tokens=12
#OLD_TOKEN={TOKEN}
EMPTY_TOKEN=
""".encode()
    after, names = emptied(".env", before)
    assert after == (
        b"# Settings\nA=1\n#HF_TOKEN= # mine\n#PASSWORD=\n#OPENAI_API_KEY=\nmax_tokens=12\n#OLD_TOKEN=\nEMPTY_TOKEN=\n"
    )
    assert names == ("HF_TOKEN", "PASSWORD", "OPENAI_API_KEY")
    here = filled(after, names, before)
    assert b"HF_TOKEN=" + TOKEN.encode() in here
    assert b"PASSWORD='a b'" in here
    assert filled(after, names, b"A=2\n") == after, "the folder has none of them"


def test_a_secret_in_a_comment_behind_a_secret() -> None:
    assert emptied(".env", f"A_TOKEN=abcd1234 # was {TOKEN}\n".encode())[0] == b"#A_TOKEN= # was \n"


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("config.json", '{"tts": {"apikey": "sk-0123456789abcdef"}}', '{"tts": {"apikey": ""}}'),
        ("docker-compose.yml", "a:\n  API_KEY: abcdefgh1234\n  B: 1\n", "a:\n  API_KEY: \n  B: 1\n"),
        ("CMD_FLAGS.txt", "--listen\n--api-key abcdef12345\n", "--listen\n--api-key \n"),
        ("note.txt", f"see {TOKEN}\n", "see \n"),
    ],
)
def test_secrets_of_other_files(path: str, before: str, after: str) -> None:
    assert emptied(path, before.encode())[0].decode() == after
    assert has_secrets({path: before.encode()})
    assert not has_secrets({path: after.encode()})


@pytest.mark.parametrize("text", ["TOKEN=${HF_TOKEN}\n", "max_tokens: 2048\n", "key: value\n", "A=1\r\nB=2\r\n"])
def test_what_is_no_secret_stays(text: str) -> None:
    for path in (".env", "config.yml"):
        assert emptied(path, text.encode()) == (text.encode(), ())


def test_what_would_break_or_is_no_text_is_left_out() -> None:
    with pytest.raises(NotEmptiedError):
        emptied("config.json", b'{"password": 123456}')
    with pytest.raises(NotEmptiedError):
        emptied(".env", b"A=\xff\xfe\n")
