"""Debian packages of another suite than the machine's, through the machine's own apt and its configured mirror."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.errors import LabUnavailableError
from tests.lab.namespaces import outside

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Mirror:
    """Where this machine gets Debian from, and by which keys it trusts it."""

    site: str
    signed_by: str


def debian_mirror() -> Mirror:
    """The Debian mirror in this machine's apt configuration.

    Raises:
        LabUnavailableError: There is none (another distribution, or no apt).
    """
    if shutil.which("apt-get") is None:
        raise LabUnavailableError("this is no Debian: apt-get is missing")
    fields = "$(ORIGIN)|$(CODENAME)|$(SITE)|$(SIGNED_BY)"
    done = _apt(["indextargets", "--format", fields, "Created-By: Packages"])
    for line in done.splitlines():
        origin, codename, site, signed_by = line.split("|")
        if origin == "Debian" and "security" not in codename:
            return Mirror(site, "" if signed_by.startswith("$") else signed_by)
    raise LabUnavailableError("apt is not configured with a Debian mirror")


def unpack_packages(suite: str, packages: Sequence[str], target: Path) -> None:
    """Downloads `packages` of `suite`, without their dependencies, and unpacks them into `target`."""
    mirror = debian_mirror()
    work = target / "apt"
    for folder in ("lists/partial", "archives/partial", "debs"):
        (work / folder).mkdir(parents=True)
    work.chmod(0o755)
    keys = f"[signed-by={mirror.signed_by}] " if mirror.signed_by else ""
    sources = work / "sources.list"
    sources.write_text(f"deb {keys}{mirror.site} {suite} main\n")
    options = {
        "Dir::Etc::SourceList": str(sources),
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": str(work / "lists"),
        "Dir::State::Status": "/dev/null",  # what is installed here does not matter
        "Dir::Cache": str(work),
        "Dir::Cache::Archives": str(work / "archives"),
        "APT::Get::List-Cleanup": "false",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",
        # The index is signed; one of a mirror that lags behind by weeks still serves.
        "Acquire::Check-Valid-Until": "false",
        "Acquire::Retries": "2",
        "Acquire::http::Timeout": "30",
    }
    flags = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    _apt([*flags, "update", "--error-on=any"])
    _apt([*flags, "download", *packages], cwd=work / "debs")
    for deb in sorted((work / "debs").glob("*.deb")):
        subprocess.run(["dpkg", "-x", str(deb), str(target)], check=True)
    shutil.rmtree(work)


def _apt(args: list[str], cwd: Path | None = None) -> str:
    done = subprocess.run(outside(["apt-get", "-q", *args]), cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabUnavailableError(f"apt-get {args[-1]} failed: {done.stderr.strip()}")
    return done.stdout
