"""What is wrong is named: the key, the file, the line and the column, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from harmony_desktop.stack.errors import ComposeError, Location, NoComposeFileError
from harmony_desktop.stack.load import load_project
from tests.stack.project_of import project_of

#: Text, line, column, words of the title, words of the advice or the cause.
#: Probes, the column where each goes wrong, the title and a word of the help.
PROBES: list[tuple[str, int, str, str]] = [
    ("port: 80, http: /, tcp: true", 11, "either http", "one probe for each"),
    ("port: 80, http: health", 22, "right form", "slash"),
    ('port: 80, http: "/a b"', 22, "right form", "percent"),
    ("port: 80, http: /, good: [200, 20]", 43, "out of range", "100 to 599"),
    ("port: 80, http: /, good: [200-2]", 38, "right form", "200-299"),
    ("port: 80, http: /, good: [299-200]", 38, "range without statuses", "200-299"),
    ("port: 80, http: /, good: 200", 31, "may not be", "a list"),
    ("port: 80, tcp: true, good: [200]", 33, "good needs an answer to HTTP", "http"),
    ("port: 80, websocket: /, finding: a", 36, "finding needs an answer to HTTP", ""),
    ('port: 80, http: /, says: "{} there"', 31, "says tells a finding", "finding"),
    ("port: 80, http: /, seconds: 0", 31, "out of range", "0.1 to 60"),
    ("port: 70000, tcp: true", 12, "out of range", "65535"),
    ("http: /", 11, "port is missing", ""),
    ("port: 80, http: /, ok: [200]", 31, "ok is unknown", ""),
]

CASES = [
    ("services:\n  web:\n    imagee: x\n", 3, 5, "imagee is unknown", "Did you mean image?"),
    ("servicess: {}\n", 1, 1, "servicess is unknown", "Did you mean services?"),
    ("services:\n  web:\n    image: x\n    provider: {type: a}\n", 4, 5, "provider is not supported", "docker compose"),
    ("jobs: {}\nservices: {}\n", 1, 1, "jobs is not supported", "schedule"),
    ("services:\n  web:\n    image: x\n    ports:\n      - 80\n      - a:b\n", 6, 9, "'a:b' is not a port", "8080:80"),
    ("services:\n  web:\n    image: x\n    ports: [70000:1]\n", 4, 13, "not a range of ports", "70000"),
    ("services:\n  web: {image: x, image: y}\n", 2, 19, "image stands here twice", "Keep one"),
    ("services:\n  web: {image: x, command: *q}\n", 2, 28, "&q is unknown", ""),
    ("services:\n  web: {image: x, 80: y}\n", 2, 19, "80 is not text", '"80"'),
    ("services:\n  web:\n    image: x\n  bad", 5, 1, "not valid YAML", "Mend the file"),
    ("services:\n  web:\n    image: [x]\n", 3, 5, "may not be a list", "text"),
    ("services:\n  web:\n    image: x\n    healthcheck: {interval: soon}\n", 4, 19, "interval", "soon"),
    ("services:\n  web:\n    image: x\n    mem_limit: lots\n", 4, 5, "mem_limit", "512m"),
    ("services:\n  web:\n    image: x\n    pull_policy: maybe\n", 4, 5, "'maybe'", "always"),
    ("services:\n  web:\n    image: ${NAME:?is needed}\n", 3, 5, "NAME is required", "is needed"),
    ("services:\n  web:\n    image: ${NAME\n", 3, 5, "not written as it should", "${NAME}"),
    ("services:\n  web:\n    image: x\n    tty: maybe\n", 4, 5, "wrong type", "neither true nor false"),
    ("services:\n  web:\n    image: x\n    networks: [front]\n", 4, 16, "front is not defined", "networks:"),
    ("services:\n  web:\n    image: x\n    depends_on: [db]\n", 4, 18, "db", "Check the name"),
    ("services:\n  web: {tty: true}\n", 2, 3, "no image", "image:"),
    ("services:\n  web:\n    image: x\n    volumes: ['data:/d']\n", 4, 15, "data is not defined", "volumes:"),
    ("services:\n  web:\n    image: x\n    env_file: nowhere.env\n", 4, 5, "nowhere.env is not there", "required"),
    ("services:\n  web:\n    extends: {file: no.yml, service: a}\n", 3, 15, "no.yml is not there", ""),
    ("include:\n  - no.yml\n", 2, 5, "no.yml is not there", ""),
    ("services:\n  web:\n    image: x\n    x-harmony: {titel: T}\n", 4, 17, "titel is unknown", "title"),
    ("services:\n  web:\n    image: x\n    x-harmony: {pages: [{title: A, port: 0}]}\n", 4, 36, "out of range", ""),
    ("services:\n  web:\n    image: x\n    x-harmony: {uses: [{service: no}]}\n", 4, 25, "no is not defined", ""),
    ("services:\n  web:\n    image: x\n    x-harmony: {probes: [{port: 80}]}\n", 4, 26, "either http", ""),
    ("services:\n  web:\n    image: x\n    x-harmony: {gaming: pause}\n", 4, 17, "gaming mode", ""),
    *(
        (
            f"services:\n  web:\n    image: x\n    x-harmony:\n      probes:\n        - {{{probe}}}\n",
            6,
            column,
            title,
            help_,
        )
        for probe, column, title, help_ in PROBES
    ),
    (
        "services:\n  a: {image: x, depends_on: [b]}\n  b: {image: x, depends_on: [a]}\n",
        3,
        17,
        "in a circle",
        "a -> b -> a",
    ),
    ("- a\n", 1, 1, "must be a mapping", ""),
    ("", 1, 1, "is empty", ""),
    ("# nothing\n---\n", 1, 1, "is empty", ""),
]


@pytest.mark.parametrize(("text", "line", "column", "title", "help_"), CASES, ids=[case[0][:50] for case in CASES])
def test_an_error_names_its_place(text: str, line: int, column: int, title: str, help_: str, tmp_path: Path) -> None:
    with pytest.raises(ComposeError) as caught:
        project_of(tmp_path, text)
    error = caught.value
    assert title in error.title
    assert help_ in f"{error.cause}\n{error.advice}"
    assert error.location is not None
    assert (error.location.line, error.location.column) == (line, column)
    assert Path(error.location.file) == tmp_path / "compose.yaml"
    assert error.exit_status == 3


def test_an_error_in_an_extended_file_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("services:\n  base:\n    image: x\n    prots: [80]\n")
    with pytest.raises(ComposeError) as caught:
        project_of(tmp_path, "services: {web: {extends: {file: base.yaml, service: base}}}")
    assert str(caught.value.location) == f"{tmp_path / 'base.yaml'}:4:5"
    assert "Did you mean ports?" in caught.value.advice


def test_an_error_in_an_override_file_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "compose.override.yaml").write_text("services:\n  web:\n    ports: yes\n")
    with pytest.raises(ComposeError) as caught:
        project_of(tmp_path, "services: {web: {image: x, ports: ['80:80']}}")
    assert str(caught.value.location) == f"{tmp_path / 'compose.override.yaml'}:3:5"


def test_an_error_in_an_env_file_names_the_line_but_no_value(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\nMY SECRET=hunter2\n")
    with pytest.raises(ComposeError) as caught:
        project_of(tmp_path, "services: {web: {image: x}}")
    assert caught.value.location is not None
    assert caught.value.location.line == 2
    assert "hunter2" not in str(caught.value)


def test_no_file_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(NoComposeFileError):
        load_project(environ={}, cwd=tmp_path)


def test_a_named_file_that_is_missing_is_another_error(tmp_path: Path) -> None:
    with pytest.raises(ComposeError) as caught:
        load_project(environ={}, cwd=tmp_path, files=["stack.yml"])
    assert not isinstance(caught.value, NoComposeFileError)
    assert "stack.yml" in caught.value.title


def test_scale(tmp_path: Path) -> None:
    text = "services: {web: {image: x}, db: {image: x, container_name: base}}"
    project = project_of(tmp_path, text, scale={"web": 3})
    assert (project.services["web"].scale, project.services["db"].scale) == (3, 1)
    with pytest.raises(ComposeError, match="no service wbe"):
        project_of(tmp_path, text, scale={"wbe": 2})
    with pytest.raises(ComposeError, match="one name base"):
        project_of(tmp_path, text, scale={"db": 2})


def test_variables_that_are_not_set_are_told_with_their_place(tmp_path: Path) -> None:
    project = project_of(tmp_path, "services:\n  web:\n    image: x$TAG\n    user: $TAG\n")
    assert [str(notice) for notice in project.warnings] == [
        f"{tmp_path / 'compose.yaml'}:3:5: The variable TAG is not set; it is taken as empty"
    ]


def test_build_beside_an_image_is_a_warning(tmp_path: Path) -> None:
    project = project_of(tmp_path, "services:\n  web:\n    image: x\n    build: .\n")
    (notice,) = project.warnings
    assert "not built here" in notice.text
    assert notice.location is not None
    assert notice.location.line == 4


def test_hostile_files_are_refused(tmp_path: Path) -> None:
    bomb = "x-0: &a0 [lol]\n" + "".join(f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    deep = "x-a: " + "[" * 3000 + "]" * 3000
    nested = "x-a: ${A:-" * 1 + "${A:-" * 5000 + "}" * 5001
    wide = "x-a: [" + "1, " * 150_000 + "1]"
    circle = "x-a: &a [*a]"
    control = "x-a: \x01"
    for text in (bomb, deep, nested, wide, circle, control):
        with pytest.raises(ComposeError):
            project_of(tmp_path, f"{text}\nservices: {{web: {{image: x}}}}\n")


def test_a_file_of_fifty_megabytes_is_refused_by_its_size(tmp_path: Path) -> None:
    with pytest.raises(ComposeError, match="too large"):
        project_of(tmp_path, b"#" * 50_000_000)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"services: \xff", b"\x00", b"%YAML 9.9\n---\na: b"])
def test_what_is_no_text_is_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(ComposeError):
        project_of(tmp_path, data)


def test_paths_that_no_system_takes(tmp_path: Path) -> None:
    for path in ("x" * 5000, "nul\\0"):
        for text in (f'include: ["{path}"]', f'services: {{a: {{extends: {{file: "{path}", service: b}}}}}}'):
            with pytest.raises(ComposeError, match="is not there"):
                project_of(tmp_path, text)
        with pytest.raises(ComposeError, match="is not there"):
            project_of(tmp_path, f'services: {{a: {{image: x, env_file: "{path}"}}}}')


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").mkdir()
    with pytest.raises(ComposeError, match="cannot be read"):
        load_project(environ={}, cwd=tmp_path)


def test_an_env_file_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "compose.yml").write_text("services: {a: {image: x}}\n")
    (tmp_path / ".env").write_bytes("A=1\nB=Grüße\n".encode("latin-1"))
    with pytest.raises(ComposeError, match="is not UTF-8 text") as caught:
        load_project(project_directory=tmp_path, environ={}, cwd=tmp_path)
    assert caught.value.location == Location(str(tmp_path / ".env"), 2, 1)
