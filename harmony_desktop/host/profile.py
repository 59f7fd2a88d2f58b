"""The choice between processor and graphics card, with its reasons in plain words. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from harmony_desktop.control.ports import Gpu, GpuAbility, GpuProof, GpuReport, MachineReport
from harmony_desktop.control.state import HardwareState
from harmony_desktop.stack.words import capital, enumerated, say, say_number

_TOOLKIT_LINUX = say(
    "Install the NVIDIA Container Toolkit, run “sudo nvidia-ctk runtime configure --runtime=docker”, and "
    "restart Docker. Until then, Harmony runs on the processor."
)
_TOOLKIT_DESKTOP = say(
    "Update Docker Desktop and the NVIDIA driver, and let Docker Desktop use WSL 2: it brings the NVIDIA "
    "Container Toolkit with it. Until then, Harmony runs on the processor."
)
#: The same for somebody who wants the card, and nothing else: nothing falls back to the processor then.
_FORCED_LINUX = say(
    "Install the NVIDIA Container Toolkit, run “sudo nvidia-ctk runtime configure --runtime=docker”, and "
    "restart Docker. Until then, the services do not start, except on the processor: choose it, or call "
    "harmony-desktop setup --hardware cpu."
)
_FORCED_DESKTOP = say(
    "Update Docker Desktop and the NVIDIA driver, and let Docker Desktop use WSL 2: it brings the NVIDIA "
    "Container Toolkit with it. Until then, the services do not start, except on the processor: choose it, or call "
    "harmony-desktop setup --hardware cpu."
)
_COUNTS = {2: say("two"), 3: say("three"), 4: say("four")}
_ASK_AGAIN = say("Start Docker and look again; Harmony then switches to the graphics card by itself.")


def choose_profile(
    gpus: GpuReport, proof: GpuProof | None, wanted: str = "auto", machine: MachineReport | None = None
) -> HardwareState:
    """Pick the profile and say why. A better profile is never passed over in silence.

    Args:
        gpus: What the driver said.
        proof: Whether the engine can hand a card to a container; None when it was not asked.
        wanted: What the user chose: "cpu" or "nvidia", or "auto" to leave it to the machine.
        machine: Cores and memory, for display, and the system that the advice is for.
    """
    if wanted == "nvidia":
        profile, reasons, advice = "nvidia", *_wanted_nvidia(gpus, proof, machine)
    elif wanted == "cpu":
        profile, reasons, advice = "cpu", *_wanted_cpu(gpus, proof)
    else:
        profile, reasons, advice = _automatic(gpus, proof, machine)
    return HardwareState(
        profile=profile,
        automatic=wanted == "auto",
        reasons=reasons,
        advice=advice,
        gpus=gpus.gpus,
        driver=gpus.driver,
        cores=machine.cores if machine else 0,
        memory=machine.memory if machine else 0,
    )


def _automatic(
    gpus: GpuReport, proof: GpuProof | None, machine: MachineReport | None
) -> tuple[str, tuple[str, ...], str]:
    if not gpus.gpus:
        return "cpu", (_no_card(gpus),), gpus.advice
    if _able(proof) is GpuAbility.YES:
        return "nvidia", (_usable(gpus), *_partial(gpus)), gpus.advice
    return "cpu", (*_unable(gpus, proof), *_partial(gpus)), _way_out(proof, machine)


def _wanted_nvidia(
    gpus: GpuReport, proof: GpuProof | None, machine: MachineReport | None
) -> tuple[tuple[str, ...], str]:
    chosen = say("You chose the graphics card.")
    if not gpus.gpus:
        advice = gpus.advice or say("Choose the processor if the services do not start.")
        return (chosen, _no_card(gpus)), advice
    if _able(proof) is GpuAbility.YES:
        return (chosen, f"{_found(gpus)}.", *_partial(gpus)), gpus.advice
    return (chosen, *_unable(gpus, proof), *_partial(gpus)), _way_out(proof, machine, forced=True)


def _wanted_cpu(gpus: GpuReport, proof: GpuProof | None) -> tuple[tuple[str, ...], str]:
    chosen = say("You chose the processor.")
    if gpus.gpus and _able(proof) is GpuAbility.YES:
        return (chosen, _usable(gpus)), say("Choose the graphics card to run faster.")
    return (chosen,), ""


def _able(proof: GpuProof | None) -> GpuAbility:
    return proof.ability if proof else GpuAbility.UNKNOWN


def _no_card(gpus: GpuReport) -> str:
    return _sentence(gpus.reason or say("No NVIDIA graphics card found"))


def _partial(gpus: GpuReport) -> tuple[str, ...]:
    """Return what is wrong with some of the cards, when others work."""
    return (_sentence(gpus.reason),) if gpus.fault and gpus.reason else ()


def _found(gpus: GpuReport) -> str:
    if gpus.driver:
        return say("{cards} found, driver {driver}", cards=_names(gpus.gpus), driver=gpus.driver)
    return say("{cards} found", cards=_names(gpus.gpus))


def _names(gpus: Iterable[Gpu]) -> str:
    """Return the cards' names, equal ones counted: "two NVIDIA A and NVIDIA B"."""
    counts: dict[str, int] = {}
    for gpu in gpus:
        counts[gpu.name] = counts.get(gpu.name, 0) + 1
    names = [
        name if count == 1 else say("{count} {card}", count=_COUNTS.get(count, str(count)), card=name)
        for name, count in counts.items()
    ]
    return capital(enumerated(names))


def _usable(gpus: GpuReport) -> str:
    return say_number(
        "{found}, and Docker can use it.", "{found}, and Docker can use them.", len(gpus.gpus), found=_found(gpus)
    )


def _unable(gpus: GpuReport, proof: GpuProof | None) -> tuple[str, ...]:
    """Return why the engine cannot use the cards, and behind it the engine's own words."""
    if _able(proof) is not GpuAbility.NO:
        why = proof.reason.strip().rstrip(".") if proof else ""
        asked = say_number(
            "{found}, but Docker has not been asked yet whether it can use it{why}.",
            "{found}, but Docker has not been asked yet whether it can use them{why}.",
            len(gpus.gpus),
            found=_found(gpus),
            why=say(" ({why})", why=why) if why else "",
        )
        return (asked,)
    words = proof.reason.strip().rstrip(".") if proof else ""
    said = (say("Docker says: {words}.", words=words),) if words else ()
    return (
        say_number(
            "{found}, but the Docker engine cannot use it: the NVIDIA Container Toolkit is missing or not set "
            "up for Docker.",
            "{found}, but the Docker engine cannot use them: the NVIDIA Container Toolkit is missing or not set "
            "up for Docker.",
            len(gpus.gpus),
            found=_found(gpus),
        ),
        *said,
    )


def _way_out(proof: GpuProof | None, machine: MachineReport | None, *, forced: bool = False) -> str:
    if _able(proof) is not GpuAbility.NO:
        return _ASK_AGAIN
    if machine and machine.system == "Windows":
        return _FORCED_DESKTOP if forced else _TOOLKIT_DESKTOP
    return _FORCED_LINUX if forced else _TOOLKIT_LINUX


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
