"""What a stack would load, read from its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from harmony_desktop.assets import compose_dir
from harmony_desktop.control.config_files import FieldKind, FieldRef
from harmony_desktop.control.memory_choice import Chosen
from harmony_desktop.setup.config_form import edit
from harmony_desktop.setup.memory_choice import FileChoices
from harmony_desktop.setup.seed import seed
from harmony_desktop.stack.load import load_project

from .making_models import LLAMA, write_model

_FLAGS = "text-generation-webui-harmonyai/CMD_FLAGS.txt"
_MODELS = "text-generation-webui-harmonyai/models"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    seed(tmp_path, compose_dir())
    return tmp_path


def read(folder: Path, hardware: str = "nvidia", drafts: dict[Path, str] | None = None) -> Chosen:
    name = "docker-compose.nvidia.yml" if hardware == "nvidia" else "docker-compose.yml"
    project = load_project(files=(folder / name,), project_directory=folder, environ={}, cwd=folder)
    return FileChoices().chosen(project, drafts)


def test_the_shipped_stack(folder: Path) -> None:
    card, plain = read(folder), read(folder, "cpu")
    assert {share.title: share.memory // 2**20 for share in card.services} == {
        "Harmony Link": 200,
        "Speech Engine": 500,
        "Speech UI": 0,
        "Text Generation": 500,
    }
    assert {share.title for share in card.services if share.cards} == {"Speech Engine", "Text Generation"}
    assert not any(share.cards for share in plain.services)
    assert {group.card for group in card.speech} == {0}
    assert {group.card for group in plain.speech} == {None}
    sizes = {group.title: group.size // 2**20 for group in card.speech}
    assert sizes["Harmony Speech V1"] == 1024
    assert sizes["OpenVoice V2, English"] == 512
    assert sizes["Faster Whisper large-v3-turbo"] == 6144
    assert card.link_known
    assert any(group.asked for group in card.speech)
    assert card.text is not None
    assert (card.text.name, card.text.fault) == ("", "")


def test_a_model_with_its_flags(folder: Path) -> None:
    model = write_model(folder / _MODELS / "kaji.Q4_K_M.gguf", numbers=512)
    write_model(folder / _MODELS / "kaji.Q2_K.gguf", numbers=64)
    write_model(folder / _MODELS / "other.Q2_K.gguf", numbers=64)
    (folder / _FLAGS).write_text(
        "--model kaji.Q4_K_M.gguf\n--n_ctx 4096 --n-gpu-layers=-1\n"
        "--cache-type q8_0 --tensor-split 3,1\n--no-kv-offload\n"
    )
    text = read(folder).text
    assert text is not None
    assert text.known
    assert (text.size, text.context, text.layers) == (model.stat().st_size, 4096, -1)
    assert (text.cache, text.split, text.cache_in_memory, text.on_processor) == ("q8_0", (3, 1), True, False)
    assert [each.name for each in text.smaller] == ["kaji.Q2_K.gguf"]
    assert text.flags.context is not None
    assert text.flags.layers is not None
    assert (text.flags.context.key, text.flags.layers.key) == ("--n_ctx", "--n-gpu-layers")
    changed = edit(text.flags.context, "2048", (folder / _FLAGS).read_text(), {})
    assert "--n_ctx 2048 " in changed


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ("--model gone.gguf", "is not in the models folder"),
        ("--model broken.gguf", "cannot be used"),
        ("--model kaji.gguf --model-dir /elsewhere", "names another folder"),
        ('--model "kaji.gguf', "cannot be edited"),
    ],
)
def test_a_model_of_which_nothing_is_known(folder: Path, flags: str, words: str) -> None:
    (folder / _MODELS).mkdir(exist_ok=True)
    (folder / _MODELS / "broken.gguf").write_bytes(b"GGUF")
    (folder / _FLAGS).write_text(f"{flags}\n")
    text = read(folder).text
    assert text is not None
    assert words in text.fault
    assert not text.known


def test_a_folder_of_tensors_has_a_size_and_no_header(folder: Path) -> None:
    model = folder / _MODELS / "kaji-exl2"
    model.mkdir(parents=True)
    (model / "a.safetensors").write_bytes(bytes(100))
    (model / "config.json").write_text("{}")
    (folder / _FLAGS).write_text("--model kaji-exl2\n")
    text = read(folder).text
    assert text is not None
    assert (text.size, text.facts, text.fault) == (100, None, "")


def test_drafts_count_in_the_place_of_files(folder: Path) -> None:
    write_model(folder / _MODELS / "kaji.gguf", LLAMA)
    speech = folder / "harmony-speech-engine/config.nvidia.yml"
    drafts = {
        folder / _FLAGS: "--model kaji.gguf --cpu\n",
        speech: "model_configs:\n  - name: t\n    model: tiny\n    model_type: FasterWhisper\n"
        "    device_config: {device: 'cuda:1'}\n  - name: k\n    model_type: Kitten\n",
    }
    found = read(folder, drafts=drafts)
    assert found.text is not None
    assert found.text.on_processor
    assert [(group.title, group.card) for group in found.speech] == [("Faster Whisper tiny", 1)]
    assert found.unknown == ("k",)
    assert "cannot be read" in read(folder, drafts={speech: "model_configs: [\n"}).fault


def test_all_speech_models_are_moved_to_the_processor(folder: Path) -> None:
    found = read(folder)
    file = found.speech_file
    assert file is not None

    before = file.read_text()
    after = edit(FieldRef(file, FieldKind.SPEECH_DEVICE, ""), "cpu", before, {})
    assert after == before.replace("device: cuda", "device: cpu")
    assert {group.card for group in read(folder, drafts={file: after}).speech} == {None}
