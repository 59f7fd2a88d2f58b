from __future__ import annotations

import pytest

from harmony_desktop.control.ports import Gpu, GpuAbility, GpuProof, GpuReport, MachineReport
from harmony_desktop.host.profile import choose_profile

RTX = Gpu(index=0, name="NVIDIA GeForce RTX 4090", uuid="GPU-0", memory=24 << 30, compute_capability="8.9")
OLD = Gpu(index=1, name="NVIDIA GeForce RTX 2060", uuid="GPU-1", memory=6 << 30, compute_capability="7.5")
ONE = GpuReport(gpus=(RTX,), driver="580.65.06")
NONE = GpuReport(fault="no-library", reason="No NVIDIA graphics card found, or no driver for one")
MISMATCH = GpuReport(fault="version-mismatch", reason="The NVIDIA driver was updated", advice="Restart the computer.")
PARTLY = GpuReport(
    gpus=(RTX,),
    driver="580.65.06",
    fault="gpu-lost",
    reason="NVIDIA graphics card 1 of 2 has stopped answering",
    advice="Restart the computer to get it back.",
)
YES = GpuProof(GpuAbility.YES)
NO = GpuProof(GpuAbility.NO, 'could not select device driver "nvidia" with capabilities: [[gpu]]')
UNKNOWN = GpuProof(GpuAbility.UNKNOWN, "the engine does not answer")


def test_a_card_that_docker_can_use_is_used() -> None:
    choice = choose_profile(ONE, YES)
    assert (choice.profile, choice.automatic) == ("nvidia", True)
    assert choice.reasons == ("NVIDIA GeForce RTX 4090 found, driver 580.65.06, and Docker can use it.",)
    assert choice.advice == ""


def test_a_card_that_docker_cannot_use_is_told_with_the_way_out() -> None:
    choice = choose_profile(ONE, NO)
    assert choice.profile == "cpu"
    assert choice.reasons[0].startswith(
        "NVIDIA GeForce RTX 4090 found, driver 580.65.06, but the Docker engine cannot use it: "
        "the NVIDIA Container Toolkit is missing"
    )
    assert "could not select device driver" in choice.reasons[1]
    assert "nvidia-ctk runtime configure" in choice.advice


def test_on_windows_the_way_out_is_docker_desktop() -> None:
    machine = MachineReport(system="Windows", cores=16, memory=64 << 30, memory_available=32 << 30)
    choice = choose_profile(ONE, NO, machine=machine)
    assert "Docker Desktop" in choice.advice
    assert (choice.cores, choice.memory) == (16, 64 << 30)


@pytest.mark.parametrize("proof", [None, UNKNOWN])
def test_a_card_that_docker_was_not_asked_about_is_not_passed_over_in_silence(proof: GpuProof | None) -> None:
    choice = choose_profile(ONE, proof)
    assert choice.profile == "cpu"
    assert "has not been asked yet" in choice.reasons[0]
    assert choice.advice


def test_without_a_card_the_reason_is_the_drivers() -> None:
    choice = choose_profile(NONE, None)
    assert choice.profile == "cpu"
    assert choice.reasons == ("No NVIDIA graphics card found, or no driver for one.",)


def test_a_fault_of_the_driver_keeps_its_advice() -> None:
    choice = choose_profile(MISMATCH, None)
    assert choice.profile == "cpu"
    assert choice.advice == "Restart the computer."


def test_a_lost_card_beside_a_good_one_is_mentioned() -> None:
    choice = choose_profile(PARTLY, YES)
    assert choice.profile == "nvidia"
    assert choice.reasons[1] == "NVIDIA graphics card 1 of 2 has stopped answering."
    assert choice.advice == "Restart the computer to get it back."


@pytest.mark.parametrize(
    ("wanted", "gpus", "proof", "says"),
    [
        ("nvidia", ONE, YES, "found, driver"),
        ("nvidia", ONE, NO, "cannot use it"),
        ("nvidia", NONE, None, "No NVIDIA graphics card"),
        ("cpu", ONE, YES, "Docker can use it"),
        ("cpu", NONE, None, "You chose the processor"),
    ],
)
def test_the_users_choice_stands_and_its_flaws_are_told(
    wanted: str, gpus: GpuReport, proof: GpuProof | None, says: str
) -> None:
    choice = choose_profile(gpus, proof, wanted)
    assert (choice.profile, choice.automatic) == (wanted, False)
    assert says in " ".join(choice.reasons)


@pytest.mark.parametrize("system", ["Linux", "Windows"])
def test_a_forced_card_falls_back_to_nothing(system: str) -> None:
    machine = MachineReport(system=system, cores=16, memory=64 << 30, memory_available=32 << 30)
    choice = choose_profile(ONE, NO, "nvidia", machine)
    assert "runs on the processor" not in choice.advice
    assert "the services do not start" in choice.advice
    assert choice.advice.endswith("harmony-desktop setup --hardware cpu.")


def test_several_cards_are_named_and_counted() -> None:
    report = GpuReport(gpus=(RTX, OLD, OLD), driver="580")
    assert choose_profile(report, YES).reasons == (
        "NVIDIA GeForce RTX 4090 and two NVIDIA GeForce RTX 2060 found, driver 580, and Docker can use them.",
    )
    twins = GpuReport(gpus=(OLD, OLD))
    assert choose_profile(twins, YES).reasons[0].startswith("Two NVIDIA GeForce RTX 2060 found, and")
