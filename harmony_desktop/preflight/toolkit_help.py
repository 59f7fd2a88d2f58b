"""How the NVIDIA Container Toolkit is installed and set up: commands by distribution, from NVIDIA's own guide."""

from __future__ import annotations

from collections.abc import Collection

from harmony_desktop.stack.words import joined, say

_KEY = "https://nvidia.github.io/libnvidia-container/gpgkey"
_DEB = "https://nvidia.github.io/libnvidia-container/stable/deb/nvidia-container-toolkit.list"
_RPM = "https://nvidia.github.io/libnvidia-container/stable/rpm/nvidia-container-toolkit.repo"
_GUIDE = "https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/install-guide.html"
_RING = "/usr/share/keyrings/nvidia-container-toolkit-keyring.gpg"

CONFIGURE = ("sudo nvidia-ctk runtime configure --runtime=docker", "sudo systemctl restart docker")

_APT = (
    f"curl -fsSL {_KEY} | sudo gpg --dearmor -o {_RING}",
    f"curl -fsSL {_DEB} | sed 's#deb https://#deb [signed-by={_RING}] https://#g' "
    "| sudo tee /etc/apt/sources.list.d/nvidia-container-toolkit.list",
    "sudo apt-get update",
    "sudo apt-get install -y nvidia-container-toolkit",
)
_DNF = (
    f"curl -fsSL {_RPM} | sudo tee /etc/yum.repos.d/nvidia-container-toolkit.repo",
    "sudo dnf install -y nvidia-container-toolkit",
)
_ZYPPER = (
    f"sudo zypper addrepo {_RPM}",
    "sudo zypper --gpg-auto-import-keys install -y nvidia-container-toolkit",
)
_PACMAN = ("sudo pacman -S --needed nvidia-container-toolkit",)
_BY_DISTRIBUTION = (
    (frozenset({"debian", "ubuntu"}), _APT),
    (frozenset({"fedora", "rhel", "centos", "amzn"}), _DNF),
    (frozenset({"suse", "opensuse", "sles", "opensuse-leap", "opensuse-tumbleweed"}), _ZYPPER),
    (frozenset({"arch"}), _PACMAN),
)


def toolkit_advice(system: Collection[str], *, installed: bool, rootless: bool) -> str:
    """Return what to type.

    Args:
        system: The distribution and those that it is like.
        installed: Whether the toolkit is there already, and only not set up.
        rootless: Whether the engine runs without root.
    """
    setting_up = _rootless() if rootless else CONFIGURE
    if installed:
        return joined((say("Set it up for Docker, and restart Docker:"), *setting_up), "\n")
    commands = next((commands for names, commands in _BY_DISTRIBUTION if names & set(system)), None)
    if commands is None:
        return joined((say("Install it as its guide says: {page}", page=_GUIDE), say("Then:"), *setting_up), "\n")
    return joined((say("Install it, set it up for Docker, and restart Docker:"), *commands, *setting_up), "\n")


def _rootless() -> tuple[str, ...]:
    return (
        "nvidia-ctk runtime configure --runtime=docker --config=$HOME/.config/docker/daemon.json",
        "sudo nvidia-ctk config --set nvidia-container-cli.no-cgroups --in-place",
        "systemctl --user restart docker",
    )
