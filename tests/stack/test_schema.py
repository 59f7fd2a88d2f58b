"""Every key of the published Compose specification is supported, with a case in the corpus, or refused by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from harmony_desktop.stack.check import Kind, Mapped, Record, Seq
from harmony_desktop.stack.errors import ComposeError
from harmony_desktop.stack.schema import FILE
from harmony_desktop.stack.supported import REFUSED_SECTIONS, REFUSED_SERVICE_KEYS, table
from tests.stack.corpus import cases
from tests.stack.official import BINARY
from tests.stack.project_of import project_of

DOCUMENT = Path(__file__).parents[2] / "docs" / "compose.md"


@cache
def published() -> dict[str, Any]:
    """The schema of the specification, as it lies in the official binary."""
    data = BINARY.read_bytes()
    identity = data.index(b'"$id": "compose_spec.json"')
    start = data.rindex(b"{", 0, identity)
    schema: dict[str, Any] = json.JSONDecoder().raw_decode(data[start : start + 300_000].decode("utf-8", "replace"))[0]
    return schema


def keys_of(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The properties of an object's schema, with those of what it refers to."""
    if "$ref" in schema:
        return keys_of(published()["$defs"][schema["$ref"].rsplit("/", 1)[1]])
    keys: dict[str, dict[str, Any]] = dict(schema.get("properties", {}))
    for part in (*schema.get("allOf", ()), *schema.get("oneOf", ())):
        keys |= keys_of(part)
    for part in (schema.get("items"), *schema.get("patternProperties", {}).values()):
        if isinstance(part, dict):
            keys |= keys_of(part)
    return keys


def records_of(kind: Kind) -> list[Record]:
    """The records that a kind may be, or hold as items or values."""
    if isinstance(kind, tuple):
        return [record for part in kind for record in records_of(part)]
    if isinstance(kind, Record):
        return [kind]
    if isinstance(kind, Seq):
        return records_of(kind.item)
    if isinstance(kind, Mapped):
        return records_of(kind.value)
    return []


def walk(schema: dict[str, Any], kind: Kind, path: str) -> Iterator[str]:
    """The paths at which the two differ."""
    theirs = keys_of(schema)
    records = records_of(kind)
    ours: dict[str, Kind] = {}
    refused: set[str] = set()
    for record in records:
        ours |= dict(record.keys)
        refused |= set(record.refused)
    if not records:
        return
    yield from (f"{path}.{key} is not treated" for key in theirs.keys() - ours.keys() - refused)
    yield from (f"{path}.{key} is not in the specification" for key in (ours.keys() | refused) - theirs.keys())
    for key in ours.keys() & theirs.keys():
        yield from walk(theirs[key], ours[key], f"{path}.{key}")


@pytest.mark.oracle
def test_our_schema_has_the_keys_of_the_published_one() -> None:
    assert sorted(walk(published(), FILE, "file")) == []


@pytest.mark.oracle
def test_every_supported_key_of_a_service_is_compared_with_the_official_tool() -> None:
    compared: set[str] = set()
    for case in cases():
        if case.fails or case.refused:
            continue
        for text in case.files.values():
            compared |= _service_keys(text)
    supported = keys_of(published()["$defs"]["service"]).keys() - REFUSED_SERVICE_KEYS.keys()
    assert sorted(supported - compared) == []


def _service_keys(text: str) -> set[str]:
    try:
        services = yaml.safe_load(text)["services"].values()
    except (yaml.YAMLError, TypeError, KeyError, AttributeError):
        return set()
    return {key for service in services if isinstance(service, dict) for key in service}


@pytest.mark.parametrize("key", REFUSED_SERVICE_KEYS)
def test_a_refused_key_of_a_service_is_named(key: str, tmp_path: Path) -> None:
    with pytest.raises(ComposeError, match=f"The key {key} is not supported") as caught:
        project_of(tmp_path, f"services: {{a: {{image: x, {key}: {{}}}}}}")
    assert REFUSED_SERVICE_KEYS[key] in str(caught.value)


@pytest.mark.parametrize("key", REFUSED_SECTIONS)
def test_a_refused_section_is_named(key: str, tmp_path: Path) -> None:
    with pytest.raises(ComposeError, match=f"The key {key} is not supported"):
        project_of(tmp_path, f"services: {{a: {{image: x}}}}\n{key}: {{}}")


def test_the_documentation_tells_what_the_code_does() -> None:
    assert table() in DOCUMENT.read_text()
