"""The stand-in images, under the real names of the stack's images."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.lab.building import standin_program
from tests.lab.cache import cached_folder, fingerprint
from tests.lab.errors import LabUnavailableError
from tests.lab.images import Entry, Image, ImageSpec, Layer, busybox_entries, make_image, make_layer, weights
from tests.lab.registry import RegistryStorage

MIB = 1 << 20


@dataclass(frozen=True)
class StandIn:
    """One image: the role that it plays, its user, how it is told to stop, and where its big files lie."""

    repository: str
    role: str
    ports: tuple[int, ...]
    home: str
    user: str = ""
    stop_signal: str = ""


TEXT_HOME = "/home/app/text-generation-webui"
SPEECH_HOME = "/app/harmony-speech-engine"
STAND_INS = (
    StandIn("harmonyai/harmony-link", "harmony-link", (28080, 28081), "/app"),
    StandIn(
        "harmonyai/text-generation-webui-harmony-ai-cpu", "text-generation", (7860, 5000), TEXT_HOME, user="6972:6972"
    ),
    StandIn(
        "harmonyai/text-generation-webui-harmony-ai-nvidia",
        "text-generation",
        (7860, 5000),
        TEXT_HOME,
        user="6972:6972",
    ),
    StandIn("harmonyai/harmonyspeech-engine-cpu", "speech-engine", (12080,), SPEECH_HOME, user="1000:0"),
    StandIn("harmonyai/harmonyspeech-engine-nvidia", "speech-engine", (12080,), SPEECH_HOME, user="1000:0"),
    StandIn("harmonyai/harmonyspeech-ui", "speech-ui", (80,), "/usr/share/nginx/html", stop_signal="SIGQUIT"),
)

#: What each image is published as: the released one, its successor, and one that does not start.
TAGS = {"latest": "1.0.0", "next": "1.1.0", "broken": "1.1.1"}


def stack_image_names(tag: str = "latest") -> list[str]:
    """The six images as compose files name them."""
    return [f"{stand_in.repository}:{tag}" for stand_in in STAND_INS]


def base_layers() -> tuple[Layer, ...]:
    """busybox and the stand-in program: what all images share."""
    busybox = shutil.which("busybox")
    if busybox is None:
        raise LabUnavailableError("the lab needs a static busybox (Debian: busybox-static)")
    listed = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
    program = standin_program().read_bytes()
    return (
        make_layer(busybox_entries(Path(busybox), listed)),
        make_layer([Entry("usr/local/bin/standin", program)]),
    )


def stack_image(stand_in: StandIn, version: str, base: tuple[Layer, ...], behaviour: str = "") -> Image:
    """One stand-in image.

    Args:
        stand_in: Which.
        version: Goes into its label and its last layer: versions differ in their digests.
        base: The shared layers.
        behaviour: How it behaves from the start (see README.md); "": normally.
    """
    owner = int(stand_in.user.split(":")[0]) if stand_in.user else 0
    parents = [Entry(str(path), owner=owner) for path in reversed(Path(stand_in.home).parents) if str(path) != "/"]
    home = stand_in.home
    name = stand_in.repository.rpartition("/")[2]
    layers = (
        *base,
        make_layer([*parents, Entry(home, owner=owner), weights(f"{home}/{name}.so", MIB)]),
        make_layer(
            [Entry(f"{home}/VERSION", f"{version}\n".encode(), mode=0o644), weights(f"{home}/{version}.bin", MIB // 2)]
        ),
    )
    config: dict[str, object] = {
        "Entrypoint": ["/usr/local/bin/standin"],
        "Env": ["PATH=/usr/local/bin:/usr/bin:/sbin:/bin", f"STANDIN_ROLE={stand_in.role}"],
        "ExposedPorts": {f"{port}/tcp": {} for port in stand_in.ports},
        "Labels": {"org.opencontainers.image.title": name, "org.opencontainers.image.version": version},
        "User": stand_in.user,
        "WorkingDir": home,
    }
    if behaviour:
        config["Env"] = [*config["Env"], f"STANDIN={behaviour}"]  # type: ignore[misc] # a list two lines above
    if stand_in.stop_signal:
        config["StopSignal"] = stand_in.stop_signal
    return make_image(ImageSpec(layers, config))


def fill(storage: RegistryStorage) -> None:
    """Publishes all stand-in images under all their tags."""
    base = base_layers()
    for stand_in in STAND_INS:
        for tag, version in TAGS.items():
            behaviour = "crash" if tag == "broken" else ""
            storage.publish(stand_in.repository, tag, stack_image(stand_in, version, base, behaviour))


def cached_registry() -> Path:
    """A registry's storage with all images, made once per machine. Copy it: tests publish into theirs."""
    here = Path(__file__).parent
    busybox = shutil.which("busybox")
    sources = [here / "images.py", here / "stack_images.py", *(here / "standin").glob("*.[ch]")]
    name = f"registry-{fingerprint([*sources, *([Path(busybox)] if busybox else [])])}"
    return cached_folder(name, lambda draft: fill(RegistryStorage(draft)))
