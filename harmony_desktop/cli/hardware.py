"""``hardware``: cards, driver, what the engine can do with them, and the profile that follows."""

from __future__ import annotations

import argparse
import contextlib
import json
from dataclasses import asdict

from harmony_desktop.cli.environment import Environment, connected
from harmony_desktop.cli.parser import engine_options
from harmony_desktop.control.machine import MachineLook
from harmony_desktop.control.ports import Engine, EngineInfo, EngineUnavailableError

_GIB = 1024**3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print it")
    parser.add_argument("--fresh", action="store_true", help="ask the engine again though its answer is remembered")


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Look at the machine and tell. An engine that does not answer is part of the answer."""
    folder = environment.folder()
    wanted = arguments.hardware or folder.wanted()
    async with contextlib.AsyncExitStack() as stack:
        engine: Engine | None = None
        info: EngineInfo | None = None
        fault = ""
        try:
            engine = await connected(environment, engine_options(arguments))
            stack.push_async_callback(engine.close)
            info = await engine.info()
        except EngineUnavailableError as error:
            fault = environment.mask(error.cause or error.title)
        where = folder.location() or str(environment.default_folder())
        look = await environment.scout().look(where, wanted, engine, info, fresh=arguments.fresh)
    if arguments.format == "json":
        environment.out.write(json.dumps(_as_json(look, info, fault), indent=2, ensure_ascii=False) + "\n")
    else:
        _print_text(environment, look, info, fault)
    return 0


def _as_json(look: MachineLook, info: EngineInfo | None, fault: str) -> dict[str, object]:
    return {
        "profile": look.choice.profile,
        "reasons": list(look.choice.reasons),
        "advice": look.choice.advice,
        "gpus": [asdict(gpu) for gpu in look.gpus.gpus],
        "driver": look.gpus.driver,
        "driver_fault": look.gpus.fault,
        "engine": None if info is None else {"version": info.version, "context": info.context, "id": info.id},
        "engine_fault": fault,
        "engine_gpu": None if look.proof is None else {"ability": look.proof.ability, "reason": look.proof.reason},
        "machine": asdict(look.machine),
    }


def _print_text(environment: Environment, look: MachineLook, info: EngineInfo | None, fault: str) -> None:
    write = environment.out.write
    for gpu in look.gpus.gpus:
        capability = f", compute {gpu.compute_capability}" if gpu.compute_capability else ""
        write(f"Graphics card {gpu.index}: {gpu.name}, {gpu.memory / _GIB:.0f} GiB{capability} ({gpu.uuid})\n")
    if look.gpus.driver:
        write(f"NVIDIA driver: {look.gpus.driver}\n")
    if not look.gpus.gpus:
        write(f"Graphics card: none. {look.gpus.reason}\n")
    write(f"Docker engine: {info.version} ({info.context})\n" if info else f"Docker engine: none. {fault}\n")
    machine = look.machine
    write(f"Computer: {machine.system}, {machine.cores} cores, {machine.memory / _GIB:.0f} GiB memory, ")
    write(f"{machine.disk_free / 1e9:.0f} GB free on the stack's disk\n")
    write(f"Profile: {look.choice.profile}\n")
    for reason in look.choice.reasons:
        write(f"  {reason}\n")
    if look.choice.advice:
        write(f"  {look.choice.advice}\n")
