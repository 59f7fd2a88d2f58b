"""``models``: the language models of a stack: list, import, download, load, unload."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from harmony_desktop.cli.environment import Environment, connected
from harmony_desktop.cli.model_progress import ProgressLine
from harmony_desktop.cli.parser import engine_options, project_options
from harmony_desktop.cli.table import print_table
from harmony_desktop.control.model_memory import (
    LEAST_CONTEXT,
    USUAL_CONTEXT,
    Fit,
    MemoryThere,
    fit,
    need,
    recommended,
)
from harmony_desktop.control.models import (
    HubChoice,
    HubError,
    LocalModel,
    ModelsPlace,
    ModelTools,
    Progress,
    Repository,
    same_model,
)
from harmony_desktop.control.models_place import find_place
from harmony_desktop.control.ports import Engine, EngineUnavailableError
from harmony_desktop.control.stopping import Stop
from harmony_desktop.control.text_api import Answering, Endpoint, LoadedModel, load_model, loaded_model, unload_model
from harmony_desktop.plan.observed import ContainerState
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project

T = TypeVar("T")

_FITS = {
    Fit.CARD: "fits on the card",
    Fit.PARTLY: "partly on the processor",
    Fit.PROCESSOR: "fits in the memory",
    Fit.TIGHT: "hardly fits",
    Fit.NOT: "too large",
    Fit.UNKNOWN: "",
}
_EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared, not bound to


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.epilog = (
        "A token for models whose owner wants to know who takes them is read from the variable HF_TOKEN, or is the one "
        "that was entered in the window."
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    listing = actions.add_parser("list", help="list the models, and which one is set and loaded (the default)")
    listing.add_argument("--format", choices=("text", "json"), default="text", help="how it is printed")
    bring = actions.add_parser("import", help="bring a GGUF file into the models folder")
    bring.add_argument("source", metavar="FILE", help="the file")
    bring.add_argument("--link", action="store_true", help="share the file (a hard link) rather than to copy it")
    fetch = actions.add_parser("download", help="download a model from the hub; goes on where an earlier call ended")
    fetch.add_argument("name", metavar="NAME", help="owner/model-GGUF, owner/model-GGUF:Q4_K_M, or an address")
    fetch.add_argument("--dry-run", action="store_true", help="list what there is, download nothing")
    load = actions.add_parser("load", help="start with a model from now on, and load it now if the service runs")
    load.add_argument("name", metavar="NAME", help="the model's name, as “list” tells it")
    load.add_argument("--ctx-size", type=int, default=0, metavar="TOKENS", help="context size (default: as it is set)")
    planning = actions.add_parser(
        "plan", help="all models that are set against the memory there is, and what would help"
    )
    planning.add_argument("--format", choices=("text", "json"), default="text", help="how it is printed")
    actions.add_parser("unload", help="unload the model; what the service starts with stays")


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Do what is asked."""
    project = environment.load_project(project_options(arguments))
    if arguments.action == "plan":
        return await _plan(arguments, environment, project)
    make = environment.tools().models
    if make is None:
        raise HarmonyError("There is nobody here who handles models")
    session = _Session(arguments, environment, project, find_place(project), make())
    match arguments.action:
        case "import":
            await session.bring_in()
        case "download":
            await session.download()
        case "load":
            await session.load()
        case "unload":
            await session.unload()
        case _:
            await session.list()
    return 0


async def _plan(arguments: argparse.Namespace, environment: Environment, project: Project) -> int:
    """Print what is chosen against the memory there is; without an engine, this computer's."""
    from harmony_desktop.cli.memory import as_json, as_lines, planned  # noqa: PLC0415 - for those who ask for it

    engine: Engine | None = None
    try:
        engine = await connected(environment, engine_options(arguments))
    except EngineUnavailableError as error:
        environment.err.write(f"{error.title}: this computer’s memory is counted.\n")
    try:
        state = await planned(environment, project, engine)
    finally:
        if engine is not None:
            await engine.close()
    if state is None:
        raise HarmonyError("There is nobody here who plans memory")
    if arguments.format == "json":
        environment.out.write(json.dumps(as_json(state), indent=2, ensure_ascii=False) + "\n")
    else:
        environment.out.write("".join(f"{line}\n" for line in as_lines(state)))
    return 0


@dataclass(slots=True)
class _Session:
    """One call."""

    arguments: argparse.Namespace
    environment: Environment
    project: Project
    place: ModelsPlace
    tools: ModelTools

    async def list(self) -> None:
        """Print what is there."""
        shelf = await asyncio.to_thread(self.tools.library.look, self.place)
        loaded, there = await self._around()
        configured = shelf.configured
        if getattr(self.arguments, "format", "text") == "json":
            rows = [
                self._row(model, configured.model, configured.context, loaded.name, there) for model in shelf.models
            ]
            self.environment.out.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
            return
        if not shelf.models:
            self.environment.err.write(
                f"There is no model in {self.place.folder}. Get one: harmony-desktop models download NAME\n"
            )
            await self._suggest(there)
            return
        table = []
        for model in shelf.models:
            facts = model.facts
            marks = [
                word
                for word, holds in (
                    ("loaded", same_model(loaded.name, model.name)),
                    ("set", same_model(configured.model, model.name)),
                )
                if holds
            ]
            table.append(
                (
                    model.name,
                    _size(model.size),
                    facts.quantisation if facts else "",
                    facts.architecture if facts else "",
                    str(facts.context) if facts and facts.context else "",
                    model.fault or _FITS[_fit(model, configured.context, there)],
                    ", ".join(marks),
                )
            )
        head = ("MODEL", "SIZE", "QUANTISATION", "ARCHITECTURE", "CONTEXT", "MEMORY", "STATE")
        print_table(self.environment.out, head, table)
        if loaded.answering is Answering.LOCKED:
            self._say("The service asks for an API key that is not in CMD_FLAGS.txt: what is loaded cannot be told.")

    async def bring_in(self) -> None:
        """Import a file."""
        source = Path(self.arguments.source)
        library, link = self.tools.library, self.arguments.link

        def work(progress: Progress, stop: Stop) -> str:
            return library.import_file(self.place, source, link=link, progress=progress, stop=stop)

        name = await self._in_thread(f"Importing {source.name}", work)
        self._arrived(name)

    async def download(self) -> None:
        """Fetch a model from the hub."""
        hub, name = self.tools.hub, self.arguments.name
        repository = await self._in_thread("", lambda _, stop: hub.repository(name, stop))
        _, there = await self._around()
        chosen = self._choose(repository, there)
        if self.arguments.dry_run:
            best = recommended(repository.choices, there)
            rows = [
                (
                    choice.name,
                    choice.quantisation,
                    _size(choice.size),
                    _FITS[fit(need(choice.size, 0, USUAL_CONTEXT), there)],
                    "recommended" if choice is best else "",
                )
                for choice in repository.choices
            ]
            print_table(self.environment.out, ("FILE", "QUANTISATION", "SIZE", "MEMORY", ""), rows)
            return
        if repository.licence:
            self._say(f"Licence: {repository.licence}")

        def work(progress: Progress, stop: Stop) -> str:
            return hub.download(self.place, repository, chosen, progress=progress, stop=stop)

        try:
            self._arrived(await self._in_thread(f"Downloading {chosen.name}", work))
        except HubError as error:
            if error.wants_token:
                self._say("A token is read from the variable HF_TOKEN.")
            raise

    async def load(self) -> None:
        """Let the service start with a model, and load it if it runs."""
        shelf = await asyncio.to_thread(self.tools.library.look, self.place)
        model = next((each for each in shelf.models if same_model(each.name, self.arguments.name)), None)
        if model is None:
            names = ", ".join(each.name for each in shelf.models) or "none"
            raise HarmonyError(
                f"There is no model {self.arguments.name}",
                cause=f"{self.place.folder} has: {names}.",
                advice="Download or import it first.",
            )
        if model.fault:
            raise HarmonyError(f"{model.name} cannot be used", cause=model.fault)
        context = self.arguments.ctx_size
        if context and context < LEAST_CONTEXT:
            raise HarmonyError(f"A context of {context} tokens is too small", advice=f"Take {LEAST_CONTEXT} or more.")
        if _fit(model, context or shelf.configured.context, (await self._around())[1]) is Fit.NOT:
            self._say("Warning: by its size it does not fit into the memory that there is.")
        await asyncio.to_thread(self.tools.library.configure, self.place, model.name, context)
        self._say(f"{self.place.title} starts with {model.name} from now on.")
        endpoint = await self._endpoint()
        if endpoint is None or (await loaded_model(endpoint)).answering is Answering.OFF:
            self._say("It does not run now: harmony-desktop up")
            return
        self._say(f"Loading {model.name}: a large model takes minutes.")
        await load_model(endpoint, model.name, context or shelf.configured.context)
        after = await loaded_model(endpoint)
        if not same_model(after.name, model.name):
            raise HarmonyError(
                f"{model.name} could not be loaded",
                cause=f"Loaded is: {after.name or 'none'}.",
                advice=f"Its log tells why: harmony-desktop logs --tail 50 {self.place.service}",
            )
        self._say(f"Loaded  {after.name}")

    async def unload(self) -> None:
        """Unload the model."""
        endpoint = await self._endpoint()
        if endpoint is None:
            raise HarmonyError(f"{self.place.title} does not run", advice="There is nothing to unload.")
        await unload_model(endpoint)
        self._say("Unloaded: the memory is free for something else.")

    # What they share

    def _say(self, text: str) -> None:
        self.environment.err.write(f"{text}\n")

    def _arrived(self, name: str) -> None:
        self._say(f"It is in the models folder. Use it: harmony-desktop models load {name}")
        self.environment.out.write(f"{name}\n")

    async def _suggest(self, there: MemoryThere) -> None:
        for each in await asyncio.to_thread(self.tools.suggestions):
            needed = need(each.size, each.cache_per_token, min(USUAL_CONTEXT, each.context or USUAL_CONTEXT))
            words = [f"about {_size(each.size)}", each.licence, _FITS[fit(needed, there)]]
            first = "a good first model" if each.first else ""
            self._say(f"  {each.repository}: {each.purpose} ({', '.join(part for part in (*words, first) if part)})")

    def _choose(self, repository: Repository, there: MemoryThere) -> HubChoice:
        """Return what is to be fetched: what the name says, else what is recommended. Raises HarmonyError."""
        if repository.asked:
            return next(choice for choice in repository.choices if choice.name == repository.asked)
        tag = self.arguments.name.rpartition("/")[2].partition(":")[2]
        if tag:
            kinds = ", ".join(choice.quantisation or choice.name for choice in repository.choices)
            raise HarmonyError(f"{repository.name} has no {tag}", cause=f"There are: {kinds}.")
        best = recommended(repository.choices, there)
        if best is None:
            smallest = repository.choices[0]
            raise HarmonyError(
                "None of its files fits into the memory that there is",
                cause=f"The smallest takes {_size(smallest.size)}.",
                advice=f"To fetch it all the same: {repository.name}:{smallest.quantisation or smallest.name}",
            )
        return best

    async def _in_thread(self, title: str, work: Callable[[Progress, Stop], T]) -> T:
        """Do something in a thread; an interruption ends it, and its end is awaited."""
        stop, line = Stop(), ProgressLine(self.environment.err, title)
        doing = asyncio.ensure_future(asyncio.to_thread(work, line.show, stop))
        try:
            await asyncio.wait([doing])
        except asyncio.CancelledError:
            await asyncio.to_thread(stop.set)
            await asyncio.wait([doing])
            doing.exception()
            raise
        finally:
            line.close()
        return doing.result()

    async def _around(self) -> tuple[LoadedModel, MemoryThere]:
        """Return what is loaded, and what there is to compute in; nothing where the engine does not answer."""
        folder = self.environment.folder()
        wanted = self.arguments.hardware or await asyncio.to_thread(folder.wanted)
        try:
            engine = await connected(self.environment, engine_options(self.arguments))
        except EngineUnavailableError:
            look = await self.environment.scout().look(str(self.place.folder), wanted, None, None)
            memory = look.choice.memory
            return LoadedModel(), MemoryThere(0, self.place.memory_limit or memory)
        try:
            info = await engine.info()
            look = await self.environment.scout().look(str(self.place.folder), wanted, engine, info)
        finally:
            await engine.close()
        cards = sum(gpu.memory for gpu in look.gpus.gpus) if look.choice.profile == "nvidia" else 0
        limit = self.place.memory_limit
        there = MemoryThere(cards, min(info.memory, limit) if limit and info.memory else info.memory or limit)
        endpoint = await self._endpoint()
        return (LoadedModel() if endpoint is None else await loaded_model(endpoint)), there

    async def _endpoint(self) -> Endpoint | None:
        """Return where the API is reached, or None while the service does not run."""
        from harmony_desktop.control.engine_address import engine_host  # noqa: PLC0415 - for those who have an engine

        try:
            engine = await connected(self.environment, engine_options(self.arguments))
        except EngineUnavailableError:
            return None
        try:
            info = await engine.info()
            observed = await engine.observe(self.project.name)
        finally:
            await engine.close()
        for container in observed.containers:
            if container.service != self.place.service or container.state is not ContainerState.RUNNING:
                continue
            for port in container.ports:
                if port.target == self.place.api_port and port.protocol == "tcp":
                    host = engine_host(info.address) if port.host_ip in _EVERYWHERE else port.host_ip
                    key = await asyncio.to_thread(self.tools.library.key, self.place)
                    return Endpoint(host, port.host_port, key)
        return None

    def _row(
        self, model: LocalModel, configured: str, context: int, loaded: str, there: MemoryThere
    ) -> dict[str, object]:
        facts = model.facts
        with_context = context or USUAL_CONTEXT
        return {
            "name": model.name,
            "size": model.size,
            "architecture": facts.architecture if facts else None,
            "quantisation": facts.quantisation if facts else None,
            "context": facts.context if facts else None,
            "needs": need(model.size, facts.cache_per_token, with_context) if facts else None,
            "fit": _fit(model, context, there).value,
            "configured": same_model(configured, model.name),
            "loaded": same_model(loaded, model.name),
            "fault": model.fault or None,
        }


def _fit(model: LocalModel, context: int, there: MemoryThere) -> Fit:
    if model.facts is None:
        return Fit.UNKNOWN
    return fit(need(model.size, model.facts.cache_per_token, context or USUAL_CONTEXT), there)


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{max(1, round(count / 2**20))} MB"
