"""Headers of models: what they tell, and that nothing in them can do harm."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmony_desktop.setup.gguf import GgufError, is_later_part, parts, quantisation_in, read_facts

from .making_models import LLAMA, gguf, text, value, write_model


def test_the_header_tells_what_a_model_is(tmp_path: Path) -> None:
    facts = read_facts(write_model(tmp_path / "little.gguf"))
    assert (facts.architecture, facts.title, facts.quantisation) == ("llama", "Little Llama", "Q4_K_M")
    assert (facts.context, facts.layers, facts.parameters) == (8192, 4, 64)
    # 4 layers, 2 heads of 256 / 8 numbers, keys and values, two bytes each.
    assert facts.cache_per_token == 4 * 2 * (32 + 32) * 2


def test_heads_that_differ_by_layer_and_sizes_of_their_own_count(tmp_path: Path) -> None:
    values = {
        **LLAMA,
        "llama.attention.head_count_kv": [2, 0, 4, 0],
        "llama.attention.key_length": 128,
        "llama.attention.value_length": 64,
    }
    assert read_facts(write_model(tmp_path / "m.gguf", values)).cache_per_token == 6 * (128 + 64) * 2


def test_a_name_tells_the_quantisation_where_the_header_does_not(tmp_path: Path) -> None:
    values = {key: item for key, item in LLAMA.items() if key != "general.file_type"}
    assert read_facts(write_model(tmp_path / "Some-Model.IQ3_XS.gguf", values)).quantisation == "IQ3_XS"
    assert quantisation_in("Qwen2.5-7B-Instruct-Q4_K_M-00001-of-00002.gguf") == "Q4_K_M"
    assert quantisation_in("plain.gguf") == ""


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"GGU", "does not begin"),
        (b"GGUF", "cut off"),
        (b"lmgg" + bytes(20), "older format"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "pointer"),
        (b"PK\x03\x04" + bytes(100), "does not begin"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "version 1"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "order of bytes"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**60), "damaged"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**60, 0), "damaged"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**62), "damaged"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<I", 99), "kind 99"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", 9, 4, 2**50), "damaged"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", 9, 9, 5) * 9, "damaged"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + value("v"), "does not say"),
        (gguf(cut=100), "cut off: 1 MB are missing"),
        (gguf({**LLAMA, "general.architecture": "clip"}), "pictures"),
    ],
)
def test_what_is_no_model_is_refused_in_plain_words(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "x.gguf"
    file.write_bytes(content)
    with pytest.raises(GgufError) as caught:
        read_facts(file)
    assert told in caught.value.cause


def test_a_title_of_control_characters_is_harmless(tmp_path: Path) -> None:
    title = "evil\x1b[2J\n\u202ename" + "x" * 10_000
    assert read_facts(write_model(tmp_path / "m.gguf", {**LLAMA, "general.name": title})).title == ""
    short = {**LLAMA, "general.name": "evil\x1b[2J\nname"}
    assert read_facts(write_model(tmp_path / "n.gguf", short)).title == "evil [2J name"


@given(st.data())
def test_no_damage_does_more_than_to_be_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    whole = bytearray(gguf())
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    file = tmp_path_factory.mktemp("fuzz") / "m.gguf"
    file.write_bytes(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    try:
        facts = read_facts(file)
    except GgufError:
        return
    assert 0 <= facts.cache_per_token <= 2**30


def test_parts_belong_together() -> None:
    assert parts("a-00001-of-00003.gguf") == tuple(f"a-0000{n}-of-00003.gguf" for n in (1, 2, 3))
    assert parts("a.gguf") == ("a.gguf",)
    assert is_later_part("a-00002-of-00003.gguf")
    assert not is_later_part("a-00001-of-00003.gguf")
