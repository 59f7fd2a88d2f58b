"""Free ports in the place of held ones, offered and, when asked to, written to the stack's ``.env``.

Reads the compose files again, and so brings YAML: imported when a port is held.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from harmony_desktop.control.port_check import HeldPort, PortsHeldError, bindings, taken_ports
from harmony_desktop.control.port_choice import candidates
from harmony_desktop.control.port_records import Binding, MachinePorts, Publisher
from harmony_desktop.control.ports import Engine
from harmony_desktop.control.remedies import Remedy
from harmony_desktop.control.stack_env import StackEnv
from harmony_desktop.control.tools import Tools
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.port_origins import PortOrigin, env_file_of, origin_of, reload
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import enumerated, joined, say, say_number

#: Candidates that are tried at once.
_TRIED = 64


@dataclass(frozen=True, slots=True)
class _Offer:
    """One variable that several held ports may follow, and the port that it could name."""

    variable: str
    old: int
    new: int


async def held_error(engine: Engine, project: Project, held: Sequence[HeldPort], tools: Tools) -> PortsHeldError:
    """Return the error that tells of held ports, with its remedy where there is one."""
    publishers = await engine.publishers()
    taken = taken_ports(project, publishers)
    origins, offers = await asyncio.to_thread(_offers, project, held, taken, tools.stack_env.environ, tools.ports)
    file = env_file_of(project)
    advice = _advice(project, held, origins, offers, file)
    remedies: tuple[Remedy, ...] = ()
    offered = {offer.variable for offer in offers}
    solvable = all(origin.variable in offered and not origin.outside for origin in origins)
    # Half a way out is none: the next start would fail at the other half.
    if solvable and tools.stack_env.writable:
        remedies = (_remedy(project, offers, file, tools.stack_env),)
    return PortsHeldError(_title(held), cause="\n".join(str(item) for item in held), advice=advice, remedies=remedies)


def free_instead(
    project: Project,
    held: Sequence[HeldPort],
    publishers: Iterable[Publisher],
    environ: Mapping[str, str],
    machine: MachinePorts,
) -> Mapping[str, str]:
    """Return variables with free ports for all held ones, none where one of them follows no variable of a file.

    Reads the compose files again, and runs in a thread.
    """
    origins, offers = _offers(project, held, taken_ports(project, publishers), environ, machine)
    offered = {offer.variable: str(offer.new) for offer in offers}
    return offered if all(o.variable in offered and not o.outside for o in origins) else {}


def _offers(
    project: Project,
    held: Sequence[HeldPort],
    taken: frozenset[int],
    environ: Mapping[str, str],
    machine: MachinePorts,
) -> tuple[list[PortOrigin], list[_Offer]]:
    """Return where each held port comes from, and a free port for each variable; runs in a thread."""
    origins = [origin_of(project, item.service, item.port, environ) for item in held]
    avoided = (*machine.avoided(), machine.privileged())
    offers: dict[str, _Offer] = {}
    for item, origin in zip(held, origins, strict=True):
        if not origin.variable or origin.variable in offers:
            continue
        together = [h.binding for h, o in zip(held, origins, strict=True) if o.variable == origin.variable]
        new = _free(item.binding.port, together, taken | {offer.new for offer in offers.values()}, avoided, machine)
        if new:
            offers[origin.variable] = _Offer(origin.variable, item.binding.port, new)
    return origins, list(offers.values())


def _free(
    port: int, together: Sequence[Binding], taken: Collection[int], avoided: tuple[range, ...], machine: MachinePorts
) -> int:
    """Return the first sensible port that is free wherever it is wanted, or 0."""
    several = (number for number in candidates(port, avoided) if number not in taken)
    chosen = [number for number, _ in zip(several, range(_TRIED), strict=False)]
    held = {binding.port for binding in machine.held([replace(b, port=n) for n in chosen for b in together])}
    return next((number for number in chosen if number not in held), 0)


def _title(held: Sequence[HeldPort]) -> str:
    numbers = list(dict.fromkeys(item.binding.port for item in held))
    if len(numbers) == 1:
        if held[0].reserved:
            return say("Port {port} is reserved by the system", port=numbers[0])
        return say("Port {port} is in use", port=numbers[0])
    return say("Ports {ports} are in use", ports=enumerated([str(number) for number in numbers]))


def _advice(
    project: Project, held: Sequence[HeldPort], origins: Sequence[PortOrigin], offers: Sequence[_Offer], file: Path
) -> str:
    """Return what a person can do, one line for each way."""
    lines = list(dict.fromkeys(item.advice for item in held if item.advice))
    outside = {origin.variable for origin in origins if origin.outside}
    inside = [f"{offer.variable}={offer.new}" for offer in offers if offer.variable not in outside]
    if inside:
        way = say_number(
            "End what holds it, or write this line into {file}:",
            "End what holds them, or write these lines into {file}:",
            len(inside),
            file=file,
        )
        lines.append(joined((way, *inside), "\n"))
    lines += [
        say(
            "{variable} is set in the environment of this program, which goes before {file}: set it to {new} there.",
            variable=offer.variable,
            file=file.name,
            new=offer.new,
        )
        for offer in offers
        if offer.variable in outside
    ]
    for item, origin in zip(held, origins, strict=True):
        if not origin.variable:
            place = f"{origin.location.file}:{origin.location.line}" if origin.location else f"{project.files[0]}"
            lines.append(
                say(
                    "Port {binding} is written out in {place}: change it there, or end what holds it.",
                    binding=item.binding.port,
                    place=place,
                )
            )
    return joined(dict.fromkeys(lines), "\n")


def _remedy(project: Project, offers: Sequence[_Offer], file: Path, env: StackEnv) -> Remedy:
    values = {offer.variable: str(offer.new) for offer in offers}
    before = ", ".join(f"{offer.variable}={offer.old}" for offer in offers)

    async def act() -> None:
        await asyncio.to_thread(_write, project, file, values, env)

    one = offers[0].new if len(offers) == 1 else 0
    label = (
        say("Use port {one} instead", one=one) if one else say("Use {offers} free ports instead", offers=len(offers))
    )
    return Remedy(
        id=f"use-port-{one}" if one else "use-free-ports",
        label=label,
        explanation=say("“{label}” does so, and starts again. Before: {before}.", label=label, before=before),
        act=act,
        again=True,
        makes_anew=True,
    )


def _write(project: Project, file: Path, values: Mapping[str, str], env: StackEnv) -> None:
    """Write variables, and see to it that the project follows them. Raises HarmonyError."""
    before = {binding for service in project.services.values() for _, binding in bindings(service)}
    env.write(file, values)
    changed = reload(project, env.environ)
    after = {binding for service in changed.services.values() for _, binding in bindings(service)}
    if not {int(value) for value in values.values()} <= {binding.port for binding in after - before}:
        raise HarmonyError(
            "The ports did not change",
            cause=say(
                "{file} now says {lines}, but something else decides the ports.",
                file=file,
                lines=", ".join(f"{name}={value}" for name, value in values.items()),
            ),
            advice="Run “harmony-desktop config” to see what the files come to.",
        )
