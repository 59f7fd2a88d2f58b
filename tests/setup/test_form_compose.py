"""Releases and ports that a compose file has written out are in the form, and each changes alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harmony_desktop.control.config_files import Field, FieldKind, FieldRef
from harmony_desktop.setup.config_edit import ConfigEdit
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.load import load_project
from tests.control.scripted_ports import ScriptedPorts

LAYOUT = Path(__file__).parents[1] / "stack" / "layouts" / "v0.2"
OWN = """\
# mine
x-image: &one example/one:1.2  # an anchor
services:
  quoted:
    image: "registry.local:5000/team/app:2.0" # stays
    ports:
      - '127.0.0.1:8000:80'
      - "[::1]:8001:81/tcp"  # six
      - 9000-9001:90-91
      - target: 99
        published: 9900
  plain:
    image: example/plain
    ports: [7000:70, "7001:${INNER:-71}"]
  anchored:
    image: *one
  pinned:
    image: example/pinned@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  variable:
    image: example/v:${TAG:-1}
"""


@pytest.fixture
def keeper(source: Path) -> ConfigEdit:
    return ConfigEdit({}, source, ScriptedPorts())


def written(fields: tuple[Field, ...]) -> dict[str, Field]:
    return {field.ref.key: field for field in fields if field.ref.kind is FieldKind.COMPOSE}


def test_a_folder_that_was_set_up_by_hand_has_all_its_releases_and_ports(tmp_path: Path, keeper: ConfigEdit) -> None:
    folder = tmp_path / "stack"
    shutil.copytree(LAYOUT, folder)
    for env in folder.rglob("env"):
        env.rename(env.with_name(".env"))
    form = keeper.form(folder, {})
    assert [(field.title, field.value) for field in form.tags] == [
        ("Harmony Link", "latest"),
        ("Text Generation", "latest"),
        ("Speech Engine", "latest"),
        ("Speech UI", "latest"),
    ]
    assert [field.value for field in written(form.ports).values()] == ["12080", "8080"]
    file = folder / "docker-compose.yml"
    before = file.read_bytes().decode()
    text = keeper.edit(form.tags[2].ref, "0.2.1", before)
    assert text == before.replace("harmonyspeech-engine-cpu:latest", "harmonyspeech-engine-cpu:0.2.1")
    assert keeper.form(folder, {file: text}).tags[2].value == "0.2.1"


@pytest.mark.parametrize(
    ("key", "value", "old", "new"),
    [
        ('["services", "quoted", "image"]', "2.1-rc1", "team/app:2.0", "team/app:2.1-rc1"),
        ('["services", "quoted", "image"]', "", "team/app:2.0", "team/app"),
        ('["services", "plain", "image"]', "3", "example/plain", "example/plain:3"),
        ('["services", "quoted", "ports", 0]', "8010", "127.0.0.1:8000:80", "127.0.0.1:8010:80"),
        ('["services", "quoted", "ports", 1]', "8011", "[::1]:8001:81/tcp", "[::1]:8011:81/tcp"),
        ('["services", "plain", "ports", 0]', "7010", "7000:70", "7010:70"),
        ('["services", "plain", "ports", 1]', "7011", "7001:${INNER:-71}", "7011:${INNER:-71}"),
    ],
)
def test_one_value_changes_and_nothing_else(
    tmp_path: Path, keeper: ConfigEdit, key: str, value: str, old: str, new: str
) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text(OWN)
    form = keeper.form(tmp_path, {})
    field = written((*form.tags, *form.ports))[key]
    text = keeper.edit(field.ref, value, OWN)
    assert text == OWN.replace(old, new)
    file.write_text(text)
    load_project(files=[file], environ={}, cwd=tmp_path)


def test_what_stands_elsewhere_too_is_left_to_the_editor(tmp_path: Path, keeper: ConfigEdit) -> None:
    (tmp_path / "compose.yaml").write_text(OWN)
    form = keeper.form(tmp_path, {})
    found = written((*form.tags, *form.ports))
    assert '["services", "anchored", "image"]' not in found
    assert '["services", "pinned", "image"]' not in found
    assert '["services", "variable", "image"]' not in found
    assert '["services", "quoted", "ports", 2]' not in found
    anchored = FieldRef(tmp_path / "compose.yaml", FieldKind.COMPOSE, '["services", "anchored", "image"]')
    with pytest.raises(HarmonyError, match="cannot be changed from the form"):
        keeper.edit(anchored, "9", OWN)


@pytest.mark.parametrize("value", ["", "eighty", "80: 81", "-1"])
def test_what_is_no_port_is_refused(tmp_path: Path, keeper: ConfigEdit, value: str) -> None:
    (tmp_path / "compose.yaml").write_text(OWN)
    field = written(keeper.form(tmp_path, {}).ports)['["services", "plain", "ports", 0]']
    with pytest.raises(HarmonyError, match="cannot be changed from the form"):
        keeper.edit(field.ref, value, OWN)


def test_what_is_no_release_is_refused(tmp_path: Path, keeper: ConfigEdit) -> None:
    (tmp_path / "compose.yaml").write_text(OWN)
    field = written(keeper.form(tmp_path, {}).tags)['["services", "plain", "image"]']
    with pytest.raises(HarmonyError, match="cannot be changed from the form"):
        keeper.edit(field.ref, "a b", OWN)


def test_the_files_of_the_other_hardware_are_not_counted_twice(
    tmp_path: Path, source: Path, keeper: ConfigEdit
) -> None:
    shutil.copytree(source, tmp_path / "stack")
    form = keeper.form(tmp_path / "stack", {})
    assert not written((*form.tags, *form.ports))
    assert len(form.tags) == 4
