"""What is masked, what stays readable, and that no text takes longer than it should."""

from __future__ import annotations

import base64
import json
import re
import re._parser as re_parser  # type: ignore[import-not-found] # what a pattern is, only its own parser tells
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harmony_desktop.cli.console import STEP_WORDS
from harmony_desktop.control import secret_data, secret_places, secret_shapes, secret_values
from harmony_desktop.control.known_secrets import LateMasker, learn_file, learn_folder, learn_project, plain_words
from harmony_desktop.control.masking import MASK, Masker
from harmony_desktop.control.secret_names import is_secret
from harmony_desktop.control.secret_places import placed
from harmony_desktop.control.secret_shapes import shaped
from harmony_desktop.stack.load import load_project

SECRET_NAMES = (
    *(
        "OPENAI_API_KEY",
        "HF_TOKEN",
        "apiKey",
        "api_key",
        "apikey",
        "password",
        "DB_PASSWORD",
        "PGPASSWORD",
        "passwd",
        "x-api-key",
        "identitytoken",
        "auth",
    ),
    *(
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "session_id",
        "cookie",
        "Set-Cookie",
        "Authorization",
        "private_key",
        "SSH_PRIVATE_KEY",
    ),
    *(
        "clientSecret",
        "accessToken",
        "HF_TOKEN_READ",
        "PASSWORD2",
        "MYSQL_PWD",
        "com.example.api_key",
        "elevenlabsApiKey",
        "SECRET_KEY",
    ),
    *(
        "traefik.http.middlewares.a.basicauth.users",
        "signing_key",
        "TOKEN",
        "JWT",
        "passphrase",
        "DB_PASS",
        "refresh_token",
        "hf-token",
        "bearer",
    ),
    *("credential", "credentials"),
)
OPEN_NAMES = (
    *(
        "max_tokens",
        "tokenizer",
        "truncation_length",
        "key",
        "harmony-user.key",
        "PWD",
        "OLDPWD",
        "HF_TOKEN_FILE",
        "POSTGRES_PASSWORD_FILE",
    ),
    *(
        "public_key",
        "eos_token",
        "secrets",
        "XDG_SESSION_TYPE",
        "author",
        "max_new_tokens",
        "maxnewtokens",
        "token_count",
        "KEYBOARD_LAYOUT",
        "monkey",
    ),
    *(
        "bypass",
        "TORCH_CUDA_ARCH_LIST",
        "compass",
        "special_tokens",
        "tokens_per_second",
        "secret_name",
        "stop_tokens",
        "auth_type",
        "SSH_AUTH_SOCK",
    ),
    *("prompt_tokens", "key_file", "keep_alive", "passthrough"),
)


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_names_of_secrets(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", OPEN_NAMES)
def test_names_of_other_things(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("HF_TOKEN=abcd1234", "HF_TOKEN=<masked>"),
        ('export DB_PASSWORD="two words" # why', 'export DB_PASSWORD="<masked>" # why'),
        ("  - DB_PASSWORD=correct horse battery", "  - DB_PASSWORD=<masked>"),
        ("      OPENAI_API_KEY: plain  # why", "      OPENAI_API_KEY: <masked>  # why"),
        ("KEY: ${OPENAI_API_KEY:-fallback}", "KEY: ${OPENAI_API_KEY:-<masked>}"),
        ("token: ${OTHER:-fallback}", "token: ${OTHER:-<masked>}"),
        ('{"apikey": "abc123", "n": 1}', '{"apikey": "<masked>", "n": 1}'),
        (r'msg="{\"api_key\": \"abc123\", \"n\": 2}"', r'msg="{\"api_key\": \"<masked>\", \"n\": 2}"'),
        ("Authorization: Bearer abc", "Authorization: Bearer <masked>"),
        ("curl -H 'Authorization: Bearer abc' http://x/y", "curl -H 'Authorization: Bearer <masked>' http://x/y"),
        ("curl -s -u admin:hunter2 http://x", "curl -s -u <masked> http://x"),
        ("via http://bob:p%40ss@proxy:3128/", "via http://bob:<masked>@proxy:3128/"),
        ("clone https://t0ken@github.com/x", "clone https://<masked>@github.com/x"),
        ("GET /v1?api_key=abc&model=x&token=zzz HTTP/1.1", "GET /v1?api_key=<masked>&model=x&token=<masked> HTTP/1.1"),
        ("--api-key VALUE --listen", "--api-key <masked> --listen"),
        ("x --hf-token=VALUE --listen", "x --hf-token=<masked> --listen"),
        ('["--api-key", "VALUE", "--listen"]', '["--api-key", "<masked>", "--listen"]'),
        ("  - --api-key\n  - VALUE\n  - --listen", "  - --api-key\n  - <masked>\n  - --listen"),
        ("Cookie: a=b; c=d", "Cookie: <masked>"),
        ("login with password=hunter2, user=bob", "login with password=<masked>, user=bob"),
        ("password:hunter2", "password:<masked>"),
        ("token=abc123 was refused", "token=<masked> was refused"),
        ("ENV HF_TOKEN hunter22", "ENV HF_TOKEN <masked>"),
        ("the password is hunter22.", "the password is <masked>"),
        ("API key: hunter22", "API key: <masked>"),
        ("<password>hunter22</password>", "<password><masked></password>"),
        ("?token%3Dhunter22", "?token%3D<masked>"),
        ("amqp://user:hun/ter22@mq http://host:8080/a", "amqp://user:<masked>@mq http://host:8080/a"),
        ("sshpass -p hunter22 ssh", "sshpass -p <masked> ssh"),
        ("TOKEN=three small words", "TOKEN=<masked>"),
        ("password: 123456", "password: <masked>"),
        ("password: |\n  one\n  two\nother: 1", "password: |\n  <masked>\n  <masked>\nother: 1"),
        ("api_keys:\n  - abc\n  - def\nother: 1", "api_keys:\n  - <masked>\n  - <masked>\nother: 1"),
        ("found hf_AbCdEfGhIjKlMnOp", "found <masked>"),
        ("sk-proj-abcdefghijklmnop0123 ghp_0123456789abcdefXYZ", "<masked> <masked>"),
        ("glpat-0123456789abcdefghij xoxb-123-456-abcdef AKIAIOSFODNN7EXAMPLE", "<masked> <masked> <masked>"),
        ("github_pat_11ABCDEFG0123456789_abc", "<masked>"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s-_x", "jwt <masked>"),
        ("a\n-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\nb", "a\n<masked>\nb"),
        ('"auth": "dXNlcjpwYXNz"', '"auth": "<masked>"'),
    ],
)
def test_secrets_in_texts(text: str, masked: str) -> None:
    assert Masker().text(text) == masked
    assert Masker().text(masked) == masked  # once is enough, and twice does no harm


@pytest.mark.parametrize(
    "text",
    [
        'HF_TOKEN=""',
        "HF_TOKEN=\nNEXT=1",
        "token: ${HF_TOKEN}",
        "token: ${HF_TOKEN:?give one}",
        "- ./harmony-link/harmony-user.key:/app/harmony-user.key:ro",
        '"max_tokens": 2048, "tokenizer": "bert", "truncation_length": 4096, "key": "value"',
        "key: value",
        "prompt eval time = 12 ms / 93 tokens (48.3 tokens per second), tokens: 93",
        "llama_model_loader: - kv  12: tokenizer.ggml.eos_token_id u32 = 128009",
        "bos token = 1 '<s>', eos_token: </s>",
        "image: registry/auth:latest",
        "sha256:aa0bd0c7a1d5d0d3d6e1d0c7a1d5d0d3d6e1d0c7a1d5d0d3d6e1d0c7a1d5d0d3",
        "aa0bd0c7a1d5d0d3d6e1d0c7a1d5d0d3d6e1d0c7a1d5d0d3d6e1d0c7a1d5d0d3",
        "hf_transfer hf_hub_download task-runner-of-some-length risk-assessment-and-more",
        "token is required; if token == expected",
        "auth: true\npassword: null\nsecrets:\n  db:\n    file: ./db.txt",
        "http://127.0.0.1:8080/a?b=c ssh://git@host/x http://host:8080",
        "git clone git@github.com:a/b.git",
    ],
)
def test_what_stays_readable(text: str) -> None:
    assert Masker().text(text) == text


def test_data_by_keys_pairs_and_flags() -> None:
    data = {
        "command": ["--api-key", "abc", "--listen"],
        "environment": {"A_TOKEN": "pa$$", "MAX_TOKENS": "2048", "EMPTY_TOKEN": "", "NONE_TOKEN": None},
        "Env": ["DB_PASSWORD=two words", "PATH=/bin", "OPAQUE=aB3dE5gH7jK9mN1pQ3sT5vW7"],
        "credentials": {"user": "bob", "value": "hunter2"},
        "secrets": {"db": {"file": "./x"}},
        "auths": {"registry": {"auth": "abc="}},
        "password": 1234,
        "list": [{"name": "API_KEY", "value": "zz"}],
        "tokens": 5,
        "auth": True,
    }
    assert Masker().data(data) == {
        "command": ["--api-key", MASK, "--listen"],
        "environment": {"A_TOKEN": MASK, "MAX_TOKENS": "2048", "EMPTY_TOKEN": "", "NONE_TOKEN": None},
        "Env": [f"DB_PASSWORD={MASK}", "PATH=/bin", f"OPAQUE={MASK}"],
        "credentials": {"user": "bob", "value": MASK},
        "secrets": {"db": {"file": "./x"}},
        "auths": {"registry": {"auth": MASK}},
        "password": MASK,
        "list": [{"name": "API_KEY", "value": MASK}],
        "tokens": 5,
        "auth": True,
    }


@given(st.text(min_size=8, max_size=60), st.binary(max_size=5), st.binary(max_size=5))
@example("p'a$s\"w\\ord", b"user:", b"\n")
def test_what_is_known_is_found_in_every_encoding(secret: str, before: bytes, behind: bytes) -> None:
    masker = Masker()
    secret = secret.strip()
    masker.learn(secret)
    if (
        secret_values.harmless(secret)
        or len(secret) < 8
        or any(sign in secret for sign in "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
    ):
        return
    data = secret.encode("utf-8", "surrogatepass") if secret.isprintable() else secret.encode()
    encoded = base64.b64encode(before + data + behind).decode()
    for text in (
        f"x {secret} y",
        urllib.parse.quote(secret, safe=""),
        urllib.parse.quote_plus(secret),
        json.dumps({"x": secret}),
        data.hex(),
    ):
        assert MASK in masker.text(text)
        assert secret not in masker.text(text)
    assert MASK in masker.text(encoded)


@given(st.text())
@example("password=password=")
@example('{"token": "\\')
@example("-----BEGIN PRIVATE KEY-----")
@example("token: |\n\n   ")
def test_any_text_can_be_masked(text: str) -> None:
    masked = Masker().text(text)
    assert Masker().text(masked).count(MASK) >= masked.count(MASK)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_data_keeps_its_shape(data: object) -> None:
    masked = Masker().data(data)
    assert type(masked) is type(data)
    json.dumps(masked)


HOSTILE = [
    "a", "password=", "authorization: ", "://", "-----BEGIN PRIVATE KEY-----", 'token="\\', "--a ", "sk-", "curl ",
    "key: |\n", "[password: [", "A/", "pass: ${", "${TOKEN:-", "a:b@", "-", "eyJ", "secret: >\n  ", "curl x -u ",
    "\\", "cookie: a\n",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_long_hostile_texts_take_time_in_proportion(piece: str) -> None:
    """Counted in spans and bounded by construction (below); here they must merely end: a quadratic search would not."""
    text = piece * (300_000 // len(piece))
    assert sum(1 for find in (shaped, placed) for _ in find(text)) <= len(text)


def endless(pattern: Any) -> bool:
    """Whether a parsed pattern repeats something without bound and may take back what it took."""
    for operation, argument in pattern:
        if operation in {re_parser.MAX_REPEAT, re_parser.MIN_REPEAT} and argument[1] == re_parser.MAXREPEAT:
            return True
        parts = argument if isinstance(argument, tuple | list) else [argument]
        for part in parts:
            inner = part if isinstance(part, list) else [part]
            if any(endless(item) for item in inner if isinstance(item, re_parser.SubPattern)):
                return True
    return False


def test_every_repetition_in_a_pattern_is_bounded_or_possessive() -> None:
    assert endless(re_parser.parse("x(?:a|b*)"))
    modules = (secret_data, secret_places, secret_shapes, secret_values)
    patterns = {n: value for module in modules for n, value in vars(module).items() if isinstance(value, re.Pattern)}
    assert len(patterns) > 20
    assert [name for name, pattern in patterns.items() if endless(re_parser.parse(pattern.pattern))] == []


def test_home_and_user() -> None:
    masker = Masker("/home/anna", "anna")
    assert masker.text("/home/anna/Harmony, /home/annabel, by anna") == "~/Harmony, /home/annabel, by <user>"
    assert Masker("C:\\Users\\anna", "anna").text('"C:\\\\Users\\\\anna\\\\x" c:/users/ANNA/y') == '"~\\\\x" ~/y'


def test_what_files_hold_is_known_everywhere(tmp_path: Path) -> None:
    (tmp_path / "db.txt").write_text("only-in-a-file\n")
    (tmp_path / "a.env").write_text("UPLOAD_TOKEN=from-env-file\n")
    (tmp_path / ".env").write_text("DB_PASSWORD='pa$$ \"word'\nLEVEL=info\n")
    (tmp_path / "compose.yaml").write_text(
        "services:\n  web:\n    image: x\n    env_file: a.env\n    environment:\n      DB_PASSWORD: ${DB_PASSWORD}\n"
        "secrets:\n  db:\n    file: ./db.txt\n"
    )
    project = load_project(project_directory=tmp_path, environ={}, cwd=tmp_path)
    masker = Masker()
    learn_project(masker, project)
    said = 'got from-env-file, pa$$ "word, level info'
    assert masker.text(said) == "got <masked>, <masked>, level info"

    broken = Masker()
    learn_folder(broken, tmp_path)
    assert broken.text(said) == "got <masked>, <masked>, level info"


def test_a_broken_file_is_searched_as_a_text() -> None:
    masker = Masker()
    learn_file(masker, "compose.yaml", "services:\n  web: [\n  API_TOKEN: broken-but-s3cret\n")
    assert masker.text("said broken-but-s3cret") == "said <masked>"


def test_learning_waits_until_there_is_a_text() -> None:
    masker = LateMasker()
    learned: list[str] = []

    def teach(value: str) -> Callable[[Masker], None]:
        def learn(known: Masker) -> None:
            learned.append(value)
            known.learn(value)

        return learn

    masker.add("a", teach("never-needed"))
    masker.add("a", teach("abcdefgh"))
    assert not learned
    assert masker("x abcdefgh") == "x <masked>"
    assert learned == ["abcdefgh"]


def test_texts_of_words_that_are_vouched_for_need_no_learning(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        "name: mine\nservices:\n  web:\n    image: x\n    scale: 2\n    environment: {TOKEN: mine-web}\n"
        "    volumes: ['data:/data']\n"
        "  db:\n    image: x\n    container_name: ${NAME_TOKEN}\nvolumes: {data: {}}\n"
    )
    variables = {"NAME_TOKEN": "hunter2-and-more"}
    project = load_project(cwd=tmp_path, environ=variables)
    masker = LateMasker()
    learned: list[bool] = []

    def learn(known: Masker) -> None:
        learned.append(True)
        known.learn_environment(variables)
        learn_project(known, project)

    masker.add("project", learn)
    masker.vouch(lambda: STEP_WORDS | plain_words(project))
    for line in ("Created  mine-web-2\n", "Created network  mine_default\n", "Removed volume  mine_data\n", "\n"):
        assert masker(line) == line
    assert not learned
    assert masker("Created  hunter2-and-more\n") == "Created  <masked>\n", "a name that a variable holds"
    assert learned
    assert masker("it said mine-web\n") == "it said <masked>\n"
