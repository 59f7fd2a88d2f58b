"""Asking a registry for a digest through the engine, and names of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harmony_desktop.control.ports import NotFoundError, RegistryError

if TYPE_CHECKING:
    from harmony_desktop.control.ports import Engine
    from tests.lab.lab import Lab

IMAGE = "harmonyai/harmony-link:latest"


@pytest.mark.both_engines
async def test_the_registry_tells_a_digest_and_nothing_is_fetched(clean_engine: Lab, engine: Engine) -> None:
    image = (await engine.images([IMAGE]))[IMAGE]
    assert image is not None
    assert image.digests == (f"harmonyai/harmony-link@{await engine.registry_digest(IMAGE)}",)
    before = clean_engine.api.image_names()
    newer = await engine.registry_digest("harmonyai/harmony-link:next")
    assert newer.startswith("sha256:")
    assert not image.digests[0].endswith(newer)
    assert clean_engine.api.image_names() == before


async def test_without_a_registry_or_an_image_the_fault_is_told(clean_engine: Lab, engine: Engine) -> None:
    with pytest.raises(RegistryError):
        await engine.registry_digest("harmonyai/nothing-of-this-name:latest")
    clean_engine.registry.stop()
    with pytest.raises(RegistryError) as caught:
        await engine.registry_digest(IMAGE)
    assert caught.value.advice


@pytest.mark.both_engines
async def test_a_name_can_be_given_and_taken_away(clean_engine: Lab, engine: Engine) -> None:
    image = (await engine.images([IMAGE]))[IMAGE]
    assert image is not None
    kept = "harmony-desktop/kept:test-name"
    await engine.tag(image.id, kept)
    assert kept in await engine.tags("harmony-desktop/kept")
    assert await engine.tags("harmony-desktop") == ()
    await engine.untag(kept)
    await engine.untag(kept)
    assert await engine.tags("harmony-desktop/kept") == ()
    assert (await engine.images([IMAGE]))[IMAGE] == image, "the image has another name: it stays"
    with pytest.raises(NotFoundError):
        await engine.tag("sha256:" + "0" * 64, kept)
