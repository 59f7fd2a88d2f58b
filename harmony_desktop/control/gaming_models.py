"""The models of a stack as gaming mode needs them: what is loaded where, and how it is loaded again."""

from __future__ import annotations

import asyncio

from harmony_desktop.control.engine_address import LOCAL_ADDRESS, engine_host
from harmony_desktop.control.gaming import Unloaded
from harmony_desktop.control.models import ModelsPlace, same_model
from harmony_desktop.control.models_place import find_place
from harmony_desktop.control.ports import Clock, Engine, EngineInfo, NotFoundError
from harmony_desktop.control.readiness import MODEL_INFO
from harmony_desktop.control.text_api import (
    Answering,
    ApiError,
    Endpoint,
    LoadedModel,
    load_loras,
    load_model,
    loaded_model,
    unload_model,
)
from harmony_desktop.control.tools import Tools
from harmony_desktop.plan.observed import Container, ContainerState
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import say

_EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared, not bound to
#: The API's port where neither a probe nor a models folder tells one.
_USUAL_PORT = 5000
#: Seconds in which the API has to answer, from a start on (a model is loaded first) and from now on.
STARTED_LIMIT, RUNNING_LIMIT = 1800.0, 30.0
_PERIOD = 0.5
_CONTEXTS = ("ctx_size", "n_ctx")


@dataclass(frozen=True, slots=True)
class StackModels:
    """Asks the containers of one project.

    Args:
        engine: The engine.
        info: What it says of itself.
        project: The project.
        tools: The machine's side.
    """

    engine: Engine
    info: EngineInfo
    project: Project
    tools: Tools

    async def loaded(self, container: Container) -> tuple[Endpoint | None, LoadedModel]:
        """Return where a container's API is, and what it has loaded; no place where nobody can reach it."""
        endpoint = await self._endpoint(container)
        return (endpoint, LoadedModel()) if endpoint is None else (endpoint, await loaded_model(endpoint))

    async def remembered(self, container: Container, found: LoadedModel) -> Unloaded:
        """Return what has to be known of a loaded model to load it again just so."""
        arguments = dict(found.arguments)
        place = self._place(container.service)
        if place is not None and self.tools.models is not None and not any(name in arguments for name in _CONTEXTS):
            # Hardly a version tells its context, but the flags do, which are written whenever the panel loads one.
            library = (await asyncio.to_thread(self.tools.models)).library
            flags = await asyncio.to_thread(library.configured, place)
            if flags.context and same_model(flags.model, found.name):
                arguments |= dict.fromkeys(_CONTEXTS, flags.context)
        return Unloaded(container.service, container.number, found.name, arguments, found.loras)

    async def unload(self, endpoint: Endpoint) -> bool:
        """Unload what is loaded; return whether it is."""
        try:
            await unload_model(endpoint)
        except ApiError:
            return False
        after = await loaded_model(endpoint)
        return after.answering is Answering.READY and not after.name

    async def load(self, container: Container, wanted: Unloaded) -> str:
        """Load a model again, unless another one has been chosen since. Returns the name of what is loaded then.

        Args:
            container: The container, which runs.
            wanted: The model.

        Raises:
            HarmonyError: It could not be loaded.
        """
        title = self.project.services[container.service].title
        endpoint, found = await self._answering(container)
        if found.name:
            return found.name
        try:
            await load_model(endpoint, wanted.model, 0, wanted.arguments)
            after = await loaded_model(endpoint)
            if not same_model(after.name, wanted.model):
                # Some versions say that all is well, and have loaded nothing.
                raise ApiError(say("The service could not do it"), cause=say("The service says so without a reason."))
            if wanted.loras:
                await load_loras(endpoint, wanted.loras)
        except ApiError as error:
            raise HarmonyError(
                say("{model} could not be loaded again", model=wanted.model),
                cause=error.cause,
                advice=say(
                    "End the game if it still runs, then bring everything back once more. The log of {service} tells "
                    "more.",
                    service=title,
                ),
            ) from error
        return after.name

    async def _answering(self, container: Container) -> tuple[Endpoint, LoadedModel]:
        """Wait until the API answers: of a service that has only just started, for longer. Raises HarmonyError."""
        title = self.project.services[container.service].title
        clock: Clock = self.tools.clock
        until = clock.now() + RUNNING_LIMIT
        while True:
            try:
                now = await self.engine.inspect(container.id)
            except NotFoundError:
                raise self._gone(title) from None
            if now.state is not ContainerState.RUNNING:
                raise self._gone(title)
            if now.detail is not None and now.detail.started_at is not None:
                until = max(until, now.detail.started_at.timestamp() + STARTED_LIMIT)
            endpoint, found = await self.loaded(now)
            if endpoint is not None and found.answering is Answering.READY:
                return endpoint, found
            if endpoint is None or found.answering is Answering.LOCKED or clock.now() >= until:
                raise HarmonyError(
                    say("{service} cannot be asked for its model", service=title),
                    cause=say("It wants a key that is not known.")
                    if found.answering is Answering.LOCKED
                    else say("Its API does not answer."),
                    advice=say("Look at its log, and choose a model on the page “Models”."),
                )
            await clock.sleep(_PERIOD)

    def _gone(self, title: str) -> HarmonyError:
        return HarmonyError(
            say("{service} ended before its model could be loaded again", service=title),
            advice=say("Its log tells why. Then bring everything back once more."),
        )

    async def _endpoint(self, container: Container) -> Endpoint | None:
        if container.state is not ContainerState.RUNNING:
            return None
        place = self._place(container.service)
        service = self.project.services[container.service]
        probed = next((probe.port for probe in service.presentation.probes if probe.path == MODEL_INFO), 0)
        wanted = probed or (place.api_port if place is not None else _USUAL_PORT)
        address = engine_host(self.info.address)
        key = ""
        if place is not None and self.tools.models is not None:
            library = (await asyncio.to_thread(self.tools.models)).library
            key = await asyncio.to_thread(library.key, place)
        if service.network_mode == "host":
            return Endpoint(address, wanted, key)
        for port in container.ports:
            if port.target == wanted and port.protocol == "tcp":
                return Endpoint(address if port.host_ip in _EVERYWHERE else port.host_ip, port.host_port, key)
        return None

    def _place(self, service: str) -> ModelsPlace | None:
        try:
            place = find_place(self.project)
        except HarmonyError:
            return None
        return place if place.service == service else None


def is_local(info: EngineInfo) -> bool:
    """Whether the engine computes on this computer, whose meters can be read."""
    return engine_host(info.address) == LOCAL_ADDRESS
