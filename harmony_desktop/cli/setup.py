"""``setup``: what the set-up of the window does, without a window."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harmony_desktop.cli.environment import Environment, connected
from harmony_desktop.cli.parser import engine_options
from harmony_desktop.cli.questions import Questions
from harmony_desktop.control.ports import Engine, EngineError, EngineInfo, EngineUnavailableError, GpuAbility
from harmony_desktop.control.wizard import EVERYBODY, ONLY_HERE, Choices, FolderKind, WizardTools
from harmony_desktop.control.wizard_ports import checked_ports
from harmony_desktop.stack.errors import HarmonyError

if TYPE_CHECKING:
    from harmony_desktop.control.machine import MachineLook
    from harmony_desktop.control.proof import Proof


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--folder", metavar="DIR", type=_folder, help="where the stack's files live (default: ~/Harmony)"
    )
    parser.add_argument("--start", action="store_true", help="fetch and start the services, and wait for them")
    parser.add_argument("--prove", action="store_true", help="try the running stack: it answers, and speaks a sentence")


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Ask what is to be asked, make or take over the folder, then start and try it where that is wanted."""
    files = _files(environment)
    questions = Questions(environment.err, yes=arguments.yes)
    async with contextlib.AsyncExitStack() as stack:
        engine, info = await _engine(arguments, environment, stack)
        choices, look, blocked_ports = await _chosen(arguments, environment, questions, files, engine, info)
        profile = look.choice.profile
        warnings = await asyncio.to_thread(files.prepare, choices, profile, look.gpus.gpus)
    for warning in warnings:
        environment.err.write(f"Warning: {warning}\n")
    environment.out.write(f"{environment.folder().location()}\n")
    await _tell_newer(environment)
    await _tell_obstacles(files, choices, profile)
    start = arguments.start or (not arguments.yes and engine is not None and await questions.whether("Start it now?"))
    if not start and not arguments.prove:
        up = "harmony-desktop up --wait --move-ports" if blocked_ports else "harmony-desktop up --wait"
        if profile == "nvidia" and (lacking := _lacking(look)):
            environment.err.write(
                f"Warning: The stack does not start with the nvidia profile before {lacking}; "
                f"then: {up}\nOn the processor it starts now: harmony-desktop setup --hardware cpu\n"
            )
            return 0
        environment.err.write(f"The stack is ready to start ({profile} profile): {up}\n")
        return 0
    if start:
        await _start(arguments, environment)
    if arguments.prove or (not arguments.yes and await questions.whether("Let it speak a sentence?")):
        return await _prove(arguments, environment, files)
    return 0


def _lacking(look: MachineLook) -> str:
    """Return what a start on the graphics card waits for, or ""; what an engine has proved counts, wherever it is."""
    ability = GpuAbility.UNKNOWN if look.proof is None else look.proof.ability
    if ability is GpuAbility.NO:
        return "Docker can use the graphics card" if look.gpus.gpus else "there is an NVIDIA card that can be used"
    return "" if ability is GpuAbility.YES or look.gpus.gpus else "there is an NVIDIA card that can be used"


def _folder(text: str) -> str:
    """Return the folder that an option names."""
    if not text.strip():
        raise argparse.ArgumentTypeError("the name of the folder is empty")
    return text


async def _tell_obstacles(files: WizardTools, choices: Choices, profile: str) -> None:
    """Raise HarmonyError where a folder was taken over, and something in it keeps the stack from starting."""
    if not choices.adopt:
        return
    look = await asyncio.to_thread(files.look, choices.folder, profile)
    if look.obstacles:
        raise HarmonyError(
            "The folder is prepared, but the stack cannot start yet",
            cause="\n".join(look.obstacles),
            advice="Look at what is in it, move it elsewhere, and call harmony-desktop setup again.",
        )


async def _tell_newer(environment: Environment) -> None:
    """Tell of newer versions that lie beside files which somebody edited."""
    keeper = environment.tools().upgrades
    if keeper is None:
        return
    look = await asyncio.to_thread(keeper.look, Path(environment.folder().location()))
    for file in look.files:
        environment.err.write(f"A newer version lies beside {file.name}: harmony-desktop merge {file.name}\n")


def _files(environment: Environment) -> WizardTools:
    make = environment.tools().wizard
    if make is None:
        raise HarmonyError("These files are left as they are", advice="Call it without -f.")
    return make()


async def _engine(
    arguments: argparse.Namespace, environment: Environment, stack: contextlib.AsyncExitStack
) -> tuple[Engine | None, EngineInfo | None]:
    try:
        engine = await connected(environment, engine_options(arguments))
        stack.push_async_callback(engine.close)
        return engine, await engine.info()
    except EngineUnavailableError as error:
        if arguments.start or arguments.prove:
            raise
        # The folder can be made all the same; the engine is needed at the first start.
        environment.err.write(f"Warning: {error.title}. {error.cause} {error.advice}\n")
        return None, None


async def _chosen(
    arguments: argparse.Namespace,
    environment: Environment,
    questions: Questions,
    files: WizardTools,
    engine: Engine | None,
    info: EngineInfo | None,
) -> tuple[Choices, MachineLook, bool]:
    """Return what is chosen, what was found of the machine, and whether ports have to be moved. Raises HarmonyError."""
    folder, wanted = environment.folder(), arguments.hardware
    if not wanted:
        wanted = await questions.choice("Compute on", ("auto", "cpu", "nvidia"), folder.wanted())
    target = arguments.folder or await questions.text("Folder", folder.location() or str(environment.default_folder()))
    target = _absolute(target)
    look = await environment.scout().look(target, wanted, engine, info)
    for line in (*look.choice.reasons, look.choice.advice):
        environment.err.write(f"{line}\n" if line else "")
    profile = look.choice.profile
    choices = Choices(target, wanted, adopt=await _adopted(environment, questions, files, target, profile))
    ports = await asyncio.to_thread(files.ports, choices, profile)
    project = await asyncio.to_thread(files.project, choices, profile)
    with contextlib.suppress(EngineError):  # a start tells it again
        ports = await checked_ports(ports, project, engine, environment.tools().ports)
    for option in ports:
        environment.err.write(f"Warning: {option.title}: {option.fault} {option.advice}\n" if option.fault else "")
        if option.fault and option.offered:
            environment.err.write(f"  {option.offered} is free: harmony-desktop up --move-ports\n")
    offered = {option.variable: option.offered for option in ports if option.offered}
    if offered and not arguments.yes:
        numbers = ", ".join(map(str, offered.values()))
        if await questions.whether(f"Use free ports in their place ({numbers})?"):
            choices = replace(choices, ports=offered)
    address, may_choose = await asyncio.to_thread(files.address, choices, profile)
    if may_choose and not arguments.yes:
        warned = "Let everybody on your network use it? None of the services asks for a password."
        everybody = await questions.whether(warned, usual=address != ONLY_HERE)
        if everybody is (address == ONLY_HERE):
            choices = replace(choices, address=EVERYBODY if everybody else ONLY_HERE)
    if not await questions.whether(f"Prepare {target} for the {profile} profile?"):
        raise HarmonyError("Nothing was changed", cause="The answer was no.")
    return choices, look, bool(offered.keys() - choices.ports.keys())


def _absolute(folder: str) -> str:
    return str(Path(folder).expanduser().absolute())


async def _adopted(
    environment: Environment, questions: Questions, files: WizardTools, target: str, profile: str
) -> bool:
    """Look at the folder; return whether one that was set up by hand is taken over. Raises HarmonyError."""
    found = await asyncio.to_thread(files.look, target, profile)
    if found.fault is not None:
        raise HarmonyError(found.fault.title, cause=found.fault.cause, advice=found.fault.advice)
    for warning in found.warnings:
        environment.err.write(f"Warning: {warning}\n")
    if found.kind is not FolderKind.QUICKSTART:
        return False
    environment.err.write(f"{target} holds a stack that was set up by hand. It is taken over as it is.\n")
    if found.additions:
        environment.err.write("This is added, and nothing else is changed:\n")
    for addition in found.additions:
        environment.err.write(f"  {addition.path}  ({addition.text})\n")
    if not await questions.whether("Take it over?"):
        raise HarmonyError("Nothing was changed", cause="The answer was no.", advice="Choose another folder.")
    return True


async def _start(arguments: argparse.Namespace, environment: Environment) -> None:
    """Bring the stack up and wait for it, as ``up --wait`` does. Raises HarmonyError."""
    from harmony_desktop.cli import up  # noqa: PLC0415 - not for everybody

    parser = argparse.ArgumentParser()
    up.add_arguments(parser)
    await up.run(parser.parse_args(["--wait"], _of_folder(arguments, environment)), environment)


def _of_folder(arguments: argparse.Namespace, environment: Environment) -> argparse.Namespace:
    """Return the global options with the folder that was prepared."""
    known = {**vars(arguments), "project_directory": environment.folder().location(), "hardware": None}
    return argparse.Namespace(**known)


async def _prove(arguments: argparse.Namespace, environment: Environment, files: WizardTools) -> int:
    """Try the stack, and tell each step; return the exit status."""
    from harmony_desktop.cli.parser import project_options  # noqa: PLC0415 - not for everybody
    from harmony_desktop.control.engine_address import engine_host  # noqa: PLC0415 - not for everybody
    from harmony_desktop.control.proof import (  # noqa: PLC0415 - not for everybody
        Subject,
        Verdict,
        find_services,
        parts_of,
        prove,
    )

    folder = environment.folder().location()
    project = await asyncio.to_thread(environment.load_project, project_options(_of_folder(arguments, environment)))
    engine = await connected(environment, engine_options(arguments))
    try:
        info, observed = await asyncio.gather(engine.info(), engine.observe(project.name))
    finally:
        await engine.close()
    reached = find_services(project, observed, engine_host(info.address))
    voices = await asyncio.to_thread(files.voices, folder)
    told: set[str] = set()

    def tell(proof: Proof) -> None:
        for step in proof.steps:
            if step.verdict in {Verdict.WAITING, Verdict.RUNNING} or step.part in told:
                continue
            told.add(step.part)
            word = {Verdict.GOOD: "Good", Verdict.MISSING: "Missing"}.get(step.verdict, "Failed")
            environment.err.write(f"{word:8} {step.text} ({step.seconds:.1f} s)\n")
            environment.err.write(f"         {step.advice}\n" if step.advice else "")
            environment.out.write(f"{step.file}\n" if step.file else "")

    proof = await prove(Subject(reached, parts_of(project), files.sound_file(folder), voices), tell)
    # No model yet is nothing that has failed: it is chosen afterwards.
    return 1 if any(step.verdict is Verdict.FAILED for step in proof.steps) else 0
