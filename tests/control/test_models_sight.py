"""What the panel tells the models' desk: memory, and where the service's API is reached."""

from __future__ import annotations

from dataclasses import replace

from harmony_desktop.control.model_memory import MemoryThere
from harmony_desktop.control.models_sight import memory_there, reached
from harmony_desktop.control.ports import EngineInfo, Gpu
from harmony_desktop.control.state import ContainerView, HardwareState, ServiceState, StackState
from harmony_desktop.plan.observed import PublishedPort

GB = 2**30
INFO = EngineInfo("e", "28", "1.51", "linux", "x86_64", memory=16 * GB)
MACHINE = HardwareState("nvidia", gpus=(Gpu(0, "A", "u", 8 * GB), Gpu(1, "B", "v", 8 * GB)), memory=32 * GB)


def test_the_cards_count_where_they_are_used() -> None:
    assert memory_there(MACHINE, INFO, 0) == MemoryThere(16 * GB, 16 * GB)
    assert memory_there(replace(MACHINE, profile="cpu"), INFO, 0) == MemoryThere(0, 16 * GB)
    assert memory_there(replace(MACHINE, profile="cpu"), None, 0) == MemoryThere(0, 32 * GB)


def test_a_limit_of_the_service_counts_where_it_is_lower() -> None:
    assert memory_there(MACHINE, INFO, 4 * GB).engine == 4 * GB
    assert memory_there(MACHINE, INFO, 64 * GB).engine == 16 * GB


def test_the_api_is_where_it_is_published() -> None:
    def state(container: str, host: str) -> StackState:
        ports = (PublishedPort(7860, host, 7861), PublishedPort(5000, host, 5005))
        view = ContainerView("c", "text-1", container, "image", ports)
        return StackState(services=(ServiceState("text", "Text", containers=(view,)),))

    assert reached(state("running", "127.0.0.1"), INFO, "text", 5000) == ("127.0.0.1", 5005)
    assert reached(state("running", "192.168.1.7"), INFO, "text", 5000) == ("192.168.1.7", 5005)
    far = replace(INFO, address="tcp://engine.example:2376")
    assert reached(state("running", "0.0.0.0"), far, "text", 5000) == ("engine.example", 5005)
    assert reached(state("exited", "127.0.0.1"), INFO, "text", 5000) is None
    assert reached(state("running", "127.0.0.1"), INFO, "text", 81) is None
    assert reached(StackState(), INFO, "text", 5000) is None
