"""What a registry has under a name, asked through the engine: a few hundred bytes, nothing is fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from harmony_desktop.control.ports import EngineError, EngineUnavailableError
from harmony_desktop.engine import pull, pull_faults
from harmony_desktop.engine.client import Client
from harmony_desktop.engine.config_file import DockerConfig
from harmony_desktop.stack.words import say

#: Seconds that the registry may take to answer, its sign-in included.
REGISTRY_LIMIT = 30.0


def digest(client: Client, config: DockerConfig, image: str) -> str:
    """Return the digest ("sha256:…") of what a registry has under an image's name. Raises RegistryError.

    The engine asks by its own mirrors and proxies, as for a pull.
    """
    signed = pull.sign_in(config, image)
    try:
        with client.calling(say("ask the registry about {image}", image=image), REGISTRY_LIMIT):
            answer = client.raw("GET", "/distribution/{0}/json", image, headers=signed.headers)
    except EngineUnavailableError:
        raise
    except EngineError as error:
        raise pull_faults.fault(
            image, error.status, error.cause, helper=signed.fault, signed_in=bool(signed.headers)
        ) from error
    return str(cast("Mapping[str, Any]", answer)["Descriptor"]["digest"])
