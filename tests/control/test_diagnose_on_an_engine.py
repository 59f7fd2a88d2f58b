"""The words of real engines for containers that they cannot start, and the ends of real processes."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from harmony_desktop.control.diagnose import diagnose
from tests.lab.api import EngineApiError
from tests.lab.lab import Lab
from tests.lab.waiting import wait_until

pytestmark = [pytest.mark.lab, pytest.mark.both_engines]

IMAGE = "harmonyai/harmonyspeech-ui:latest"
SHELL: dict[str, Any] = {"Image": IMAGE, "Entrypoint": ["/bin/sh", "-c"], "Cmd": ["true"]}


def refused(lab: Lab, **config: Any) -> str:
    """What the engine says when it is asked to run this."""

    def run() -> None:
        made = lab.api.call("POST", "/containers/create", {**SHELL, **config})
        lab.api.call("POST", f"/containers/{made['Id']}/start")

    with pytest.raises(EngineApiError) as caught:
        run()
    return str(caught.value)


def test_refusals(clean_engine: Lab, tmp_path: Path) -> None:
    def cause(**config: Any) -> str:
        return diagnose(None, error=refused(clean_engine, **config)).cause

    assert cause(Entrypoint=["/app/start.sh"]) == "its start command “/app/start.sh” was not found"
    assert cause(Entrypoint=["serve"]) == "its start command “serve” was not found"
    assert cause(Entrypoint=["/etc/passwd"]) == "its start command “/etc/passwd” may not be executed"
    assert cause(User="harmony") == "the user “harmony”, whom it shall run as, does not exist in the image"
    folder = {"Binds": [f"{tmp_path}:/etc/passwd"]}
    assert cause(HostConfig=folder) == "a folder stands where it expects the file /etc/passwd"
    missing = {"Mounts": [{"Type": "bind", "Source": f"{tmp_path}/none", "Target": "/x"}]}
    assert cause(HostConfig=missing) == f"{tmp_path}/none is not there"
    device = {"Devices": [{"PathOnHost": "/dev/no-such", "PathInContainer": "/dev/x", "CgroupPermissions": "rwm"}]}
    assert cause(HostConfig=device) == "the device /dev/no-such, which it asks for, is not there"
    card = {"DeviceRequests": [{"Driver": "nvidia", "Count": -1, "Capabilities": [["gpu"]]}]}
    assert cause(HostConfig=card) == "Docker cannot hand a graphics card to it"
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        binding = {"PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]}}
        assert cause(HostConfig=binding, ExposedPorts={"80/tcp": {}}) == f"port {port} is in use"


def test_ends(clean_engine: Lab) -> None:
    """What busybox prints and ends with, read as the panel reads it."""

    def cause(command: str, **config: Any) -> str:
        made = clean_engine.api.call("POST", "/containers/create", {**SHELL, "Cmd": [command], "Tty": True, **config})
        path = f"/containers/{made['Id']}"
        clean_engine.api.call("POST", f"{path}/start")
        wait_until(lambda: clean_engine.api.call("GET", f"{path}/json")["State"]["Status"] == "exited", "its end")
        state = clean_engine.api.call("GET", f"{path}/json")["State"]
        log = clean_engine.api.raw("GET", f"{path}/logs", stdout=True, stderr=True)[1].decode()
        return diagnose(state["ExitCode"], lines=log.splitlines()).cause

    assert cause("gunicorn") == "its start command “gunicorn” was not found"
    assert cause("sh -c 'kill -SEGV $$'; exit $?") == "it crashed: segmentation fault"
    assert cause("sh -c 'kill -ABRT $$'; exit $?") == "it gave up: abort"
    assert cause("sh -c 'kill -ILL $$'; exit $?") == "it uses instructions that this processor lacks"
    assert cause("echo x > /root/x", User="1000:1000") == "it may not use /root/x"
    assert cause("echo x > /x", HostConfig={"ReadonlyRootfs": True}) == "it may not write to /x: it is read-only"
    assert cause("set -u; echo $HF_TOKEN") == "the variable HF_TOKEN, which it needs, is not set"
    assert cause("wget -O- http://harmonyspeech-engine:12080/") == "it cannot find “harmonyspeech-engine”"
    assert cause("wget -O- http://127.0.0.1:12080/") == "it cannot reach 127.0.0.1"
    assert cause("cat /app > /dev/null") == "a folder stands where it expects a file"
    assert cause("false") == "it ended with an error"
