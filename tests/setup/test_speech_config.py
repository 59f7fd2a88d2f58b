"""Speech models are switched by comments: what was off comes back as it was, and nothing else moves."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harmony_desktop.assets import compose_dir
from harmony_desktop.setup.speech_config import SpeechConfig, entries, switched
from harmony_desktop.setup.speech_sizes import need_of_all
from harmony_desktop.stack.yaml_edit import YamlEditError
from harmony_desktop.stack.yaml_places import insert_item

SHIPPED = (compose_dir() / "harmony-speech-engine" / "config.yml").read_text()
NAMES = [model.name for model in SpeechConfig(SHIPPED).models()]

words = st.text("abcdefghijklmnopqrstuvwxyz-_.0123456789", min_size=1, max_size=8).map(lambda word: f"m{word}")
blanks = st.sampled_from(["", "\n", "# of my own\n", "  # within\n\n"])


@st.composite
def configurations(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A file as people write them: any indentation, order, comments, line ends."""
    names = draw(st.lists(words, min_size=2, max_size=5, unique=True))
    step = draw(st.sampled_from(["", "  ", "    "]))
    lines = [draw(blanks), "model_configs:\n"]
    for name in names:
        lines.append(draw(blanks))
        fields = draw(
            st.permutations(
                [f"name: {name}", "model_type: FasterWhisper", "voices: [a, b] # c", "device_config:\n{}  device: cpu"]
            )
        )
        filled = [field.format(f"{step}  ") for field in fields]
        lines.append(f"{step}- {filled[0]}\n" + "".join(f"{step}  {field}\n" for field in filled[1:]))
    text = "".join(lines) + draw(blanks)
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))), names


@given(configurations(), st.data())
def test_off_and_on_again_is_the_same_file_to_the_character(given: tuple[str, list[str]], data: st.DataObject) -> None:
    text, names = given
    off = data.draw(st.lists(st.sampled_from(names), max_size=len(names) - 1, unique=True))
    changed = text
    for name in off:
        changed = switched(changed, name, on=False)
    kept = [name for name in names if name not in off]
    assert [entry["name"] for entry in yaml.safe_load(changed)["model_configs"]] == kept
    before, after = text.splitlines(keepends=True), changed.splitlines(keepends=True)
    assert len(before) == len(after)
    assert all(
        new.replace("#", "", 1).replace(" ", "") == old.replace(" ", "")
        for old, new in zip(before, after, strict=True)
        if old != new
    )
    for name in data.draw(st.permutations(off)):
        changed = switched(changed, name, on=True)
    assert changed == text


def test_every_shipped_model_can_be_switched() -> None:
    for name in NAMES:
        off = switched(SHIPPED, name, on=False)
        assert [model.name for model in SpeechConfig(off).switched_off()] == [name]
        assert switched(off, name, on=True) == SHIPPED


def test_a_model_of_the_catalogue_is_added_in_the_files_own_way() -> None:
    blocks = {model.name: block for model, block in entries(SHIPPED)}
    text = "# mine\nmodel_configs:\n    - name: own # the best\n      model_type: X"
    changed = switched(text, "faster-whisper-tiny", on=True, block=blocks["faster-whisper-tiny"])
    assert changed.startswith(text + "\n    - name: faster-whisper-tiny\n      model: tiny\n")
    with pytest.raises(YamlEditError):
        switched(text, "nobody", on=True)


@pytest.mark.parametrize("text", ["model_configs: [{name: a}, {name: b}]\n", "model_configs: {a: 1}\n", "- a\n"])
def test_what_cannot_be_edited_safely_is_left(text: str) -> None:
    with pytest.raises(YamlEditError):
        insert_item(text, ("model_configs",), "- name: x\n")
    with contextlib.suppress(YamlEditError):
        assert switched(text, "a", on=False) == text


def test_comments_that_are_no_entries_are_no_entries() -> None:
    text = "model_configs:\n  # - a word\n  # - name: broken\n  #  model: [\n  - name: a\n"
    assert SpeechConfig(text).switched_off() == []


def test_memory_counts_what_belongs_together_once() -> None:
    gib = 1024**3
    models = SpeechConfig(SHIPPED).models()
    assert need_of_all(models) == gib + 2 * gib // 2 + 2 * gib // 2 + 5 * gib + gib
    assert need_of_all([model for model in models if model.name.startswith("hs1")]) == gib
    assert need_of_all([]) == 0


def test_the_catalogue_of_the_graphics_card_holds_every_model() -> None:
    text = Path(compose_dir() / "harmony-speech-engine" / "config.nvidia.yml").read_text()
    assert set(NAMES) <= {model.name for model, _ in entries(text)}
