"""Configuration files on real folders: what there is, what is wrong with it, and saving that loses nothing."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmony_desktop.control.config_files import Affected, ConflictError, Field, FileState, OpenFile
from harmony_desktop.control.port_records import Binding, PortHolder
from harmony_desktop.setup.config_edit import ConfigEdit
from harmony_desktop.setup.config_text import NotTextError, decode
from harmony_desktop.setup.envfile import EnvFile
from harmony_desktop.setup.seed import seed
from harmony_desktop.stack.errors import HarmonyError
from tests.setup.test_linter import LAYOUT

LINK = "harmony-link/config.json"


class Ports:
    """Ports of a machine on which some are held."""

    def __init__(self, *held: int) -> None:
        self._held = held

    def held(self, bindings: Collection[Binding]) -> Mapping[Binding, PortHolder]:
        return {one: PortHolder("python3", 42) for one in bindings if one.port in self._held}

    def avoided(self) -> tuple[range, ...]:
        return ()

    def privileged(self) -> range:
        return range(0)


@pytest.fixture
def folder(tmp_path: Path, source: Path) -> Path:
    made = tmp_path / "Härmony folder"
    seed(made, source)
    return made


@pytest.fixture
def keeper(source: Path) -> ConfigEdit:
    return ConfigEdit({}, source, Ports(8081))


def opened(keeper: ConfigEdit, folder: Path, name: str) -> OpenFile:
    return keeper.open(folder, folder / name)


def states(keeper: ConfigEdit, folder: Path) -> dict[str, FileState]:
    return {file.name: file.state for file in keeper.look(folder, {}).files}


def test_a_fresh_folder_is_as_shipped(keeper: ConfigEdit, folder: Path) -> None:
    found = states(keeper, folder)
    assert set(found.values()) == {FileState.SHIPPED}
    assert next(iter(found)) == ".env"
    assert {"docker-compose.nvidia.yml", "services.yml", LINK, "harmony-speech-engine/config.nvidia.yml"} <= set(found)
    assert "text-generation-webui-harmonyai/characters/Assistant.yaml" not in found, "a character is data"
    assert not [file for file in keeper.look(folder, {}).files if file.findings]


def test_each_state_is_told(keeper: ConfigEdit, folder: Path) -> None:
    config = folder / LINK
    config.write_text(config.read_text().replace("http://harmonyspeech-engine", "http://localhost"))
    (folder / "docker-compose.nvidia.yml").write_text("services: [")
    (folder / "services.yml.new").write_text("services: {}\n")
    (folder / "docker-compose.override.yml").write_text("services: {}\n")
    env = EnvFile((folder / ".env").read_bytes())
    env.set("COMPOSE_FILE", "docker-compose.yml:docker-compose.override.yml")
    (folder / ".env").write_bytes(bytes(env))
    files = {file.name: file for file in keeper.look(folder, {}).files}
    assert (files[LINK].state, files[LINK].findings) == (FileState.EDITED, 2)
    assert files["docker-compose.nvidia.yml"].state is FileState.BROKEN
    assert files["services.yml"].beside
    assert files["docker-compose.override.yml"].state is FileState.OWN
    assert files[".env"].state is FileState.SHIPPED, "the choice of files is the set-up's own value"
    assert files["harmony-link/.env"].services == ("Harmony Link",)


def test_a_stack_that_cannot_be_read_is_listed_all_the_same(keeper: ConfigEdit, folder: Path) -> None:
    (folder / "docker-compose.yml").write_text("services: {a: {port: 3}}\n")
    look = keeper.look(folder, {})
    assert {file.name: file.state for file in look.files}["docker-compose.yml"] is FileState.BROKEN
    assert look.form.fault


MISTAKES = [
    ("docker-compose.yml", "services:\n  a: {port: 3}\n", 2, "port"),
    ("docker-compose.nvidia.yml", "services:\n  a: {port: 3}\n", 2, "port"),
    ("services.yml", "services: [\n", 2, "YAML"),
    (".env", "COMPOSE_FILE=docker-compose.yml\nA B=1\n", 2, "space"),
    (".env", "COMPOSE_FILE=docker-compose.yml\nHARMONY_LINK_PORT=x\n", 1, "The stack cannot be read with this"),
    (".env", "COMPOSE_FILE=nothing.yml\n", 1, "nothing.yml"),
    (LINK, '{"entities": {}\n', 1, "is not closed"),
    ("harmony-speech-engine/config.yml", "model_configs: []\nmodel_configs: []\n", 2, "twice"),
    ("text-generation-webui-harmonyai/CMD_FLAGS.txt", "--listen --api\noops\n", 2, "neither"),
]


@pytest.mark.parametrize(("name", "text", "line", "words"), MISTAKES)
def test_a_text_that_is_not_saved_is_checked(
    keeper: ConfigEdit, folder: Path, name: str, text: str, line: int, words: str
) -> None:
    path = folder / name
    found = keeper.check(folder, path, {path: text})
    assert found
    assert words in found[0].message
    assert found[0].line == line
    assert all(one.file == path for one in found)
    before = path.read_text()
    assert not keeper.check(folder, path, {path: before})
    assert path.read_text() == before


def test_findings_follow_the_drafts_of_other_files(keeper: ConfigEdit, folder: Path) -> None:
    speech, config = folder / "harmony-speech-engine/config.yml", folder / LINK
    drafts = {config: config.read_text(), speech: speech.read_text().replace("faster-whisper-tiny", "tiny")}
    (finding,) = keeper.check(folder, config, drafts)
    assert "faster-whisper-tiny" in finding.message


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_saving_keeps_line_ends_mark_and_permissions(keeper: ConfigEdit, folder: Path, ends: str, bom: bytes) -> None:
    path = folder / LINK
    content = bom + path.read_bytes().replace(b"\n", ends.encode())
    path.write_bytes(content)
    path.chmod(0o640)
    file = opened(keeper, folder, LINK)
    assert file.text.startswith("{\n")
    keeper.save(folder, file, file.text.replace("28080", "28082"), force=False)
    assert path.read_bytes() == content.replace(b"28080", b"28082")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@given(
    st.lists(st.tuples(st.text("ab\u00a0é\U0001f600", max_size=3), st.sampled_from(["\n", "\r\n", "\r"])), max_size=8),
    st.text("ab", max_size=2),
    st.data(),
)
def test_lines_that_stay_keep_their_ends(lines: list[tuple[str, str]], last: str, data: st.DataObject) -> None:
    content = "".join(f"{line}{end}" for line, end in lines) + last
    found = decode(content.encode())
    assert found.encoded(found.text) == content.encode()
    parts = found.text.split("\n")
    at = data.draw(st.integers(0, len(parts) - 1))
    parts[at] += "NEW"
    changed = found.encoded("\n".join(parts))
    assert decode(changed).text == "\n".join(parts)
    if len(set(found.ends)) < 2:
        assert changed.decode().replace("NEW", "", 1) == content


def test_a_file_that_changed_meanwhile_is_not_overwritten_silently(keeper: ConfigEdit, folder: Path) -> None:
    path = folder / LINK
    file = opened(keeper, folder, LINK)
    theirs = file.text.replace("min_p", "theirs")
    path.write_text(theirs)
    with pytest.raises(ConflictError) as caught:
        keeper.save(folder, file, file.text + " ", force=False)
    assert caught.value.now is not None
    assert caught.value.now.text == theirs == path.read_text()
    saved, _ = keeper.save(folder, file, file.text + " ", force=True)
    assert path.read_text() == file.text + " " == saved.text
    path.unlink()
    with pytest.raises(ConflictError) as caught:
        keeper.save(folder, saved, "{}", force=False)
    assert caught.value.now is None


def test_what_cannot_be_edited_is_refused_kindly(keeper: ConfigEdit, folder: Path) -> None:
    big, binary = folder / "big.json", folder / "binary.json"
    big.write_bytes(b" " * 2_000_001)
    binary.write_bytes(b"\x00\xff")
    with pytest.raises(HarmonyError, match="too large"):
        keeper.open(folder, big)
    with pytest.raises(HarmonyError, match="is no text"):
        keeper.open(folder, binary)
    with pytest.raises(HarmonyError, match="cannot be read"):
        keeper.open(folder, folder / "nothing.json")
    for content in (b"a\x00", "\u2029".encode()):
        with pytest.raises(NotTextError):
            decode(content)


def test_files_that_may_not_be_written_are_told(keeper: ConfigEdit, folder: Path, source: Path) -> None:
    given = ConfigEdit({}, source, Ports(), writable=False)
    file = opened(given, folder, LINK)
    assert "of your own" in file.locked
    with pytest.raises(HarmonyError):
        given.save(folder, file, "{}", force=True)
    if os.geteuid() != 0:
        (folder / LINK).chmod(0o400)
        assert "read" in opened(keeper, folder, LINK).locked


def test_links_are_followed_and_stay(keeper: ConfigEdit, folder: Path, tmp_path: Path) -> None:
    path = folder / LINK
    real = tmp_path / "mine.json"
    path.rename(real)
    path.symlink_to(real)
    file = opened(keeper, folder, LINK)
    keeper.save(folder, file, "{}\n", force=False)
    assert path.is_symlink()
    assert real.read_text() == "{}\n"


def test_whom_saving_is_about(keeper: ConfigEdit, folder: Path) -> None:
    def saved(name: str, old: str, new: str) -> Affected:
        file = opened(keeper, folder, name)
        assert old in file.text
        return keeper.save(folder, file, file.text.replace(old, new), force=False)[1]

    assert saved(LINK, "min_p", "other") == Affected((), ("harmony-link",))
    assert saved(".env", "#HARMONY_TEXT_PORT=7860", "HARMONY_TEXT_PORT=7861").anew == (
        "text-generation-webui-harmonyai",
    )
    assert saved("harmony-speech-engine/.env", "#HF_TOKEN=", "HF_TOKEN=hf_1").anew == ("harmonyspeech-engine",)
    assert saved("docker-compose.nvidia.yml", "[gpu]", "[gpu, utility]") == Affected(), "not in use"


def field(fields: Collection[Field], key: str) -> Field:
    return next(one for one in fields if one.ref.key == key)


def test_the_form_writes_single_values_and_takes_them_back(keeper: ConfigEdit, folder: Path) -> None:
    form = keeper.look(folder, {}).form
    assert [one.default for one in form.ports] == ["28080", "28081", "7860", "5000", "12080", "8080"]
    assert form.bind is not None
    assert form.threads is not None
    refs = [form.ports[0].ref, form.bind.ref, form.tags[0].ref, form.threads.ref, form.secrets[0].ref]
    for ref, value in zip(refs, ["29000", "0.0.0.0", "v1", "4", "hf_x"], strict=True):
        before = ref.file.read_text()
        after = keeper.edit(ref, value, before)
        assert len(after.splitlines()) == len(before.splitlines()) + 1
        assert keeper.edit(ref, "", after) == before
    token = form.secrets[-1].ref
    text = token.file.read_text()
    assert keeper.edit(token, 'a"b', text) == text.replace('"userapikey": ""', '"userapikey": "a\\"b"')
    model = form.speech[3].ref
    text = model.file.read_text()
    off = keeper.edit(model, "", text)
    assert keeper.edit(model, "on", off) == text
    with pytest.raises(HarmonyError, match="cannot be changed from the form"):
        keeper.edit(token, "x", "{")


def test_the_form_says_what_speaks_against_a_port(keeper: ConfigEdit, folder: Path) -> None:
    env = folder / ".env"

    def fault(name: str, value: str) -> str:
        ref = replace(keeper.look(folder, {}).form.ports[0].ref, key=name)
        draft = {env: keeper.edit(ref, value, env.read_text())}
        return field(keeper.form(folder, draft).ports, name).fault

    assert "python3" in fault("HARMONY_SPEECH_UI_PORT", "8081")
    assert "Another service" in fault("HARMONY_SPEECH_UI_PORT", "5000")
    assert "from 1 to 65535" in fault("HARMONY_SPEECH_UI_PORT", "70000")
    assert fault("HARMONY_SPEECH_UI_PORT", "8080") == "", "its own port is no stranger's"


def test_a_port_of_the_form_survives_the_next_release(keeper: ConfigEdit, folder: Path, edition: Path) -> None:
    file = opened(keeper, folder, ".env")
    ref = keeper.look(folder, {}).form.ports[0].ref
    keeper.save(folder, file, keeper.edit(ref, "29000", file.text), force=False)
    (edition / ".env").write_text((edition / ".env").read_text() + "# new in this release\n")
    seed(folder, edition)
    text = (folder / ".env").read_text()
    assert "# new in this release" in text
    assert "HARMONY_LINK_PORT=29000" in text


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_file_with_a_token_is_closed_to_others(keeper: ConfigEdit, folder: Path) -> None:
    path = folder / "harmony-speech-engine/.env"
    path.chmod(0o644)
    file = opened(keeper, folder, "harmony-speech-engine/.env")
    saved, _ = keeper.save(folder, file, file.text + "A=1\n", force=False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    keeper.save(folder, saved, saved.text + "HF_TOKEN=hf_secret\n", force=False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_adopted_folder_has_a_form_too(keeper: ConfigEdit, tmp_path: Path) -> None:
    folder = tmp_path / "adopted"
    shutil.copytree(LAYOUT, folder)
    for env in folder.rglob("env"):
        env.rename(env.with_name(".env"))
    (folder / "harmony-link/config.json").write_text(json.dumps({"entities": {}}))
    look = keeper.look(folder, {})
    assert {one.ref.key for one in look.form.ports} == {
        "HOST_PORT",
        "HOST_API_PORT",
        "HOST_TEXT_PORT",
        '["services", "harmonyspeech-engine", "ports", 0]',
        '["services", "harmonyspeech-ui", "ports", 0]',
        "HOST_TEXT_API_PORT",
    }
    assert look.form.bind is None
    assert {file.state for file in look.files} == {FileState.OWN}
    assert opened(keeper, folder, "docker-compose.yml").shipped is None
