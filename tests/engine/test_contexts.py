"""Docker contexts: read, listed, chosen; the broken ones told."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harmony_desktop.control.ports import ContextOption
from harmony_desktop.engine import contexts
from harmony_desktop.engine.context_book import DockerContexts
from harmony_desktop.engine.place import Place

if TYPE_CHECKING:
    from tests.lab.lab import Lab


def write(folder: Path, name: str, content: object) -> Path:
    meta = folder / "contexts/meta" / hashlib.sha256(name.encode()).hexdigest()
    meta.mkdir(parents=True)
    file = meta / "meta.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def good(name: str, host: str, **metadata: str) -> dict[str, object]:
    return {"Name": name, "Metadata": metadata, "Endpoints": {"docker": {"Host": host}}}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("{", "is damaged"),
        ("[]", "is damaged"),
        ({"Name": "x", "Metadata": {}, "Endpoints": {"kubernetes": {}}}, "names no Docker engine"),
        ({"Name": "x", "Endpoints": []}, "names no Docker engine"),
        ({"Name": "x", "Endpoints": None}, "names no Docker engine"),
    ],
)
def test_a_broken_context_tells_why(tmp_path: Path, content: object, fault: str) -> None:
    write(tmp_path, "x", content)
    found = contexts.read(tmp_path, "x")
    assert fault in found.fault
    assert not found.missing
    assert [item.fault for item in contexts.listed(tmp_path)] == [found.fault]


def test_a_context_that_is_not_there(tmp_path: Path) -> None:
    found = contexts.read(tmp_path, "x")
    assert found.missing
    assert found.fault
    assert contexts.listed(tmp_path) == ()


def book(folder: Path, kept: list[str], **environ: str) -> DockerContexts:
    place = Place("linux", folder.parent, {"DOCKER_CONFIG": str(folder), **environ}, 1000, "anna")
    return DockerContexts(place, chosen=lambda: kept[-1], remember=kept.append)


def test_the_list(tmp_path: Path) -> None:
    write(tmp_path, "near", good("near", "unix:///near.sock", Description="The one beside me"))
    write(tmp_path, "far", good("far", "tcp://far:2376"))
    broken = write(tmp_path, "odd", "{")
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "far"}))
    choice = book(tmp_path, [""]).look()
    assert choice.options == (
        ContextOption("default"),
        ContextOption(broken.parent.name[:12], fault=f"{broken} is damaged"),
        ContextOption("far", "tcp://far:2376", current=True),
        ContextOption("near", "unix:///near.sock", "The one beside me"),
    )
    assert (choice.chosen, choice.overruled) == ("", "")


def test_what_was_chosen_and_has_gone_is_shown_as_such(tmp_path: Path) -> None:
    choice = book(tmp_path, ["lost"]).look()
    assert [option.name for option in choice.options] == ["default", "lost"]
    assert "does not hold it" in choice.options[1].fault
    assert choice.options[0].current


def test_a_choice_is_remembered_and_the_docker_command_keeps_its_own(tmp_path: Path) -> None:
    write(tmp_path, "far", good("far", "tcp://far:2376"))
    kept = [""]
    contexts_of = book(tmp_path, kept)
    contexts_of.choose("far")
    assert kept[-1] == "far"
    assert contexts_of.look().chosen == "far"
    assert not (tmp_path / "config.json").exists()


def test_the_environment_goes_first_and_it_is_said(tmp_path: Path) -> None:
    assert "DOCKER_HOST" in book(tmp_path, ["far"], DOCKER_HOST="tcp://h:1").look().overruled


def test_contexts_of_the_docker_command_are_read(lab: Lab, tmp_path: Path) -> None:
    env = {"DOCKER_CONFIG": str(tmp_path), "DOCKER_HOST": ""}
    for name, host in (("aa", "unix:///a.sock"), ("b.c-d_e", "ssh://anna@far")):
        lab.run(
            ["docker", "context", "create", name, "--docker", f"host={host}", "--description", f"It is {name}"], env=env
        )
    lab.run(["docker", "context", "use", "aa"], env=env)
    assert book(tmp_path, [""]).look().options == (
        ContextOption("default"),
        ContextOption("aa", "unix:///a.sock", "It is aa", current=True),
        ContextOption("b.c-d_e", "ssh://anna@far", "It is b.c-d_e"),
    )
