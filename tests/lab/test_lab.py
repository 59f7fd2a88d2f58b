"""The lab keeps its promises: what the other tests stand on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest

from tests.lab.api import EngineApiError
from tests.lab.lab import REPOSITORY
from tests.lab.namespaces import LAN_ADDRESS
from tests.lab.nvml_standin import DRIVER_NOT_LOADED, GPU_IS_LOST, VERSION_MISMATCH, Card, Machine, NvmlStandIn
from tests.lab.ports import STACK_PORTS, answers, is_free, moved_ports
from tests.lab.stack_images import stack_image_names
from tests.lab.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.lab import Lab
    from tests.lab.user import OrdinaryUser

COMPOSE = """
name: lab
services:
  link: {image: harmonyai/harmony-link, ports: ["127.0.0.1:28080:28080", "127.0.0.1:28081:28081"]}
  text:
    image: harmonyai/text-generation-webui-harmony-ai-cpu
    tty: true
    ports: ["127.0.0.1:7860:7860", "127.0.0.1:5000:5000"]
  speech: {image: harmonyai/harmonyspeech-engine-cpu, ports: ["127.0.0.1:12080:12080"]}
  ui: {image: harmonyai/harmonyspeech-ui, ports: ["127.0.0.1:8080:80"]}
"""


def get(port: int, path: str = "/") -> str:
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        text: str = answer.read().decode()
        return text


@pytest.fixture
def stack(clean_engine: Lab, stack_ports_free: dict[str, int], tmp_path: Path) -> Lab:
    (tmp_path / "compose.yml").write_text(COMPOSE)
    clean_engine.compose("up", "--detach", "--wait", cwd=tmp_path)
    return clean_engine


@pytest.mark.both_engines
def test_the_stack_answers_on_its_real_ports_and_on_loopback_alone(stack: Lab) -> None:
    paths = {5000: "/v1/internal/health", 12080: "/health"}
    for port in STACK_PORTS.values():
        wait_until(partial(get, port, paths.get(port, "/")), f"port {port}")
        assert not answers(port, LAN_ADDRESS)
    assert json.loads(get(5000, "/v1/internal/model/info"))["model_name"] == "Kaji-7B.Q4_K_M.gguf"
    assert json.loads(get(12080, "/version")) == {"version": "0.2.0"}
    status, said = stack.api.execute("lab-link-1", "wget", "-qO-", "http://speech:12080/health")
    assert (status, json.loads(said)) == (0, {"status": "ok"})


@pytest.mark.both_engines
def test_images_are_pulled_under_their_real_names_with_progress_and_digest(empty_engine: Lab) -> None:
    name = stack_image_names()[0]
    progress = empty_engine.api.call("POST", "/images/create", fromImage=name.split(":")[0], tag="latest")
    assert any(line.get("progressDetail", {}).get("total") for line in progress)
    assert empty_engine.api.call("GET", f"/images/{name}/json")["RepoDigests"]


def test_offline_a_pull_fails_and_a_new_release_is_seen_when_online(clean_engine: Lab) -> None:
    repository = stack_image_names()[0].split(":")[0]
    clean_engine.registry.stop()
    with pytest.raises(EngineApiError):
        clean_engine.api.pull(f"{repository}:next")
    clean_engine.registry.start()
    clean_engine.api.pull(f"{repository}:next")
    ids = {tag: clean_engine.api.call("GET", f"/images/{repository}:{tag}/json")["Id"] for tag in ("latest", "next")}
    assert ids["latest"] != ids["next"]


def test_a_service_misbehaves_on_command_and_remembers_it(stack: Lab) -> None:
    speech: dict[str, Any] = stack.api.inspect("lab-speech-1")
    stack.behave("lab-speech-1", "unhealthy=stt")
    with pytest.raises(OSError, match="500"):
        get(12080, "/health")
    stack.behave("lab-speech-1", "crash", "exit-code=3", "last-words=cuda-oom")
    wait_until(lambda: stack.api.inspect("lab-speech-1")["State"]["ExitCode"] == 3, "the crash")
    stack.api.call("POST", f"/containers/{speech['Id']}/start")
    wait_until(lambda: not stack.api.inspect("lab-speech-1")["State"]["Running"], "the same crash again")
    assert "CUDA out of memory" in stack.compose("logs", "speech", cwd=None, env={"COMPOSE_PROJECT_NAME": "lab"}).stdout


def test_an_unknown_behaviour_is_refused(stack: Lab) -> None:
    with pytest.raises(AssertionError, match="no such behaviour: fly=high"):
        stack.behave("lab-link-1", "fly=high")


def test_a_service_that_eats_memory_is_killed_for_it(clean_engine: Lab) -> None:
    limits = {"Memory": 32 << 20, "MemorySwap": 32 << 20}
    order = {"Image": "harmonyai/harmony-link", "Env": ["STANDIN=eat-memory=500"], "HostConfig": limits}
    created = clean_engine.api.call("POST", "/containers/create", order)["Id"]
    clean_engine.api.call("POST", f"/containers/{created}/start")
    clean_engine.api.call("POST", f"/containers/{created}/wait")
    state = clean_engine.api.inspect(created)["State"]
    assert (state["OOMKilled"], state["ExitCode"]) == (True, 137)


def gpu_container(lab: Lab) -> str:
    request = {"Driver": "nvidia", "Count": -1, "Capabilities": [["gpu"]]}
    order = {"Image": "harmonyai/harmonyspeech-engine-nvidia", "HostConfig": {"DeviceRequests": [request]}}
    created: str = lab.api.call("POST", "/containers/create", order)["Id"]
    lab.api.call("POST", f"/containers/{created}/start")
    return created


@pytest.mark.both_engines
def test_without_the_toolkit_a_request_for_gpus_is_refused(clean_engine: Lab) -> None:
    with pytest.raises(EngineApiError, match='could not select device driver "nvidia"'):
        gpu_container(clean_engine)


@pytest.mark.both_engines
def test_with_the_toolkit_a_request_for_gpus_is_accepted(gpu_engine: Lab) -> None:
    config = gpu_engine.api.inspect(gpu_container(gpu_engine))["HostConfig"]
    assert config["DeviceRequests"][0]["Count"] == -1


ASK_NVML = """
import pynvml
try:
    pynvml.nvmlInit()
    handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
    print(pynvml.nvmlSystemGetDriverVersion(), *[pynvml.nvmlDeviceGetName(handle) for handle in handles], sep="; ")
except pynvml.NVMLError as error:
    print(error.value)
"""


@pytest.mark.parametrize(
    ("machine", "seen"),
    [
        (
            Machine((Card(), Card("NVIDIA GeForce RTX 2060"))),
            "580.95.05; NVIDIA GeForce RTX 4090; NVIDIA GeForce RTX 2060",
        ),
        (Machine(init=DRIVER_NOT_LOADED), "9"),
        (Machine(init=VERSION_MISMATCH), "18"),
        (Machine((Card(fault=GPU_IS_LOST),)), "15"),
    ],
    ids=["two cards", "no driver", "version mismatch", "lost card"],
)
def test_the_real_pynvml_reads_the_stand_in(nvml: NvmlStandIn, machine: Machine, seen: str) -> None:
    nvml.describe(machine)
    argv = [sys.executable, "-c", ASK_NVML]
    done = subprocess.run(argv, env={**os.environ, **nvml.environment}, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == seen


def test_an_ordinary_user_reaches_the_engine_and_is_not_root(ordinary_user: OrdinaryUser) -> None:
    assert ordinary_user.run(["id", "-un"]).stdout.strip() == "harmony"
    assert "lab" not in ordinary_user.run(["docker-compose", "ls", "--all", "--quiet"]).stdout
    wrote = ordinary_user.run([sys.executable, "-c", "import harmony_desktop, pathlib; pathlib.Path('x').touch()"])
    assert wrote.returncode == 0
    assert (ordinary_user.home / "x").stat().st_uid != 0
    assert ordinary_user.run(["touch", "/etc/x"], check=False).returncode != 0


def test_the_engine_can_stop_freeze_and_come_back(stack: Lab) -> None:
    with stack.engine.frozen(), pytest.raises(TimeoutError):
        type(stack.api)(stack.engine.socket, timeout=0.2).ping()
    assert stack.api.ping()
    stack.engine.kill()
    with pytest.raises(OSError, match="refused"):
        stack.api.ping()
    stack.engine.start()
    stack.engine.restart()
    assert {container["State"] for container in stack.api.containers()} == {"exited"}


def test_a_lab_ends_with_the_process_that_started_it(lab: Lab) -> None:
    code = (
        "import sys\n"
        "from tests.lab.lab import Lab\n"
        "with Lab(registry_port=5056) as lab:\n"
        "    print(lab.engine.socket, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        socket = process.stdout.readline().strip()
        mine = wait_until(lambda: processes_with(socket), "the engine's process")
        process.send_signal(signal.SIGKILL)
    wait_until(lambda: not processes_with(socket), f"the end of {mine}")


SHOW_DEMO = """
import os, pathlib
from tests.lab.api import EngineApi
from tests.lab.ports import answers
from tests.lab.waiting import wait_until
api = EngineApi(pathlib.Path(os.environ["DOCKER_HOST"].removeprefix("unix://")))
ports = {"28080/tcp": [{"HostIp": "127.0.0.1", "HostPort": os.environ.get("HARMONY_LINK_PORT", "28080")}]}
order = {"Image": "harmonyai/harmony-link", "HostConfig": {"PortBindings": ports}}
container = api.call("POST", "/containers/create", order)["Id"]
print(answers(28080))
api.call("POST", f"/containers/{container}/start")
print(wait_until(lambda: answers(28080), "the demo's port"))
api.call("POST", f"/containers/{container}/stop")
print(answers(28080), "NVML_STANDIN" in os.environ)
"""


def test_the_demo_publishes_its_ports_where_the_person_is(stack_ports_free: dict[str, int]) -> None:
    argv = [sys.executable, "-m", "tests.lab", "demo", "--gpu", "--", sys.executable, "-c", SHOW_DEMO]
    done = subprocess.run(argv, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["False", "True", "False", "True"], done.stderr


def processes_with(text: str) -> list[str]:
    """The processes whose command line contains the text."""
    from pathlib import Path

    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if text.encode() in path.read_bytes():
                found.append(path.parent.name)
        except OSError:  # ended meanwhile
            continue
    return found


def test_taken_ports_are_moved(stack: Lab) -> None:
    moved = moved_ports()
    assert set(moved) == set(STACK_PORTS)
    assert all(is_free(port) for port in moved.values())
