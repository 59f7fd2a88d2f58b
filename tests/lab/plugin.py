"""pytest fixtures of the lab. Each worker has a network of its own, and in it one engine at a time."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.lab.api import EngineApiError
from tests.lab.errors import LabUnavailableError
from tests.lab.lab import Lab
from tests.lab.namespaces import enter_own_network
from tests.lab.nvml_standin import NvmlStandIn
from tests.lab.ports import STACK_PORTS, is_free
from tests.lab.registry_proxy import RegistryProxy
from tests.lab.user import OrdinaryUser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.flavours import FlavourName

_no_network = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--lab-flavour",
        choices=("old", "new", "both"),
        help="the engine that the lab's tests run against (default: old, and both for tests marked both_engines)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "both_engines: runs against the old and the present-day engine")
    if not hasattr(config, "workerinput") and getattr(config.option, "numprocesses", None):
        return  # the tests run in worker processes
    try:
        # Before there are other threads: a thread keeps the network that its creator had.
        enter_own_network()
    except (LabUnavailableError, OSError) as error:
        config.stash[_no_network] = str(error)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "lab" not in metafunc.fixturenames:
        return
    chosen = metafunc.config.getoption("--lab-flavour")
    both = chosen == "both" or (chosen is None and any(metafunc.definition.iter_markers("both_engines")))
    metafunc.parametrize("lab", ["old", "new"] if both else [chosen or "old"], indirect=True, scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "lab" in getattr(item, "fixturenames", ()):
            item.add_marker("lab")


@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A lab with the stack's images at hand. Shared: a test that changes anything uses `clean_engine`."""
    with _lab_or_skip(request.config, request.param) as ready:
        yield ready


@contextmanager
def _lab_or_skip(config: pytest.Config, flavour: FlavourName) -> Iterator[Lab]:
    """A started lab. Where it cannot be had, tests are skipped and say why; in CI they fail."""
    reason = config.stash.get(_no_network, "")
    made: Lab | None = None
    if not reason:
        try:
            made = Lab(flavour)
        except LabUnavailableError as error:
            reason = str(error)
    if made is None:
        if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
            pytest.fail(f"no lab: {reason}", pytrace=False)
        pytest.skip(f"no lab: {reason}")
    with made:
        made.preload()
        yield made


@pytest.fixture
def clean_engine(request: pytest.FixtureRequest, lab: Lab) -> Iterator[Lab]:
    """The lab, running, with all images; what the test adds to the engine is removed afterwards."""
    gpu = "gpu_engine" in request.fixturenames
    _as_it_was(lab, gpu=gpu)
    before, images = _inventory(lab), lab.api.image_names()
    yield lab
    _as_it_was(lab, gpu=gpu)
    _remove(lab, before)
    for name in lab.api.image_names() - images:
        lab.api.call("DELETE", f"/images/{name}", force=True)


@pytest.fixture
def gpu_engine(clean_engine: Lab) -> Lab:
    """A clean engine that accepts requests for GPUs."""
    return clean_engine


@pytest.fixture
def empty_engine(clean_engine: Lab) -> Lab:
    """A clean engine without any image: pulls have work to do."""
    _remove_images(clean_engine)
    return clean_engine


@pytest.fixture
def registry_proxy(clean_engine: Lab) -> Iterator[RegistryProxy]:
    """A second way to the lab's registry, which misbehaves on command; its `address` begins the images' names."""
    with RegistryProxy(clean_engine.registry.address) as proxy:
        yield proxy


@pytest.fixture
def engine_socket(lab: Lab) -> Path:
    """The lab's engine as a path."""
    return lab.engine.socket


@pytest.fixture
def docker_host(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> str:
    """The lab's engine as DOCKER_HOST, which this process and its children then have."""
    for name in [name for name in os.environ if name.startswith("DOCKER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DOCKER_HOST", lab.engine.host)
    return lab.engine.host


@pytest.fixture
def stack_ports_free(clean_engine: Lab) -> dict[str, int]:
    """The stack's ports by their variables, all free now."""
    taken = [port for port in STACK_PORTS.values() if not is_free(port)]
    assert not taken, f"ports in use before the test: {taken}"
    return STACK_PORTS


@pytest.fixture
def ordinary_user(clean_engine: Lab) -> OrdinaryUser:
    """A user without root's rights, of the group that may use the engine."""
    return OrdinaryUser(clean_engine)


@pytest.fixture
def nvml(tmp_path: Path) -> NvmlStandIn:
    """A machine with one graphics card, for child processes that get its `environment`."""
    return NvmlStandIn(tmp_path)


def _as_it_was(lab: Lab, *, gpu: bool) -> None:
    lab.registry.start()
    if lab.engine.options.gpu != gpu:
        lab.engine.kill()  # faster than a proper stop, and nothing runs in it that deserves one
        lab.engine.options = replace(lab.engine.options, gpu=gpu)
    lab.engine.start()
    lab.preload()


def _inventory(lab: Lab) -> dict[str, set[str]]:
    """What an engine has, by kind, in the order in which it can be removed."""
    volumes = lab.api.call("GET", "/volumes")["Volumes"] or []
    return {
        "containers": {container["Id"] for container in lab.api.containers()},
        "networks": {network["Id"] for network in lab.api.call("GET", "/networks", filters={"type": ["custom"]})},
        "volumes": {volume["Name"] for volume in volumes},
    }


def _remove(lab: Lab, before: dict[str, set[str]]) -> None:
    """Removes what was not there before."""
    for kind, names in _inventory(lab).items():
        options = {"containers": {"force": True, "v": True}, "networks": {}, "volumes": {"force": True}}[kind]
        for name in names - before[kind]:
            try:
                lab.api.call("DELETE", f"/{kind}/{name}", **options)
            except EngineApiError as error:
                if error.status not in {404, 409}:  # gone by itself, or on its way
                    raise


def _remove_images(lab: Lab) -> None:
    for image in lab.api.call("GET", "/images/json"):
        lab.api.call("DELETE", f"/images/{image['Id']}", force=True)
