"""Looks after the models on the window's behalf: one piece of work at a time, each can be cancelled."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from harmony_desktop.control.diagnose import diagnose
from harmony_desktop.control.model_memory import MemoryThere
from harmony_desktop.control.models import (
    HubChoice,
    HubError,
    ModelsPlace,
    ModelTools,
    Phase,
    Progress,
    Removed,
    Repository,
    same_model,
)
from harmony_desktop.control.models_place import find_place
from harmony_desktop.control.models_state import GoingOn, ModelsState, Work
from harmony_desktop.control.ports import Clock
from harmony_desktop.control.state import Problem
from harmony_desktop.control.stopping import Stop, StoppedError
from harmony_desktop.control.store import Store
from harmony_desktop.control.text_api import (
    Answering,
    ApiError,
    Endpoint,
    LoadedModel,
    load_model,
    loaded_model,
    unload_model,
)
from harmony_desktop.control.transfer import Gauge, Pace
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import say

#: Seconds in which a deletion can be taken back.
UNDO_TIME = 20.0
#: Seconds between two pictures of how far something is.
_PERIOD = 0.2
#: Lines of log that are searched for the reason of a failed load.
_SEARCHED = 200

_log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the desk is told by the panel.

    Attributes:
        load: Reads the stack's files; runs in a thread. Raises HarmonyError.
        memory: Returns what there is to compute in, for a limit of the service.
        where: Returns host and port where a container's port of a service is reached, or None while it does not run.
        lines: Returns the last lines of a service's log.
        mask: Returns a text of ours without secrets.
        changed: Is called after the model was loaded or unloaded: readiness may be asked again.
    """

    load: Callable[[], Project]
    memory: Callable[[ModelsPlace], MemoryThere]
    where: Callable[[str, int], tuple[str, int] | None]
    lines: Callable[[str, int], tuple[str, ...]]
    mask: Callable[[str], str]
    changed: Callable[[], None] = lambda: None


class ModelsDesk:
    """Implements ``Modelling``.

    Args:
        tools: Makes those who handle the files; None where nobody does.
        around: The panel around it.
        clock: Time.
        spawn: Runs something beside everything else.
    """

    def __init__(
        self,
        tools: Callable[[], ModelTools] | None,
        around: Surroundings,
        clock: Clock,
        spawn: Callable[[Coroutine[Any, Any, None], str], None],
    ) -> None:
        self._make_tools = tools
        self._made: ModelTools | None = None
        self._around = around
        self._clock = clock
        self._spawn = spawn
        self._store = Store(ModelsState())
        self._stop: Stop | None = None
        self._task: asyncio.Task[None] | None = None
        self._undo: object = None
        self._asked = ""

    @property
    def store(self) -> Store[ModelsState]:
        """What there is to show."""
        return self._store

    @property
    def _tools(self) -> ModelTools:
        if self._made is None:
            if self._make_tools is None:
                raise HarmonyError(say("There is nobody here who handles models"))
            self._made = self._make_tools()
        return self._made

    # Gestures

    def look(self) -> None:
        """Look at folder, flags and service again."""
        self._spawn(self._telling(self._look), "look at models")

    def use(self, name: str, context: int) -> None:
        """Let the service start with a model, and load it now if it runs."""
        self._begin(GoingOn(Work.LOAD, name), partial(self._use, name, context))

    def unload(self) -> None:
        """Unload the model that is loaded."""
        self._begin(GoingOn(Work.UNLOAD, self._store.value.loaded.name), self._unload)

    def import_file(self, file: str, *, link: bool) -> None:
        """Bring a file into the models folder."""
        self._begin(GoingOn(Work.IMPORT, Path(file).name), partial(self._import, Path(file), link))

    def look_up(self, address: str) -> None:
        """Look a model up on the hub."""
        self._asked = address
        self._update(repository=None)
        self._begin(GoingOn(Work.LOOK_UP, address), partial(self._look_up, address))

    def forget_repository(self) -> None:
        """Put away what was looked up."""
        self._asked = ""
        self._update(repository=None)

    def download(self, name: str) -> None:
        """Fetch one of the models that were looked up."""
        repository = self._store.value.repository
        choice = next((each for each in repository.choices if each.name == name), None) if repository else None
        if repository is not None and choice is not None:
            self._begin(
                GoingOn(Work.DOWNLOAD, name, Phase.DOWNLOADING, 0, choice.size),
                partial(self._download, repository, choice),
            )

    def keep_token(self, token: str) -> None:
        """Keep a token for the hub, and go on with what was refused without one."""
        self._spawn(self._telling(partial(self._keep_token, token)), "keep token")

    def remove(self, name: str) -> None:
        """Delete a model; for some seconds that can be taken back."""
        self._spawn(self._telling(partial(self._remove, name)), "delete model")

    def put_back(self) -> None:
        """Take the last deletion back."""
        removed = self._store.value.removed
        if removed is not None:
            self._undo = None
            self._update(removed=None)
            self._spawn(self._telling(partial(self._put_back, removed)), "put model back")

    def clear_unfinished(self) -> None:
        """Delete what has come of downloads that were cancelled or broke."""
        self._spawn(self._telling(self._clear_unfinished), "delete unfinished downloads")

    def cancel(self) -> None:
        """End what is being done."""
        going_on = self._store.value.going_on
        if going_on is None or going_on.cancelling:
            return
        self._update(going_on=replace(going_on, cancelling=True))
        if self._stop is not None:
            # Closing a connection may block for a moment.
            self._spawn(asyncio.to_thread(self._stop.set), "stop")
        elif self._task is not None:
            self._task.cancel()

    def dismiss(self) -> None:
        """The user has read it."""
        self._update(problem=None, wants_token=False, page="", said="", arrived="")

    async def close(self) -> None:
        """Delete what was put aside: nobody can take that back any more."""
        removed = self._store.value.removed
        if removed is not None:
            await asyncio.to_thread(self._tools.library.purge, removed)

    # What they do

    async def _look(self) -> None:
        if self._store.value.place is None or not self._store.value.suggestions:
            suggested = await asyncio.to_thread(self._tools.suggestions)
            self._update(suggestions=suggested, has_token=await asyncio.to_thread(self._tools.hub.has_token))
        place = await self._place()
        if place is None:
            self._update(looked=True)
            return
        shelf = await asyncio.to_thread(self._tools.library.look, place)
        self._update(
            models=shelf.models,
            configured=shelf.configured,
            free=shelf.free,
            unfinished=shelf.unfinished,
            there=self._around.memory(place),
            loaded=await self._loaded(place),
            looked=True,
        )

    async def _place(self) -> ModelsPlace | None:
        try:
            project = await asyncio.to_thread(self._around.load)
            place = find_place(project)
        except HarmonyError as error:
            self._update(place=None, missing=self._problem(error), models=())
            return None
        self._update(place=place, missing=None)
        return place

    async def _require_place(self) -> ModelsPlace:
        place = await self._place()
        if place is None:
            missing = self._store.value.missing
            raise HarmonyError(
                missing.title if missing else say("There is no models folder"),
                cause=missing.cause if missing else "",
                advice=missing.advice if missing else "",
            )
        return place

    async def _endpoint(self, place: ModelsPlace) -> Endpoint | None:
        where = self._around.where(place.service, place.api_port)
        if where is None:
            return None
        key = await asyncio.to_thread(self._tools.library.key, place)
        return Endpoint(*where, key)

    async def _loaded(self, place: ModelsPlace) -> LoadedModel:
        endpoint = await self._endpoint(place)
        return LoadedModel() if endpoint is None else await loaded_model(endpoint)

    async def _use(self, name: str, context: int) -> None:
        place = await self._require_place()
        await asyncio.to_thread(self._tools.library.configure, place, name, context)
        self._update(configured=await asyncio.to_thread(self._tools.library.configured, place))
        endpoint = await self._endpoint(place)
        if endpoint is None or (await loaded_model(endpoint)).answering is Answering.OFF:
            self._update(said=say("{service} starts with {model} from now on.", service=place.title, model=name))
            return
        try:
            await load_model(endpoint, name, context)
        except ApiError as error:
            raise self._load_failed(place, name, error) from error
        finally:
            self._update(loaded=await loaded_model(endpoint))
            self._around.changed()
        if not same_model(self._store.value.loaded.name, name):
            # Some versions say that all is well, and have loaded nothing.
            raise self._load_failed(place, name, None)
        self._update(said=say("{model} is loaded, and {service} starts with it.", service=place.title, model=name))

    def _load_failed(self, place: ModelsPlace, name: str, error: ApiError | None) -> HarmonyError:
        if error is not None and error.status in {401, 403}:
            return error
        found = diagnose(None, lines=self._around.lines(place.service, _SEARCHED))
        told = found.line is not None
        cause, advice = (found.cause, found.advice) if told else ("", "")
        return HarmonyError(
            say("{model} could not be loaded", model=name),
            cause=cause or (error.cause if error else say("The service says so without a reason.")),
            advice=advice
            or say("Look at the log of {service}. A smaller context or a smaller model may help.", service=place.title),
        )

    async def _unload(self) -> None:
        place = await self._require_place()
        endpoint = await self._endpoint(place)
        if endpoint is None:
            raise HarmonyError(say("{service} does not run", service=place.title))
        try:
            await unload_model(endpoint)
        finally:
            self._update(loaded=await loaded_model(endpoint))
            self._around.changed()
        self._update(said=say("No model is loaded now. The memory is free for something else."))

    async def _import(self, file: Path, link: bool) -> None:
        place = await self._require_place()
        library = self._tools.library
        name = await self._in_thread(
            lambda progress, stop: library.import_file(place, file, link=link, progress=progress, stop=stop)
        )
        await self._arrived(place, name)

    async def _look_up(self, address: str) -> None:
        repository = await self._in_thread(lambda _, stop: self._tools.hub.repository(address, stop))
        if address == self._asked:
            self._update(repository=repository)

    async def _download(self, repository: Repository, choice: HubChoice) -> None:
        place = await self._require_place()
        hub = self._tools.hub
        try:
            name = await self._in_thread(
                lambda progress, stop: hub.download(place, repository, choice, progress=progress, stop=stop)
            )
        except (HarmonyError, StoppedError):
            await self._look()  # what has come is there to be seen
            raise
        self._update(repository=None)
        await self._arrived(place, name)

    async def _arrived(self, place: ModelsPlace, name: str) -> None:
        shelf = await asyncio.to_thread(self._tools.library.look, place)
        said = say("{model} is in the models folder. Use it, and Harmony can talk.", model=name)
        self._update(models=shelf.models, configured=shelf.configured, free=shelf.free, said=said, arrived=name)

    async def _keep_token(self, token: str) -> None:
        await asyncio.to_thread(self._tools.hub.keep_token, token)
        asked = self._asked
        self._update(has_token=await asyncio.to_thread(self._tools.hub.has_token), wants_token=False, problem=None)
        if token and asked and self._store.value.repository is None:
            self.look_up(asked)

    async def _remove(self, name: str) -> None:
        place = await self._require_place()
        earlier = self._store.value.removed
        if earlier is not None:
            await asyncio.to_thread(self._tools.library.purge, earlier)
        removed = await asyncio.to_thread(self._tools.library.remove, place, name)
        mine = self._undo = object()
        self._update(removed=removed, said="", arrived="", problem=None)
        await self._look()
        self._spawn(self._purge_later(removed, mine), "forget model")

    async def _purge_later(self, removed: Removed, mine: object) -> None:
        await self._clock.sleep(UNDO_TIME)
        if self._undo is mine:
            self._undo = None
            self._update(removed=None)
            await asyncio.to_thread(self._tools.library.purge, removed)
            await self._telling(self._look)

    async def _clear_unfinished(self) -> None:
        await asyncio.to_thread(self._tools.library.clear_unfinished, await self._require_place())
        await self._look()

    async def _put_back(self, removed: Removed) -> None:
        await asyncio.to_thread(self._tools.library.restore, await self._require_place(), removed)
        await self._look()

    # One at a time

    def _begin(self, what: GoingOn, work: Callable[[], Awaitable[None]]) -> None:
        if self._store.value.going_on is not None:
            return
        self.dismiss()
        self._update(going_on=replace(what, since=time.monotonic()))
        self._spawn(self._run(work), what.work.value)

    async def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        self._task = asyncio.ensure_future(self._telling(work))
        try:
            await asyncio.wait([self._task])
            if self._task.cancelled():
                # The service cannot be told to stop loading.
                self._update(said=say("Harmony no longer waits for it. The service may go on by itself."))
        except asyncio.CancelledError:
            self._task.cancel()
            await asyncio.wait([self._task])
            raise
        finally:
            self._task = None
            self._update(going_on=None)

    async def _in_thread(self, work: Callable[[Progress, Stop], T]) -> T:
        """Do something in a thread that can be stopped; its end is awaited in any case."""
        loop = asyncio.get_running_loop()
        gauge = Gauge()
        told_at: dict[Phase, float] = {}

        def show(phase: Phase, done: int, total: int) -> None:
            now = time.monotonic()
            if phase in {Phase.DOWNLOADING, Phase.COPYING}:
                gauge.take(now, done)
            speed = gauge.speed(now)
            pace = Pace(speed, (total - done) / speed if speed and total else None)
            going_on = self._store.value.going_on
            if going_on is not None:
                self._update(going_on=replace(going_on, phase=phase, done=done, total=total, pace=pace))

        def progress(phase: Phase, done: int, total: int) -> None:
            now = time.monotonic()
            if now - told_at.get(phase, 0.0) >= _PERIOD or done >= total:
                told_at.clear()
                told_at[phase] = now
                loop.call_soon_threadsafe(show, phase, done, total)

        stop = self._stop = Stop()
        doing = asyncio.ensure_future(asyncio.to_thread(work, progress, stop))
        try:
            await asyncio.wait([doing])
        except asyncio.CancelledError:
            await asyncio.to_thread(stop.set)
            await asyncio.wait([doing])
            if not doing.cancelled():
                doing.exception()
            raise
        finally:
            self._stop = None
        return doing.result()

    async def _telling(self, work: Callable[[], Awaitable[None]]) -> None:
        """Show a fault of the environment; what was cancelled is no fault."""
        try:
            await work()
        except StoppedError:
            going_on = self._store.value.going_on
            kept = going_on is not None and going_on.work is Work.DOWNLOAD
            said = say("Cancelled. What has come is kept: the next try goes on from there.")
            self._update(said=said if kept else say("Cancelled."))
        except HubError as error:
            self._update(problem=self._problem(error), wants_token=error.wants_token, page=error.page)
        except HarmonyError as error:
            self._update(problem=self._problem(error), wants_token=False, page="")
        except Exception as error:  # noqa: BLE001 - the last resort: the panel stays alive and says so
            _log.exception("a fault of the panel itself")
            self._update(
                problem=Problem(say("Something went wrong in the panel itself"), repr(error), say("Please report it."))
            )

    def _problem(self, error: HarmonyError) -> Problem:
        title, cause, advice = (_masked(self._around.mask, text) for text in (error.title, error.cause, error.advice))
        service = self._store.value.place.service if self._store.value.place else ""
        return Problem(title, cause, advice, service)

    def _update(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of ModelsState
        self._store.set(replace(self._store.value, **changes))


def _masked(mask: Callable[[str], str], text: str) -> str:
    """Return a text without secrets; one that has none stays what it was made of."""
    masked = mask(text)
    return text if masked == text else masked
