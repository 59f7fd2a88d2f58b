"""The linter: what one file says that another does not bear out, found, told and mended by one press."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harmony_desktop.control.findings import Finding, Severity
from harmony_desktop.setup.composefile import file_of
from harmony_desktop.setup.linter import from_disk, lint
from harmony_desktop.stack.load import load_project
from harmony_desktop.stack.project import Project

LAYOUT = Path(__file__).parents[1] / "stack" / "layouts" / "v0.2"
TEXT = "http://text-generation-webui-harmonyai:5000/v1"
SPEECH = "http://harmonyspeech-engine:12080"


def loaded(folder: Path, hardware: str = "cpu", **environ: str) -> Project:
    return load_project(files=[folder / file_of(hardware)], environ=environ, cwd=folder)


@pytest.fixture
def stack(edition: Path) -> Path:
    (edition / "harmony-link" / "harmony-user.key").touch()
    return edition


@pytest.fixture
def config(stack: Path) -> Path:
    return stack / "harmony-link" / "config.json"


def changed(config: Path, kind: str, entity: str = "assistant", **values: Any) -> None:
    """Change the settings of a module as a user would, in the text."""
    data = json.loads(config.read_text())
    settings = data["entities"][entity][kind]
    settings[settings["module"]] |= values
    config.write_text(json.dumps(data, indent=2))


def mended(finding: Finding) -> None:
    text = from_disk(finding.file)
    assert text is not None
    assert finding.correction is not None
    finding.file.write_text(finding.correction.applied(text))


@pytest.mark.parametrize("hardware", ["cpu", "nvidia"])
def test_what_ships_agrees_with_itself(stack: Path, hardware: str) -> None:
    assert lint(loaded(stack, hardware)) == ()


ENDPOINTS = [
    # (kind, what stands there, what is right, words of the finding)
    ("backend", "http://localhost:5000/v1", TEXT, "localhost is the container of Harmony Link itself"),
    ("backend", "http://127.0.0.1:5000/v1", TEXT, "127.0.0.1 is the container"),
    ("backend", "http://127.0.0.1/v1", TEXT, "127.0.0.1 is the container"),
    ("backend", "http://text-generation-webui-harmonyai:5000", TEXT, "The path /v1 is missing"),
    ("backend", "http://text-generation-webui-harmonyai:5000/v1/", TEXT, "slash at the end"),
    ("backend", "http://text-generation-webui-harmonyai:5000/v1/chat/completions", TEXT, "added by the caller"),
    ("backend", "http://text-generation-webui-harmonyai:7860/v1", TEXT, "not the one of its API"),
    ("backend", "http://text-generation-webui-harmonyai/v1", TEXT, "does not listen on port 80"),
    ("backend", "https://text-generation-webui-harmonyai:5000/v1", TEXT, "http among themselves, not https"),
    ("backend", "text-generation-webui-harmonyai:5000/v1", TEXT, "does not begin with http://"),
    ("backend", "http://text-generation-webui:5000/v1", TEXT, "no service text-generation-webui in the stack"),
    ("backend", "http://oobabooga:5000/v1", TEXT, "no service oobabooga"),
    ("backend", "http://harmonyspeech-engine:12080/v1", TEXT, "Text Generation does"),
    ("backend", "", TEXT, "No address stands here"),
    ("backend", "http://:::/v1", TEXT, "cannot be read as an address"),
    ("backend", "http://harmony-link:5000/v1", TEXT, "harmony-link is Harmony Link itself"),
    ("countenance", "http://localhost:5000/v1", TEXT, "localhost"),
    ("tts", "http://localhost:12080", SPEECH, "localhost"),
    ("tts", "http://harmonyspeech-engine:12080/", SPEECH, "slash at the end"),
    ("tts", "http://harmonyspeech-engine:12080/v1", SPEECH, "added by the caller"),
    ("tts", "http://harmonyspeech-engine:8080", SPEECH, "does not listen on port 8080"),
    ("tts", "http://text-generation-webui-harmonyai:5000", SPEECH, "Speech Engine does"),
]


@pytest.mark.parametrize(("kind", "given", "right", "words"), ENDPOINTS)
def test_endpoints(stack: Path, config: Path, kind: str, given: str, right: str, words: str) -> None:
    changed(config, kind, endpoint=right)
    good = config.read_text()
    changed(config, kind, endpoint=given)
    found = lint(loaded(stack))
    assert len(found) == 1
    finding = found[0]
    assert words in finding.message
    line = config.read_text().splitlines()[finding.line - 1]
    assert line[finding.column - 1 :].startswith(f'"{given}"')
    mended(finding)
    assert config.read_text() == good
    assert lint(loaded(stack)) == ()


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://api.openai.com/v1",
        "http://192.168.1.20:5000/v1",
        "http://gpu.lan:8000",
        "http://text-generation-webui-harmonyai.harmony_default:5000/v1",
    ],
)
def test_what_is_outside_the_stack_is_left_alone(stack: Path, config: Path, elsewhere: str) -> None:
    changed(config, "backend", endpoint=elsewhere)
    assert lint(loaded(stack)) == ()


def test_the_port_of_the_computer_instead_of_the_containers(stack: Path, config: Path) -> None:
    changed(config, "tts", endpoint="http://harmonyspeech-engine:13000")
    changed(config, "backend", endpoint="http://localhost:5001/v1")
    project = loaded(stack, HARMONY_SPEECH_PORT="13000", HARMONY_TEXT_API_PORT="5001")
    found = lint(project)
    assert "localhost" in found[0].message
    assert "13000 is a port of this computer" in found[1].message
    for finding in reversed(found):
        mended(finding)
    assert lint(project) == ()


def test_entities_of_any_name_and_what_is_off_or_unknown(stack: Path, config: Path) -> None:
    data = json.loads(config.read_text())
    data["entities"]["Кай"] = {
        "backend": {"module": "kindroid", "kindroid": {"endpoint": "http://localhost:9"}, "openai": {"endpoint": "x"}},
        "movement": {"module": "disabled", "harmony": {"endpoint": "http://localhost:5000/v1"}},
        "tts": {"module": "harmony", "harmony": {"endpoint": "http://localhost:12080"}},
        "vision": {"module": "own", "own": {"url": "http://192.168.0.2/"}},
        "strange": 3,
    }
    config.write_text(json.dumps(data, indent=3, ensure_ascii=False))
    hint, error = lint(loaded(stack))
    assert (hint.severity, hint.correction) == (Severity.HINT, None)
    assert error.severity is Severity.ERROR
    before = config.read_text()
    mended(error)
    assert config.read_text() == before.replace("http://localhost:12080", SPEECH)


def test_models_that_the_profile_does_not_offer(stack: Path, config: Path) -> None:
    changed(config, "stt", "user", model="faster-whisper-large-v3-turbo", vadmodel="Whisper-Tiny")
    first, second = lint(loaded(stack))
    assert "faster-whisper-large-v3-turbo" in first.message
    mended(second)
    mended(first)
    settings = json.loads(config.read_text())["entities"]["user"]["stt"]["harmony"]
    assert (settings["model"], settings["vadmodel"]) == ("faster-whisper-medium", "faster-whisper-tiny")
    assert lint(loaded(stack)) == ()
    changed(config, "stt", "user", model="faster-whisper-large-v3-turbo")
    assert lint(loaded(stack, "nvidia")) == (), "the other profile offers it"


def test_the_speech_engine_has_no_card_in_this_profile(stack: Path) -> None:
    file = stack / "harmony-speech-engine" / "config.yml"
    text = file.read_text()
    file.write_text(text.replace("device: cpu", "device: cuda  # quick"))
    (finding,) = lint(loaded(stack))
    assert "no graphics card" in finding.message
    mended(finding)
    assert file.read_text() == text.replace("device: cpu", "device: cpu  # quick")


def test_a_name_twice_and_openvoice_without_whisper(stack: Path, config: Path) -> None:
    file = stack / "harmony-speech-engine" / "config.yml"
    file.write_text(file.read_text().replace("name: faster-whisper-tiny", "name: faster-whisper-medium"))
    changed(config, "stt", "user", vadmodel="faster-whisper-medium")
    assert "second model has the name" in lint(loaded(stack))[0].message


def test_flags_that_are_missing_or_lead_elsewhere(stack: Path) -> None:
    file = stack / "text-generation-webui-harmonyai" / "CMD_FLAGS.txt"
    file.write_text("# --listen\n--api-port 5005\n--model x.gguf")
    project = loaded(stack)
    found = lint(project)
    assert len(found) == 3
    for _ in found:
        mended(lint(project)[0])
    assert file.read_text() == "# --listen\n--api-port 5000\n--model x.gguf\n--listen\n--api\n"
    assert lint(project) == ()


def test_the_port_that_harmony_link_listens_on(stack: Path, config: Path) -> None:
    config.write_text(config.read_text().replace('"port": 28080', '"port": 8080'))
    (finding,) = lint(loaded(stack))
    assert "8080" in finding.message
    mended(finding)
    assert lint(loaded(stack)) == ()


def test_networks_decide_who_is_a_neighbour(stack: Path, config: Path) -> None:
    extra = stack / "extra.yml"

    def project(content: str) -> Project:
        extra.write_text(content)
        return load_project(files=[stack / file_of("cpu"), extra], environ={}, cwd=stack)

    apart = "services: {harmonyspeech-engine: {networks: [quiet]}}\nnetworks: {quiet: {}}\n"
    assert all("share no network" in f.message and f.correction is None for f in lint(project(apart)))
    alias = "services: {harmonyspeech-engine: {networks: {default: {aliases: [voice]}}}}\n"
    changed(config, "tts", endpoint="http://voice:12080/")
    (finding,) = lint(project(alias))
    assert finding.correction is not None
    assert finding.correction.replacements[0].text == '"http://voice:12080"', "the name that was chosen stays"
    changed(config, "tts", endpoint="http://host.docker.internal:12080")
    (finding,) = lint(project("services: {}\n"))
    assert finding.severity is Severity.HINT
    known = 'services: {harmony-link: {extra_hosts: ["host.docker.internal:host-gateway"]}}\n'
    assert lint(project(known)) == ()
    host = "services: {harmony-link: {network_mode: host, ports: !reset []}}\n"
    changed(config, "tts", endpoint="http://127.0.0.1:12080")
    names = lint(project(host))
    assert all("is unknown" in finding.message for finding in names)
    assert len(names) == 3


def test_an_adopted_folder_of_another_layout(tmp_path: Path, source: Path) -> None:
    folder = tmp_path / "my stäck"
    shutil.copytree(LAYOUT, folder)
    for env in folder.rglob("env"):
        env.rename(env.with_name(".env"))
    config = folder / "harmony-link" / "config.json"
    data = json.loads((source / "harmony-link" / "config.json").read_text())
    data["entities"] = {"kaji": data["entities"]["assistant"], "me": data["entities"]["user"]}
    data["entities"]["me"]["stt"]["harmony"]["model"] = "faster-whisper-large-v3-turbo"
    data["entities"]["kaji"]["backend"]["oobabooga"]["endpoint"] = "http://localhost:5000/v1"
    config.write_bytes(b"\xef\xbb\xbf" + json.dumps(data, indent="\t").replace("\n", "\r\n").encode())
    shutil.copy(source / "harmony-speech-engine" / "config.yml", folder / "harmonyspeech" / "config.yml")
    (folder / "text-generation" / "CMD_FLAGS.txt").write_text("--listen --api")
    project = load_project(files=[folder / "docker-compose.yml"], environ={}, cwd=folder)
    first, second = lint(project)
    assert "localhost" in first.message
    assert "offers no model faster-whisper-large-v3-turbo: config.yml" in second.message


def test_nothing_that_cannot_be_read_is_complained_about(stack: Path, config: Path) -> None:
    for content in (b"", b"{", b"[]", b'{"entities": []}', b'{"entities": {"a": {"backend": []}}}', b"\xff\xfe\x00"):
        config.write_bytes(content)
        assert lint(loaded(stack)) == ()


def test_text_that_is_not_saved_yet_counts(stack: Path, config: Path, edited: Callable[[Path, str], Any]) -> None:
    text = config.read_text().replace(SPEECH, "http://localhost:12080")
    assert len(lint(loaded(stack), edited(config, text))) == 2
    assert lint(loaded(stack)) == ()


@pytest.fixture
def edited() -> Callable[[Path, str], Any]:
    def make(file: Path, text: str) -> Callable[[Path], str | None]:
        return lambda path: text if path == file else from_disk(path)

    return make
