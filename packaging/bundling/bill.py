"""The software bill of materials of a bundle: what is in it, in which version, under which licence (CycloneDX 1.6).

    python -m bundling.bill [FOLDER]        FOLDER/harmony-desktop-VERSION-SYSTEM-MACHINE.cdx.json

It runs in the environment that the bundle is made in, on the system that it is made for: records of what is installed
there tell the licences, and the lock tells what belongs to this system.
"""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import platform
import re
import sys
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bundling import history, staging
from bundling.locked import Locked, read

_ROOT = Path(__file__).resolve().parent.parent.parent
NAME = "harmony-desktop"
#: They make the bundle and are not in it. PyInstaller's loader is.
TOOLS = frozenset({"altgraph", "macholib", "packaging", "pefile", "pyinstaller-hooks-contrib", "setuptools"})
_TOOLS_ON_WINDOWS = frozenset({"pywin32-ctypes"})
_SYSTEMS = {"linux": "linux", "win32": "windows", "darwin": "macos"}
_NAMESPACE = uuid.UUID("d6c7a3de-7c5e-5c3e-9a53-0d6a5cf5a0b1")
#: What packages call their licences where they have no expression of SPDX's.
_SPDX = {
    "Apache-2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD-3-Clause": "BSD-3-Clause",
    "BSD 2-Clause": "BSD-2-Clause",
    "MIT": "MIT",
    "MIT License": "MIT",
    "MPL-2.0": "MPL-2.0",
    "PSF": "PSF-2.0",
}


def main() -> int:
    """Write the bill; return the exit status."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else _ROOT / "dist"
    lock = (_ROOT / "packaging" / "requirements.lock").read_text("utf-8")
    parts = [*bundled(read(lock), sys.platform)]
    made = bill(history.version(_ROOT), sys.platform, machine(), parts, _licences(parts), staging.source_date(_ROOT))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{NAME}-{history.version(_ROOT)}-{_SYSTEMS[sys.platform]}-{machine()}.cdx.json"
    file.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(file)
    return 0


def machine(told: str = "") -> str:
    """Return the processor as packages are named after it: x86_64 or arm64.

    Args:
        told: What the system calls it; by default this machine's.
    """
    name = (told or platform.machine()).lower()
    return {"amd64": "x86_64", "aarch64": "arm64"}.get(name, name)


def bundled(lock: Iterable[Locked], system: str) -> Iterable[Locked]:
    """Yield the Python packages of a lock that go into the bundle of a system (``sys.platform``)."""
    for entry in lock:
        if entry.platform in {"", system} and entry.name not in TOOLS | _TOOLS_ON_WINDOWS:
            yield entry


def bill(
    version: str, system: str, processor: str, parts: Iterable[Locked], licences: Mapping[str, str], moment: int
) -> dict[str, Any]:
    """Return the bill.

    Args:
        version: The program's version.
        system: ``sys.platform``.
        processor: "x86_64" or "arm64".
        parts: The packages in the bundle.
        licences: Package -> its licence as it says itself; "" where it says nothing.
        moment: The time of the sources, in seconds since 1970.
    """
    own = f"pkg:generic/{NAME}@{version}"
    components = [_component(part.name, part.version, licences.get(part.name, "")) for part in parts]
    components.append(
        {
            "type": "platform",
            "bom-ref": f"pkg:generic/python@{platform.python_version()}",
            "name": "Python",
            "version": platform.python_version(),
            "purl": f"pkg:generic/python@{platform.python_version()}",
            "licenses": [{"license": {"id": "PSF-2.0"}}],
        }
    )
    components.sort(key=lambda component: component["bom-ref"])
    serial = uuid.uuid5(_NAMESPACE, json.dumps([own, system, processor, components], sort_keys=True))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "timestamp": dt.datetime.fromtimestamp(moment, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": NAME,
                "version": version,
                "purl": own,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
            "properties": [
                {"name": "harmony-desktop:system", "value": _SYSTEMS[system]},
                {"name": "harmony-desktop:processor", "value": processor},
            ],
        },
        "components": components,
        "dependencies": [
            {"ref": own, "dependsOn": [component["bom-ref"] for component in components]},
            *({"ref": component["bom-ref"]} for component in components),
        ],
    }


def _component(name: str, version: str, licence: str) -> dict[str, Any]:
    reference = f"pkg:pypi/{name}@{version}"
    made: dict[str, Any] = {"type": "library", "bom-ref": reference, "name": name, "version": version}
    made["purl"] = reference
    if licence in _SPDX:
        made["licenses"] = [{"license": {"id": _SPDX[licence]}}]
    elif licence and _is_expression(licence):
        made["licenses"] = [{"expression": licence}]
    elif licence:
        made["licenses"] = [{"license": {"name": licence}}]
    return made


def _is_expression(licence: str) -> bool:
    """Whether it is made of SPDX's names ("GPL-2.0-only"), and of AND, OR and WITH."""
    names = re.split(r"\s+(?:AND|OR|WITH)\s+", re.sub(r"[()]", "", licence).strip())
    return all(re.fullmatch(r"[A-Za-z0-9.+]+(?:-[A-Za-z0-9.+]+)+", name) for name in names)


def _licences(parts: Iterable[Locked]) -> dict[str, str]:
    found = {}
    for part in parts:
        record = importlib.metadata.distribution(part.name).metadata.json
        text = str(record.get("license_expression") or record.get("license") or "")
        if not text or "\n" in text or len(text) > 100:  # some have the whole text there
            named = [line.split(" :: ")[-1] for line in record.get("classifier", []) if line.startswith("License ::")]
            text = named[-1] if named else ""
        found[part.name] = text
    return found


if __name__ == "__main__":
    sys.exit(main())
