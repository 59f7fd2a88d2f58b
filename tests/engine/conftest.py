"""An engine of ours on the lab's engine."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

import pytest_asyncio

from harmony_desktop.engine.connector import DockerConnector

if TYPE_CHECKING:
    from harmony_desktop.control.ports import Engine
    from harmony_desktop.engine.docker_engine import DockerEngine
    from tests.lab.lab import Lab


def connected(lab: Lab, **environ: str) -> AbstractAsyncContextManager[DockerEngine]:
    """An engine of ours, closed in the end."""

    @contextlib.asynccontextmanager
    async def opened() -> AsyncIterator[DockerEngine]:
        engine = await DockerConnector(host=lab.engine.host, environ={"HOME": "/nowhere", **environ}).connect()
        try:
            yield engine
        finally:
            await engine.close()

    return opened()


@pytest_asyncio.fixture
async def engine(clean_engine: Lab) -> AsyncIterator[Engine]:
    """Our engine on a clean one of the lab."""
    async with connected(clean_engine) as ours:
        yield ours
