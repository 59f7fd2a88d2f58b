"""Services of folders that say nothing of themselves are known by their images."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harmony_desktop import assets
from harmony_desktop.setup.folder import StackFolder
from harmony_desktop.setup.known_services import introduced
from harmony_desktop.setup.settings import Settings, SettingsFile
from harmony_desktop.stack.load import load_project
from harmony_desktop.stack.project import Gaming, Project

LAYOUT = Path(__file__).parents[1] / "stack" / "layouts" / "v0.2"


def written(folder: Path, text: str) -> Project:
    (folder / "compose.yaml").write_text(text, encoding="utf-8")
    return load_project(project_directory=folder, environ={}, cwd=folder)


@pytest.mark.parametrize("file", ["docker-compose.yml", "docker-compose.nvidia.yml"])
def test_a_folder_of_the_public_layout_is_shown_and_watched_as_the_shipped_one(tmp_path: Path, file: str) -> None:
    own = tmp_path / "own"
    shutil.copytree(LAYOUT, own)
    for folder_name in ("harmony-link", "text-generation", "harmonyspeech"):
        (own / folder_name).mkdir(exist_ok=True)
        (own / folder_name / ".env").touch()
    bare = load_project(files=[str(own / file)], project_directory=own, environ={}, cwd=own)
    folder = assets.compose_dir()
    shipped = load_project(files=[str(folder / file)], project_directory=folder, environ={}, cwd=folder)
    project = introduced(bare)
    assert {service.title for service in bare.services.values()} != {s.title for s in shipped.services.values()}
    assert {name: service.presentation for name, service in project.services.items()} == {
        name: service.presentation for name, service in shipped.services.items()
    }
    assert project.services["text-generation-webui-harmonyai"].presentation.gaming is Gaming.UNLOAD
    # What is created is what the files say.
    for name, service in project.services.items():
        assert (service.spec, service.config_hash) == (bare.services[name].spec, bare.services[name].config_hash)


def test_uses_bear_the_names_that_services_have_there(tmp_path: Path) -> None:
    project = introduced(
        written(
            tmp_path,
            "services:\n"
            "  link: {image: 'registry.local:5000/harmonyai/harmony-link:v1@sha256:" + "a" * 64 + "'}\n"
            "  voice: {image: harmonyai/harmonyspeech-engine-nvidia}\n",
        )
    )
    link, voice = project.services["link"].presentation, project.services["voice"].presentation
    assert (link.title, voice.title) == ("Harmony Link", "Speech Engine")
    assert [(use.service, use.purpose) for use in link.uses] == [("voice", "speech")]
    assert [probe.path for probe in voice.probes] == ["/health", "/v1/audio/speech/models"]


def test_what_says_something_of_itself_is_as_it_says(tmp_path: Path) -> None:
    text = (
        "services:\n"
        "  link: {image: harmonyai/harmony-link, x-harmony: {title: Mine}}\n"
        "  other: {image: example/harmony-link}\n"
        "  like: {image: harmonyai/harmony-linker}\n"
        "  built: {build: .}\n"
    )
    project = written(tmp_path, text)
    assert introduced(project) is project
    assert [service.title for service in project.services.values()] == ["Built", "Like", "Mine", "Other"]


def test_the_stack_folder_knows_them(tmp_path: Path) -> None:
    text = "services: {speech: {image: 'harmonyai/harmonyspeech-ui:v0.2'}}\n"
    written(tmp_path, text)
    settings = SettingsFile(tmp_path / "settings.json")
    settings.save(Settings(stack_folder=str(tmp_path)))
    assert StackFolder({}, settings=settings).load().services["speech"].title == "Speech UI"
