"""The proof that the stack works: real calls through it, each with its result, its time, and what helps."""

from __future__ import annotations

import asyncio
import base64
import binascii
import enum
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path

from harmony_desktop.control.files import write_atomic
from harmony_desktop.control.json_calls import Reply, call
from harmony_desktop.control.probes import ask
from harmony_desktop.control.sound import read_wave
from harmony_desktop.plan.observed import ContainerState, Observed
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Probe, Project
from harmony_desktop.stack.words import capital, say

#: Seconds for a short answer on a slow processor, and for a sentence, before which a voice may be downloaded.
_TEXT_LIMIT, _SPEECH_LIMIT, _LIST_LIMIT = 300.0, 1800.0, 15.0
#: What the text API calls no model.
_NO_MODEL = frozenset({"", "none"})
_PROMPT = "Say hello to me in one short sentence."
_SENTENCE = "Hello! I am here, and I can speak."
#: Characters of an answer that are shown.
_SHOWN = 200


class Part(enum.StrEnum):
    """What is tried, in this order; the value is the container port by which its service is known."""

    LINK = "28080"
    TEXT = "5000"
    SPEECH = "12080"


_PARTS = frozenset(part.value for part in Part)
_ANYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared, not bound to


class Verdict(enum.StrEnum):
    """How a step ended."""

    WAITING = "waiting"
    RUNNING = "running"
    GOOD = "good"
    MISSING = "missing"
    """It could not be tried, as something is not there yet that the user has to choose."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One call and what came of it.

    Attributes:
        part: What is tried.
        verdict: How it ended.
        text: What came of it.
        advice: What to do when it failed.
        seconds: How long it took.
        file: The sound that was saved, or "".
        service: The service that was asked, or "".
    """

    part: Part
    verdict: Verdict = Verdict.WAITING
    text: str = ""
    advice: str = ""
    seconds: float = 0.0
    file: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """All steps.

    Attributes:
        steps: In their order.
        running: Whether they are being gone through.
    """

    steps: tuple[Step, ...] = ()
    running: bool = False

    @property
    def passed(self) -> bool:
        """Whether all went well."""
        return bool(self.steps) and all(step.verdict is Verdict.GOOD for step in self.steps)


@dataclass(frozen=True, slots=True)
class Voice:
    """Something that can speak: a model of the speech engine with a language and a voice of it."""

    model: str
    language: str = ""
    voice: str = ""


@dataclass(frozen=True, slots=True)
class Reached:
    """A service that is running.

    Attributes:
        service: Its name.
        title: Its name for people.
        where: Host and port.
    """

    service: str
    title: str
    where: tuple[str, int]


@dataclass(frozen=True, slots=True)
class Subject:
    """What the proof is about.

    Attributes:
        reached: The services that run, by what is tried of them.
        present: What the stack has at all.
        save_to: Where the sound is saved.
        voices: Voices of the engine's configuration, for an engine that does not tell which it has.
        key: The key of the text API, or "".
    """

    reached: Mapping[Part, Reached]
    present: frozenset[Part]
    save_to: Path
    voices: Sequence[Voice] = field(default_factory=tuple)
    key: str = ""


def find_services(project: Project, observed: Observed, address: str) -> dict[Part, Reached]:
    """Return the services that run, by what is tried of them, and where each is reached.

    Args:
        project: The project.
        observed: What the engine has of it.
        address: The host on which published ports are reached that are bound to all addresses.
    """
    found: dict[Part, Reached] = {}
    for container in observed.containers:
        service = project.services.get(container.service)
        if service is None or container.state is not ContainerState.RUNNING:
            continue
        for port in container.ports:
            if port.protocol == "tcp" and str(port.target) in _PARTS:
                host = address if port.host_ip in _ANYWHERE else port.host_ip
                part = Part(str(port.target))
                found.setdefault(part, Reached(service.name, service.title, (host, port.host_port)))
    return found


def parts_of(project: Project) -> frozenset[Part]:
    """Return what can be tried of a project at all."""
    targets = {str(port.target) for service in project.services.values() for port in service.ports}
    return frozenset(part for part in Part if part.value in targets)


async def prove(subject: Subject, tell: Callable[[Proof], None], only: frozenset[Part] = frozenset()) -> Proof:
    """Go through all steps and return what came of them. Cancelling ends it at once.

    Args:
        subject: What is proved.
        tell: Hears of each change.
        only: The parts to try; all where none are named.
    """
    tried = {Part.LINK: _link, Part.TEXT: _text, Part.SPEECH: _speech}
    steps = {part: Step(part) for part in Part if part in (only or subject.present)}
    for part in list(steps):
        steps[part] = Step(part, Verdict.RUNNING)
        tell(Proof(tuple(steps.values()), running=True))
        begun = time.monotonic()
        reached = subject.reached.get(part)
        found = _not_running(part) if reached is None else await _tried(tried[part], subject, reached, part)
        steps[part] = replace(found, seconds=time.monotonic() - begun)
        tell(Proof(tuple(steps.values()), running=True))
    proof = Proof(tuple(steps.values()))
    tell(proof)
    return proof


def _not_running(part: Part) -> Step:
    return Step(part, Verdict.FAILED, say("The service does not run."), say("Start the stack, then try again."))


async def _tried(
    step: Callable[[Subject, Reached], Awaitable[Step]], subject: Subject, reached: Reached, part: Part
) -> Step:
    log = say("Look at the log of {service}.", service=reached.title)
    try:
        found = await step(subject, reached)
    except TimeoutError:
        found = Step(part, Verdict.FAILED, say("It did not answer in time."), log)
    except OSError:
        port = reached.where[1]
        found = Step(part, Verdict.FAILED, say("Nobody answers on port {port}.", port=port), log)
    except HarmonyError as error:
        found = Step(part, Verdict.FAILED, error.cause or error.title, error.advice)
    return replace(found, service=reached.service)


async def _link(_: Subject, reached: Reached) -> Step:
    """Harmony Link may answer a plain request, or shake hands for a WebSocket: either shows that it is there."""
    page = Probe(port=28080, path="/", good=())
    answer = await ask(*reached.where, page)
    if not answer.good:
        answer = await ask(*reached.where, replace(page, websocket=True))
    if answer.good:
        return Step(Part.LINK, Verdict.GOOD, say("It answers on port {port}.", port=reached.where[1]))
    return Step(
        Part.LINK,
        Verdict.FAILED,
        capital(answer.text) if answer.text else say("Nobody answers on port {port}.", port=reached.where[1]),
        say("Look at the log of {service}.", service=reached.title),
    )


async def _text(subject: Subject, reached: Reached) -> Step:
    """A model is loaded, and answers a short prompt."""
    info = await call(reached.where, "/v1/internal/model/info", seconds=_LIST_LIMIT, key=subject.key)
    told = info.json
    model = told.get("model_name") if info.good and isinstance(told, dict) else None
    if info.good and str(model or "").strip().lower() in _NO_MODEL:
        return Step(
            Part.TEXT, Verdict.MISSING, say("It runs, and has no model yet."), say("Choose one on the Models page.")
        )
    body: dict[str, object] = {
        "messages": [{"role": "user", "content": _PROMPT}],
        "mode": "instruct",
        "max_tokens": 60,
        "stream": False,
    }
    reply = await call(reached.where, "/v1/chat/completions", body, seconds=_TEXT_LIMIT, key=subject.key)
    words = _answered(reply)
    if reply.good and words:
        said = say("{model} says: “{words}”", model=model or reached.title, words=words)
        return Step(Part.TEXT, Verdict.GOOD, said)
    if reply.good:
        return Step(
            Part.TEXT,
            Verdict.FAILED,
            say("Its answer has no words."),
            say("Another model may do better: look at the Models page."),
        )
    return Step(Part.TEXT, Verdict.FAILED, *_refusal(reply, reached))


def _answered(reply: Reply) -> str:
    """Return the words of a chat completion, as one line."""
    found = reply.json
    choices = found.get("choices") if isinstance(found, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    content = message.get("content") if isinstance(message, dict) else None
    words = " ".join(content.split()) if isinstance(content, str) else ""
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…"


async def _speech(subject: Subject, reached: Reached) -> Step:
    """A voice speaks a sentence, which is a sound and is kept."""
    voice = await _voice(subject, reached)
    if voice is None:
        return Step(
            Part.SPEECH,
            Verdict.MISSING,
            say("No voice is switched on that can speak without a sample."),
            say("Switch on OpenVoice on the page “Voices and models”, then restart the Speech Engine."),
        )
    body: dict[str, object] = {
        "model": voice.model,
        "input": _SENTENCE,
        # Releases up to 0.1 insist on it, later ones pass over it.
        "mode": "single_speaker_tts",
        **({"language": voice.language} if voice.language else {}),
        **({"voice": voice.voice} if voice.voice else {}),
        "generation_options": {},
        "output_options": {"format": "wav", "stream": False},
    }
    reply = await call(reached.where, "/v1/audio/speech", body, seconds=_SPEECH_LIMIT)
    if not reply.good:
        return Step(Part.SPEECH, Verdict.FAILED, *_refusal(reply, reached))
    content = _spoken(reply)
    sound = read_wave(content)
    if sound is None:
        return Step(
            Part.SPEECH,
            Verdict.FAILED,
            say("Its answer is no sound."),
            say("Look at the log of {service}.", service=reached.title),
        )
    await asyncio.to_thread(_keep, subject.save_to, content)
    text = say("{voice} spoke for {seconds:.1f} seconds.", voice=voice.model, seconds=sound.seconds)
    return Step(Part.SPEECH, Verdict.GOOD, text, file=str(subject.save_to))


def _keep(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file, content)
    except OSError as error:
        raise HarmonyError(
            say("The sound could not be saved"),
            cause=say("It spoke, but {file} could not be written: {error}", file=file, error=error.strerror or error),
            advice=say("Make room or ask for access, then try again."),
        ) from error


async def _voice(subject: Subject, reached: Reached) -> Voice | None:
    """Return what shall speak: English where there is a choice, for the sentence is."""
    reply = await call(reached.where, "/v1/audio/speech/models", seconds=_LIST_LIMIT)
    told = _voices_told(reply)
    found = [voice for voice in told if voice.language] or list(subject.voices)
    return next((voice for voice in found if voice.language.upper() == "EN"), found[0] if found else None)


def _voices_told(reply: Reply) -> list[Voice]:
    """Return the voices that the engine tells of; chains that need a sample of a voice are not among them."""
    found = reply.json
    cards = found.get("data") if isinstance(found, dict) else None
    voices = []
    for card in cards if isinstance(cards, list) else ():
        if not isinstance(card, dict) or card.get("object") == "toolchain":
            continue
        for language in _entries(card, "languages"):
            first = next((each.get("voice") for each in _entries(language, "voices")), "")
            voices.append(Voice(str(card.get("id", "")), str(language.get("language", "")), str(first or "")))
    return voices


def _entries(value: dict[str, object], key: str) -> list[dict[str, object]]:
    found = value.get(key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _spoken(reply: Reply) -> bytes:
    """Return the sound of an answer: as it is, or in base64 within JSON."""
    found = reply.json if not reply.kind.startswith("audio/") else None
    data = found.get("data") if isinstance(found, dict) else None
    if not isinstance(data, str):
        return reply.body
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _refusal(reply: Reply, reached: Reached) -> tuple[str, str]:
    """Return what a refusal says, and what helps."""
    log = say("Look at the log of {service}.", service=reached.title)
    if reply.status in {401, 403}:
        return (
            say("It asks for an API key."),
            say("The key stands in the service’s own settings; Harmony Link needs the same."),
        )
    if reply.status == 0:
        return say("The connection broke before there was an answer."), log
    words = reply.complaint
    told = (
        say("It refuses: {words} (HTTP {status}).", words=words.rstrip("."), status=reply.status)
        if words
        else say("It answers with HTTP {status}.", status=reply.status)
    )
    return told, log
