"""Models in words: what they are, what they need, what is being done with them. Pure functions."""

from __future__ import annotations

from datetime import timedelta

from harmony_desktop.control.model_memory import CONTEXTS, USUAL_CONTEXT, Fit, MemoryThere, fit, need
from harmony_desktop.control.models import LocalModel, Phase, Suggestion, same_model
from harmony_desktop.control.models_state import GoingOn, ModelsState, Work
from harmony_desktop.control.state import Light
from harmony_desktop.control.text_api import Answering
from harmony_desktop.ui.download_words import pace_words
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.wording import duration, size, transferred

_DOT = " · "


def tokens(count: int) -> str:
    """Return a context size: "8192 tokens", "128 k tokens"."""
    if count >= 16384 and count % 1024 == 0:
        return tr("{n} k tokens", n=count // 1024)
    return tr("{n} tokens", n=count)


def shown_name(model: LocalModel) -> str:
    """Return what people call a model: the file's name without its suffix."""
    return model.name.removesuffix(".gguf")


def about(model: LocalModel) -> str:
    """Return what a model is: "4.6 GB · Q4_K_M · llama · made for 128 k tokens"."""
    facts = model.facts
    if model.fault:
        return _DOT.join((size(model.size), told(model.fault)))
    if facts is None:
        return _DOT.join((size(model.size), tr("another format than GGUF: what it needs cannot be told")))
    parts = [size(model.size), facts.quantisation, facts.architecture]
    if facts.context:
        parts.append(tr("made for {tokens}", tokens=tokens(facts.context)))
    return _DOT.join(part for part in parts if part)


def context_of(model: LocalModel, state: ModelsState) -> int:
    """Return the context with which a model is (or would be) used."""
    made_for = model.facts.context if model.facts is not None else 0
    if same_model(state.configured.model, model.name) and state.configured.context:
        return state.configured.context
    return min(USUAL_CONTEXT, made_for) if made_for else USUAL_CONTEXT


def contexts_for(model: LocalModel, state: ModelsState) -> list[int]:
    """Return the context sizes to choose from."""
    made_for = model.facts.context if model.facts is not None else 0
    offered = {count for count in CONTEXTS if not made_for or count <= made_for}
    if made_for and made_for < CONTEXTS[0]:
        offered.add(made_for)
    return sorted(offered | {context_of(model, state)})


def needs(model: LocalModel, context: int) -> int:
    """Return the bytes that a model needs about; 0 where nobody can tell."""
    return need(model.size, model.facts.cache_per_token, context) if model.facts is not None else 0


def fit_words(needed: int, there: MemoryThere) -> tuple[str, str]:
    """Return whether so much fits, in words, and the tone of these words."""
    if not needed:
        return "", "second"
    amount = size(needed)
    return {
        Fit.CARD: (tr("needs about {size}: fits on the card", size=amount), "ready"),
        Fit.PARTLY: (tr("needs about {size}: partly on the processor, slower", size=amount), "attention"),
        Fit.PROCESSOR: (tr("needs about {size}: fits in the memory", size=amount), "ready"),
        Fit.TIGHT: (tr("needs about {size}: hardly fits in the memory", size=amount), "attention"),
        Fit.NOT: (tr("needs about {size}: too large for this computer", size=amount), "failed"),
        Fit.UNKNOWN: (tr("needs about {size}", size=amount), "second"),
    }[fit(needed, there)]


def suggestion_need(suggestion: Suggestion) -> int:
    """Return the bytes that a suggested model needs about."""
    return need(suggestion.size, suggestion.cache_per_token, min(USUAL_CONTEXT, suggestion.context or USUAL_CONTEXT))


def light_of(model: LocalModel, state: ModelsState) -> tuple[Light, str]:
    """Return the light of a model and its word."""
    going_on = state.going_on
    if going_on is not None and going_on.work is Work.LOAD and same_model(going_on.name, model.name):
        return Light.BUSY, tr("being loaded")
    if model.fault:
        return Light.FAILED, tr("cannot be used")
    if same_model(state.loaded.name, model.name):
        return Light.READY, tr("loaded")
    return Light.STOPPED, tr("at the next start") if same_model(state.configured.model, model.name) else ""


def headline(state: ModelsState) -> tuple[str, str]:
    """Return the page's title and the line under it."""
    if not state.looked:
        return tr("Looking at the models"), tr("This takes a moment.")
    if state.place is None:
        return tr("No models here"), ""
    service, configured = state.place.title, state.configured
    if not state.models:
        return (
            tr("Without a model Harmony has nothing to think with"),
            tr("Download one, or import a GGUF file that you have. It stays on this computer."),
        )
    loaded = state.model(state.loaded.name)
    starts = tr("{service} has no model to start with. Use one of these.", service=service)
    if configured.model:
        name = configured.model.removesuffix(".gguf")
        starts = tr("{service} starts with {model}.", service=service, model=name)
        if configured.context:
            starts = tr(
                "{service} starts with {model} and a context of {tokens}.",
                service=service,
                model=name,
                tokens=tokens(configured.context),
            )
        if state.model(configured.model) is None:
            starts = tr("{service} is to start with {model}, which is not in its folder.", service=service, model=name)
    if state.loaded.name:
        title = shown_name(loaded) if loaded is not None else state.loaded.name.removesuffix(".gguf")
        if loaded is not None and loaded.facts is not None and loaded.facts.title:
            title = loaded.facts.title
        return tr("{model} is loaded", model=title), starts
    words = {
        Answering.OFF: tr("{service} does not run", service=service),
        Answering.READY: tr("No model is loaded"),
        Answering.LOCKED: tr("{service} asks for a key", service=service),
        Answering.SILENT: tr("{service} does not answer", service=service),
    }
    if state.loaded.answering is Answering.LOCKED:
        starts = tr(
            "Its API wants a key that is not in CMD_FLAGS.txt: what is loaded cannot be told. {more}", more=starts
        )
    return words[state.loaded.answering], starts


def work_title(going_on: GoingOn) -> str:
    """Return what is being done."""
    if going_on.cancelling:
        return tr("Cancelling…")
    name = going_on.name.removesuffix(".gguf")
    if going_on.phase is Phase.RETRYING:
        return tr("The connection broke: trying again to fetch {model}", model=name)
    if going_on.phase is Phase.CHECKING and going_on.work is Work.DOWNLOAD:
        return tr("Checking what has come of {model}", model=name)
    return {
        Work.IMPORT: tr("Importing {model}", model=name),
        Work.DOWNLOAD: tr("Downloading {model}", model=name),
        Work.LOOK_UP: tr("Looking up {model}", model=name),
        Work.LOAD: tr("Loading {model}", model=name),
        Work.UNLOAD: tr("Unloading {model}", model=name),
    }[going_on.work]


def work_detail(going_on: GoingOn, now: float) -> str:
    """Return how far it is."""
    if going_on.work is Work.LOAD:
        passed = duration(timedelta(seconds=max(0, now - going_on.since))) if going_on.since else ""
        waiting = tr("A large model takes minutes.")
        return f"{waiting} {tr('Since {time}.', time=passed)}" if passed else waiting
    if going_on.phase in {Phase.DOWNLOADING, Phase.COPYING}:
        return _DOT.join(
            part for part in (transferred(going_on.done, going_on.total), pace_words(going_on.pace)) if part
        )
    if going_on.phase is Phase.FINISHING:
        return tr("Almost done: everything is written to the disk.")
    return transferred(going_on.done, going_on.total)
