"""How Docker is installed or renewed: a table over platforms and distributions, from Docker's own guide."""

from __future__ import annotations

from harmony_desktop.control.ports import EngineHelp
from harmony_desktop.engine.install_run import installer
from harmony_desktop.engine.installed import Installed
from harmony_desktop.engine.place import MACOS, WINDOWS, Place
from harmony_desktop.stack.words import say

_PAGES = {
    MACOS: "https://docs.docker.com/desktop/setup/install/mac-install/",
    WINDOWS: "https://docs.docker.com/desktop/setup/install/windows-install/",
}
_LINUX = "https://docs.docker.com/engine/install/"
_WSL = "https://docs.docker.com/desktop/features/wsl/"
_LABEL = say("Install Docker")
_PACKAGES = "docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin"


def install_help(place: Place, installed: Installed) -> EngineHelp:
    """Return how Docker is installed on this machine."""
    if place.system == WINDOWS:
        return EngineHelp(
            say(
                "Install Docker Desktop (it sets up WSL 2 where that is missing), open it once, then try again. In a "
                "terminal:"
            ),
            ("winget install --exact --id Docker.DockerDesktop",),
            _PAGES[WINDOWS],
            _LABEL,
        )
    if place.system == MACOS:
        return EngineHelp(
            say("Install Docker Desktop, open it once, then try again. With Homebrew:"),
            ("brew install --cask docker",),
            _PAGES[MACOS],
            _LABEL,
        )
    if installed.wsl:
        return EngineHelp(
            say(
                "This is Linux inside of Windows: install Docker Desktop in Windows and switch on the integration "
                "with this distribution (Settings, Resources, WSL integration), then try again."
            ),
            (),
            _WSL,
            _LABEL,
        )
    commands, page = _linux(installed)
    user = place.user or "$USER"
    if not commands:
        return EngineHelp(say("Install Docker Engine or Docker Desktop, then try again."), (), page, _LABEL)
    if place.uid != 0:
        commands = (*commands, f"sudo usermod -aG docker {user}")
    else:
        commands = tuple(line.replace("sudo ", "") for line in commands)
    return EngineHelp(
        say("Install Docker Engine with these commands, from Docker’s own guide, then sign out and in again.")
        if place.uid != 0
        else say("Install Docker Engine with these commands, from Docker’s own guide, then try again."),
        commands,
        page,
        _LABEL,
        install=installer(place, installed, commands),
    )


def update_help(place: Place, installed: Installed) -> EngineHelp:
    """Return how Docker is renewed on this machine."""
    if place.system in _PAGES:
        return EngineHelp(
            say("Update Docker Desktop: Settings, Software updates."), (), _PAGES[place.system], say("Get the newest")
        )
    fresh = install_help(place, installed)
    return EngineHelp(
        say("Update Docker Engine. Your containers, images and volumes stay; what runs is restarted."),
        tuple(line for line in fresh.commands if "usermod" not in line),
        fresh.page,
        say("Read how"),
    )


def _linux(installed: Installed) -> tuple[tuple[str, ...], str]:
    """Return the commands of Docker's guide for a distribution, and the guide's page."""
    for name in installed.system:
        # A relative follows the guide of what it is made from: Mint that of Ubuntu, for one.
        if name in {"debian", "ubuntu"} and installed.codename:
            return _apt(name, installed.codename), f"{_LINUX}{name}/"
        if name == "raspbian" and installed.codename:
            return _apt("debian", installed.codename), f"{_LINUX}debian/"
        if name in {"fedora", "rhel", "centos"}:
            return _dnf(name), f"{_LINUX}{name}/"
        if name == "arch":
            return (
                "sudo pacman -S docker",
                "sudo systemctl enable --now docker",
            ), "https://wiki.archlinux.org/title/Docker"
        if name in {"opensuse", "suse", "opensuse-tumbleweed", "opensuse-leap"}:
            return (
                "sudo zypper install docker",
                "sudo systemctl enable --now docker",
            ), "https://en.opensuse.org/Docker"
    return (), _LINUX


def _apt(name: str, codename: str) -> tuple[str, ...]:
    source = (
        f"deb [arch=$(dpkg --print-architecture) signed-by=/etc/apt/keyrings/docker.asc] "
        f"https://download.docker.com/linux/{name} {codename} stable"
    )
    return (
        "sudo apt-get update",
        "sudo apt-get install -y ca-certificates curl",
        "sudo install -m 0755 -d /etc/apt/keyrings",
        f"sudo curl -fsSL https://download.docker.com/linux/{name}/gpg -o /etc/apt/keyrings/docker.asc",
        "sudo chmod a+r /etc/apt/keyrings/docker.asc",
        f'echo "{source}" | sudo tee /etc/apt/sources.list.d/docker.list',
        "sudo apt-get update",
        f"sudo apt-get install -y {_PACKAGES}",
    )


def _dnf(name: str) -> tuple[str, ...]:
    repository = f"https://download.docker.com/linux/{name}/docker-ce.repo"
    # Fedora has dnf 5, whose plug-in comes with it and takes other words.
    added = (
        (f"sudo dnf config-manager addrepo --from-repofile {repository}",)
        if name == "fedora"
        else ("sudo dnf -y install dnf-plugins-core", f"sudo dnf config-manager --add-repo {repository}")
    )
    return (*added, f"sudo dnf install -y {_PACKAGES}", "sudo systemctl enable --now docker")
