"""Builds the lab's C programs with the machine's own compiler, once."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.lab.cache import cached_folder, fingerprint
from tests.lab.errors import LabError, LabUnavailableError

HERE = Path(__file__).parent
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra"]


def built(folder: str, output: str, *flags: str) -> Path:
    """The file `output`, compiled from all C files of `tests/lab/<folder>`."""
    sources = sorted((HERE / folder).glob("*.[ch]"))
    name = f"{folder}-{fingerprint(sources, *FLAGS, *flags)}"
    return cached_folder(name, lambda draft: _compile(sources, draft / output, flags)) / output


def _compile(sources: list[Path], output: Path, flags: tuple[str, ...]) -> None:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise LabUnavailableError("the lab needs a C compiler (Debian: gcc, libc6-dev)")
    code = [str(path) for path in sources if path.suffix == ".c"]
    done = subprocess.run(
        [compiler, *FLAGS, *flags, "-o", str(output), *code], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise LabError(f"{output.name} did not build:\n{done.stderr}")


def standin_program() -> Path:
    """The static program that plays the services."""
    return built("standin", "standin", "-static")


def nvml_library() -> Path:
    """The stand-in for NVIDIA's management library."""
    return built("nvml", "libnvidia-ml.so.1", "-shared", "-fPIC")


def proxy_program() -> Path:
    """The port proxy of the demo, which listens outside the lab's network."""
    return built("proxy", "docker-proxy", "-static", "-pthread")
