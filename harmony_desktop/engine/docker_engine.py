"""The Docker engine behind the protocol of the core: each call in a thread with a time limit, each stream closable."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from harmony_desktop.engine import containers, networks, translate
from harmony_desktop.engine.client import SIGN_OF_LIFE, Client, Endpoint
from harmony_desktop.engine.config_file import DockerConfig
from harmony_desktop.engine.streams import Stream, Streams
from harmony_desktop.engine.transport import Connections
from harmony_desktop.engine.workers import Workers
from harmony_desktop.plan.observed import Container, Image, Observed
from harmony_desktop.stack.words import say

if TYPE_CHECKING:
    from harmony_desktop.control.port_records import Publisher
    from harmony_desktop.control.ports import EngineInfo, Event, GpuProof, LogChunk, PullProgress, Usage
    from harmony_desktop.control.storage import Storage
    from harmony_desktop.engine.pull import SignIn
    from harmony_desktop.stack.project import Network, Project, Service, Volume


class DockerEngine:
    """A Docker engine that answered; implements ``control.ports.Engine``.

    Args:
        endpoint: Where it is, with the negotiated version of its API.
        config: The user's Docker configuration, for proxies and credentials.
        environment: Variables that secrets and configs take their content from; by default the process's own.
    """

    def __init__(
        self, endpoint: Endpoint, config: DockerConfig | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        self.endpoint = endpoint
        self._config = config or DockerConfig()
        self._environment = os.environ if environment is None else environment
        self._connections = Connections()
        self._workers = Workers(endpoint, self._connections)
        self._streams = Streams(endpoint, self._connections)
        self._meter = translate.UsageMeter()

    @property
    def address(self) -> str:
        """Where it is: the address of its API."""
        return self.endpoint.address

    async def info(self) -> EngineInfo:
        """Return what the engine says of itself."""
        return await self._workers.run(_info)

    async def ping(self) -> None:
        """Ask for a sign of life: quick, and never behind other calls. Raises EngineUnavailableError."""
        await self._workers.beat(_pinged)

    async def observe(self, project: str, *, detail: bool = False) -> Observed:
        """Return the project's containers, networks and volumes; the three lists are asked for at the same time."""
        run = self._workers.run
        found, nets, volumes = await asyncio.gather(
            run(containers.listed, project),
            run(networks.listed_networks, project),
            run(networks.listed_volumes, project),
        )
        if detail:
            inspected = await asyncio.gather(*(run(containers.inspected_if_there, item) for item in found))
            found = [item for item in inspected if item is not None]
        return Observed(
            containers=tuple(sorted(found, key=lambda item: (item.service, item.number, item.name))),
            networks=tuple(translate.network(item, found) for item in nets),
            volumes=tuple(volumes),
        )

    async def inspect(self, container_id: str) -> Container:
        """Return one container with its detail. Raises NotFoundError."""
        return await self._workers.run(containers.inspected, container_id)

    async def publishers(self) -> tuple[Publisher, ...]:
        """Return the running containers of all projects that have ports on the host."""
        return await self._workers.run(containers.publishers)

    async def images(self, references: Collection[str]) -> Mapping[str, Image | None]:
        """Return the local image behind each reference, None where there is none."""
        wanted = list(dict.fromkeys(references))
        found = await asyncio.gather(*(self._workers.run(networks.image, reference) for reference in wanted))
        return dict(zip(wanted, found, strict=True))

    async def network(self, name: str) -> str | None:
        """Return the ID of the network with exactly this name, or None."""
        return await self._workers.run(networks.network_id, name)

    async def volume(self, name: str) -> bool:
        """Return whether a volume of exactly this name exists."""
        return await self._workers.run(networks.has_volume, name)

    async def create_network(self, project: Project, network: Network) -> str:
        """Create a network with the labels of the interop contract and return its ID."""
        identity, _ = await asyncio.gather(
            self._workers.run(networks.created_network, project, network),
            # Containers come next, and what they take is loaded while the engine works.
            asyncio.to_thread(import_module, "harmony_desktop.engine.create"),
        )
        return identity

    async def remove_network(self, name: str) -> None:
        """Remove a network. Raises ConflictError while something is attached."""
        await self._workers.run(networks.removed_network, name)

    async def create_volume(self, project: Project, volume: Volume) -> None:
        """Create a named volume with the labels of the interop contract."""
        await self._workers.run(networks.created_volume, project, volume)

    async def remove_volume(self, name: str) -> None:
        """Remove a volume and what is in it."""
        await self._workers.run(networks.removed_volume, name)

    async def create_container(
        self, project: Project, service: Service, *, number: int, name: str, image_id: str, replaces: str = ""
    ) -> str:
        """Create a container as ``docker compose`` would, joined to its networks; return its ID."""
        return await self._workers.run(
            containers.created,
            project,
            service,
            number=number,
            name=name,
            image_id=image_id,
            replaces=replaces,
            proxies=self._config.proxies(self.endpoint.address),
            environment=self._environment,
        )

    async def start(self, container_id: str) -> None:
        """Start a container; a running one is left as it is."""
        await self._workers.run(containers.started, container_id)

    async def unpause(self, container_id: str) -> None:
        """Let a paused container go on."""
        await self._workers.run(containers.unpaused, container_id)

    async def stop(self, container_id: str, *, grace: float) -> None:
        """Stop a container with its own signal and its own grace period."""
        await self._workers.wait(containers.stopped, container_id, grace)

    async def restart(self, container_id: str, *, grace: float) -> None:
        """Stop as ``stop`` does, then start."""
        await self._workers.wait(containers.restarted, container_id, grace)

    async def remove(self, container_id: str) -> None:
        """Remove a container that does not run, and its anonymous volumes stay. Raises ConflictError."""
        await self._workers.run(containers.removed, container_id)

    async def rename(self, container_id: str, name: str) -> None:
        """Rename a container."""
        await self._workers.run(containers.renamed, container_id, name)

    async def pull(self, reference: str, progress: Callable[[PullProgress], None]) -> str:
        """Fetch an image, reporting on the loop's thread; return what deserves a word though it went well, or "".

        Raises RegistryError. Cancelling ends the download.
        """
        from harmony_desktop.engine import pull  # noqa: PLC0415 - not for every call

        signed = await self._workers.wait(_sign_in, self._config, reference)
        await pull.pull(self._streams, reference, signed, progress)
        return (
            say("{reference} was fetched without signing in: {fault}.", reference=reference, fault=signed.fault)
            if signed.fault
            else ""
        )

    async def registry_digest(self, reference: str) -> str:
        """Return the digest of what the registry has under an image's name. Raises RegistryError."""
        from harmony_desktop.engine import distribution  # noqa: PLC0415 - not for every call

        return await self._workers.wait(distribution.digest, self._config, reference)

    async def tag(self, image_id: str, reference: str) -> None:
        """Give a local image a name; whatever had it before loses it. Raises NotFoundError."""
        from harmony_desktop.engine import tags  # noqa: PLC0415 - not for every call

        await self._workers.run(tags.tagged, image_id, reference)

    async def untag(self, reference: str) -> None:
        """Take a name away; an image goes with its last one, unless a container needs it."""
        from harmony_desktop.engine import tags  # noqa: PLC0415 - not for every call

        await self._workers.wait(tags.untagged, reference)

    async def tags(self, repository: str) -> tuple[str, ...]:
        """Return the names ("repository:tag") that local images have in a repository."""
        from harmony_desktop.engine import tags  # noqa: PLC0415 - not for every call

        return await self._workers.run(tags.names, repository)

    def events(self, since_ns: int, *, until_now: bool = False) -> Stream[Event]:
        """Yield events since a time (0: from now on) until the stream ends, which may happen at any time."""
        return self._streams.events(since_ns, until_now=until_now)

    def logs(
        self, container_id: str, *, since_ns: int = 0, tail: int | None = None, follow: bool = True
    ) -> Stream[LogChunk]:
        """Yield a container's log with times until it ends, which may happen at any time.

        Lines of the very time ``since_ns`` come too.
        """
        return self._streams.logs(container_id, since_ns=since_ns, tail=tail, follow=follow)

    async def usage(self, container_id: str) -> Usage | None:
        """Return what a container uses, or None where it does not run; asked one shot at a time."""
        sample = await self._workers.run(containers.sampled, container_id)
        return None if sample is None else self._meter.usage(container_id, sample)

    async def processes(self, container_id: str) -> Collection[int]:
        """Return the process ids of a container on the engine's machine; none where it does not run."""
        from harmony_desktop.engine import storage  # noqa: PLC0415 - not for every call

        return await self._workers.run(storage.processes, container_id)

    async def storage(self) -> Storage:
        """Return what is on the engine's disk, measured; this may take a minute."""
        from harmony_desktop.engine import storage  # noqa: PLC0415 - not for every call

        return await self._workers.wait(storage.stored)

    async def remove_image(self, image_id: str) -> None:
        """Remove an image that no container uses. Raises ConflictError."""
        from harmony_desktop.engine import storage  # noqa: PLC0415 - not for every call

        await self._workers.wait(storage.removed_image, image_id)

    async def prove_gpu(self) -> GpuProof:
        """Try a container with a device request."""
        from harmony_desktop.engine import gpu  # noqa: PLC0415 - not for every call

        return await self._workers.wait(gpu.proved)

    async def hand_over(self, image: str, folder: str, owner: str) -> None:
        """Give a folder of the engine's machine to a user, by a short-lived container that can do nothing else."""
        from harmony_desktop.engine import handover  # noqa: PLC0415 - not for every call

        await self._workers.wait(handover.handed_over, image, folder, owner)

    async def told(self, path: str, *arguments: str, **query: str) -> Any:  # noqa: ANN401 - the engine's JSON
        """Return the engine's own answer to a GET of its API, for reports."""
        return await self._workers.run(_told, path, arguments, query)

    async def close(self) -> None:
        """Close every stream and thread; pending calls end with EngineUnavailableError."""
        await self._workers.close()
        self._streams.join(timeout=1.0)


def _info(client: Client) -> EngineInfo:
    with client.calling(say("ask the engine about itself")):
        payload = cast("Mapping[str, Any]", client.info())
    endpoint = client.endpoint
    return translate.info(payload, api_version=endpoint.api_version, context=endpoint.context, address=endpoint.address)


def _pinged(client: Client) -> None:
    with client.calling(say("ask the engine for a sign of life"), SIGN_OF_LIFE):
        client.ping()


def _sign_in(client: Client, config: DockerConfig, image: str) -> SignIn:  # noqa: ARG001 - a call of the workers
    from harmony_desktop.engine.pull import sign_in  # noqa: PLC0415 - not for every call

    return sign_in(config, image)


def _told(client: Client, path: str, arguments: Sequence[str], query: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
    with client.calling(say("ask the engine for a report")):
        return client.raw("GET", path, *arguments, params=query)
