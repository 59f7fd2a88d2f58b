"""One look at all that a plan needs to know."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from harmony_desktop.control.ports import Engine
from harmony_desktop.plan.observed import Image, Observed, ObservedNetwork, ObservedVolume
from harmony_desktop.stack.project import Project


async def look(engine: Engine, project: Project, *, images: bool = True) -> Observed:
    """Return what the engine has of a project: a list call for each kind of thing, all at the same time.

    Networks and volumes of the right name but without the project's label are looked up by their names, and so are
    external ones.

    Args:
        engine: The engine.
        project: The project.
        images: Also look for the services' images.
    """
    references = {service.image for service in project.services.values() if service.image} if images else set()
    observed, found = await asyncio.gather(engine.observe(project.name), _images(engine, references))
    labelled_networks = {network.name for network in observed.networks}
    labelled_volumes = {volume.name for volume in observed.volumes}
    missing_networks = [n for n in project.networks.values() if n.name not in labelled_networks]
    missing_volumes = [v for v in project.volumes.values() if v.name not in labelled_volumes]
    network_ids, volumes_there = await asyncio.gather(
        asyncio.gather(*(engine.network(network.name) for network in missing_networks)),
        asyncio.gather(*(engine.volume(volume.name) for volume in missing_volumes)),
    )
    networks = tuple(
        ObservedNetwork(identifier, network.name, network.key, "", labelled=False)
        for network, identifier in zip(missing_networks, network_ids, strict=True)
        if identifier is not None
    )
    volumes = tuple(
        ObservedVolume(volume.name, volume.key, "", labelled=False)
        for volume, there in zip(missing_volumes, volumes_there, strict=True)
        if there
    )
    return replace(
        observed, networks=(*observed.networks, *networks), volumes=(*observed.volumes, *volumes), images=found
    )


async def _images(engine: Engine, references: set[str]) -> dict[str, Image | None]:
    return dict(await engine.images(sorted(references))) if references else {}
