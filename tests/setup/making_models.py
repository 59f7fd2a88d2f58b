"""GGUF files, small ones, right and wrong."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: A header of the kind that makers of models write.
LLAMA: Mapping[str, Any] = {
    "general.architecture": "llama",
    "general.name": "Little Llama",
    "general.file_type": 15,
    "llama.context_length": 8192,
    "llama.block_count": 4,
    "llama.embedding_length": 256,
    "llama.attention.head_count": 8,
    "llama.attention.head_count_kv": 2,
    "tokenizer.ggml.tokens": ["<s>", "</s>", "ä", "日本"],
    "tokenizer.ggml.scores": [0.0, 1.0, 2.0],
}


def text(value: str | bytes) -> bytes:
    raw = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<Q", len(raw)) + raw


def value(item: Any) -> bytes:
    """A value with its type before it."""
    if isinstance(item, bool):
        return struct.pack("<IB", 7, item)
    if isinstance(item, int):
        return struct.pack("<Iq", 11, item) if item < 0 or item >= 2**32 else struct.pack("<II", 4, item)
    if isinstance(item, float):
        return struct.pack("<If", 6, item)
    if isinstance(item, str):
        return struct.pack("<I", 8) + text(item)
    inner = [value(each) for each in item]
    kind = inner[0][:4] if inner else struct.pack("<I", 4)
    return struct.pack("<I", 9) + kind + struct.pack("<Q", len(inner)) + b"".join(each[4:] for each in inner)


def gguf(values: Mapping[str, Any] = LLAMA, *, numbers: int = 64, version: int = 3, cut: int = 0) -> bytes:
    """A whole model with one tensor of so many 32-bit numbers; ``cut``: bytes that are missing at its end."""
    head = b"GGUF" + struct.pack("<IQQ", version, 1, len(values))
    head += b"".join(text(key) + value(item) for key, item in values.items())
    head += text("token_embd.weight") + struct.pack("<IQIQ", 1, numbers, 0, 0)
    head += bytes(-len(head) % 32)
    whole = head + bytes(range(256)) * (numbers * 4 // 256 + 1)
    whole = whole[: len(head) + numbers * 4]
    return whole[: len(whole) - cut] if cut else whole


def write_model(file: Path, values: Mapping[str, Any] = LLAMA, **options: Any) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gguf(values, **options))
    return file
