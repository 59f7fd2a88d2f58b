"""Every way in which an image cannot be fetched, on a real engine: what is said, and the exit status."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.cli.panel import Panel
from tests.lab.images import Image, ImageSpec, make_image
from tests.lab.lab import Lab
from tests.lab.registry import LOGIN, Registry
from tests.lab.registry_proxy import Canned, Faults, RegistryProxy
from tests.lab.stack_images import base_layers

pytestmark = pytest.mark.lab

IMAGE = "harmonyai/harmonyspeech-ui"
JSON = (("Content-Type", "application/json"),)


def refusal(status: int, code: str, message: str, *headers: tuple[str, str]) -> Canned:
    """What a registry says when it refuses."""
    return Canned(status, json.dumps({"errors": [{"code": code, "message": message}]}), (*JSON, *headers))


@dataclass(frozen=True)
class Case:
    """A fault, and what must be said about it."""

    cause: str
    advice: str
    name: str = f"{IMAGE}:latest"
    faults: Faults = field(default_factory=Faults)


MANIFESTS = "/manifests/"
CASES = {
    "rate limit": Case(
        "limits how much may be fetched",
        "Wait some hours, or sign in with “docker login ADDRESS”",
        faults=Faults(
            canned={MANIFESTS: refusal(429, "TOOMANYREQUESTS", "You have reached your limit", ("Retry-After", "60"))}
        ),
    ),
    "rate limit in plain text": Case(
        "limits how much may be fetched", "Wait some hours", faults=Faults(canned={MANIFESTS: Canned(429, "slow down")})
    ),
    "rate limit for a layer": Case(
        "limits how much may be fetched",
        "Wait some hours",
        name=f"{IMAGE}:next",
        faults=Faults(canned={"/blobs/": refusal(429, "TOOMANYREQUESTS", "slow down")}),
    ),
    "unknown tag": Case("has no “nowhere” of an image", "Check the image’s name and tag", name=f"{IMAGE}:nowhere"),
    "unknown image": Case(
        "has no “latest” of an image “some/thing”", "Check the image’s name", name="some/thing:latest"
    ),
    "unknown to Docker Hub": Case(
        "has no image “some/thing”, or does not show it",
        "sign in with “docker login ADDRESS”",
        name="some/thing:latest",
        faults=Faults(canned={MANIFESTS: refusal(403, "DENIED", "requested access to the resource is denied")}),
    ),
    "another processor": Case("not made for this computer’s kind of processor", "another tag", name="lab/other:latest"),
    "trouble of its own": Case(
        "has trouble of its own", "Try again later", faults=Faults(canned={MANIFESTS: Canned(503, "later")})
    ),
    "no registry": Case(
        "that is no registry",
        "sign in",
        faults=Faults(canned={MANIFESTS: Canned(200, "<html>Welcome</html>", (("Content-Type", "text/html"),))}),
    ),
}


def other_image() -> Image:
    return make_image(ImageSpec(base_layers()))


def write(folder: Path, image: str) -> Path:
    """A stack of one service."""
    folder.mkdir(exist_ok=True)
    (folder / "compose.yaml").write_text(json.dumps({"name": "faults", "services": {"one": {"image": image}}}))
    return folder


@pytest.mark.both_engines
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_fault_is_told_with_its_cause_and_what_helps(
    panel: Panel, clean_engine: Lab, registry_proxy: RegistryProxy, tmp_path: Path, case: Case
) -> None:
    if case.name.startswith("lab/other"):
        clean_engine.registry.storage.publish_for("lab/other", "latest", other_image(), "s390x")
    registry_proxy.faults = case.faults
    image = f"{registry_proxy.address}/{case.name}"
    done = panel("pull", cwd=write(tmp_path / "stack", image), check=False)
    assert done.returncode == 1
    title, *rest = done.stderr[done.stderr.index("Error: ") :].splitlines()
    assert title == f"Error: Cannot fetch {image}"
    told = "\n".join(rest).replace(registry_proxy.address, "ADDRESS")
    assert case.cause in told
    assert case.advice in told
    assert len(rest) >= 3, "the engine's own words stand between the two"


@pytest.fixture
def private(clean_engine: Lab, tmp_path: Path) -> Iterator[Registry]:
    registry = Registry(tmp_path / "private", clean_engine.registry.storage, 5056, private=True)
    registry.start()
    try:
        yield registry
    finally:
        registry.stop()


@pytest.mark.both_engines
def test_a_private_registry(panel: Panel, private: Registry, tmp_path: Path, clean_engine: Lab) -> None:
    folder = write(tmp_path / "stack", f"{private.address}/{IMAGE}:latest")
    done = panel("up", cwd=folder, check=False)
    assert done.returncode == 1
    assert f"{private.address} wants to know who asks" in done.stderr
    assert f"Sign in with “docker login {private.address}”" in done.stderr

    settings = panel.home / ".docker"
    settings.mkdir()
    signed_in = {"auths": {private.address: {"auth": base64.b64encode(":".join(LOGIN).encode()).decode()}}}
    (settings / "config.json").write_text(json.dumps(signed_in))
    panel("pull", cwd=folder)
    assert f"{private.address}/{IMAGE}:latest" in clean_engine.api.image_names()

    wrong = {"auths": {private.address: {"auth": base64.b64encode(b"lab:wrong").decode()}}}
    (settings / "config.json").write_text(json.dumps(wrong))
    done = panel("pull", cwd=folder, check=False)
    assert done.returncode == 1
    assert "You are signed in there, but that does not suffice" in done.stderr
    assert f"sign in anew with “docker login {private.address}”" in done.stderr


def test_a_credential_helper_that_is_not_installed(panel: Panel, private: Registry, tmp_path: Path) -> None:
    settings = panel.home / ".docker"
    settings.mkdir()
    (settings / "config.json").write_text(json.dumps({"credsStore": "nowhere"}))
    done = panel("pull", cwd=write(tmp_path / "public", f"{IMAGE}:latest"))
    assert re.search(r"Warning: .* was fetched without signing in: .*docker-credential-nowhere", done.stderr)
    done = panel("pull", cwd=write(tmp_path / "private", f"{private.address}/{IMAGE}:latest"), check=False)
    assert done.returncode == 1
    assert "docker-credential-nowhere" in done.stderr
    assert "Install that helper, or take it out of ~/.docker/config.json" in done.stderr


def test_nobody_there(panel: Panel, tmp_path: Path) -> None:
    done = panel("up", cwd=write(tmp_path / "stack", f"127.0.0.1:5099/{IMAGE}:latest"), check=False)
    assert done.returncode == 1
    assert "127.0.0.1:5099 cannot be reached" in done.stderr
    assert "Check the connection to the internet" in done.stderr


def test_a_connection_that_breaks_in_the_middle_of_a_layer(
    panel: Panel, clean_engine: Lab, registry_proxy: RegistryProxy, tmp_path: Path
) -> None:
    image = f"{registry_proxy.address}/{IMAGE}:next"
    folder = write(tmp_path / "stack", image)
    registry_proxy.faults.break_after = 100_000
    # Else the engine itself tries five times, with pauses that grow.
    with clean_engine.other_engine(arguments=("--max-download-attempts", "1")):
        done = panel("pull", cwd=folder, check=False)
        assert done.returncode == 1
        assert "broke in the middle of the download" in done.stderr
        assert "Try again" in done.stderr
        registry_proxy.faults.break_after = None
        panel("pull", cwd=folder)
        assert image in clean_engine.api.image_names()


@pytest.mark.both_engines
def test_the_disk_of_the_engine_is_full(
    panel: Panel, clean_engine: Lab, registry_proxy: RegistryProxy, tmp_path: Path
) -> None:
    image = f"{registry_proxy.address}/{IMAGE}:latest"
    # A disk that only the engine sees: what is looked at before the download is another one.
    with clean_engine.other_engine(disk=5 * 2**20):
        done = panel("up", cwd=write(tmp_path / "stack", image), check=False)
    assert done.returncode == 1
    assert f"Cannot fetch {image}" in done.stderr
    assert "The disk of the Docker engine is full" in done.stderr
    assert "no space left on device" in done.stderr
    assert "docker system df" in done.stderr
