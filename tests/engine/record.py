"""Records what the official Compose asks engines to create: ``python -m tests.engine.record [new]``.

The recordings stand in ``payloads/``; the tests of ``create.py`` compare with them everywhere, without an engine.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.engine.cases import SERVICES
from tests.engine.official import prepare, pruned, record
from tests.lab.lab import Lab
from tests.lab.namespaces import enter_own_network

if TYPE_CHECKING:
    from tests.lab.flavours import FlavourName

PAYLOADS = Path(__file__).parent / "payloads"
#: Stands for the project's folder in the recordings.
FOLDER = "/project"


def main(flavour: FlavourName) -> None:
    """Record all subjects on one flavour of the engine."""
    enter_own_network()
    with Lab(flavour) as lab, tempfile.TemporaryDirectory() as parent:
        lab.preload()
        lab.docker("volume", "create", "outside-volume")
        for subject in SERVICES:
            case = prepare(lab, Path(parent) / subject, subject)
            record(lab, case, check=False)
            listed = lab.docker("ps", "--all", "--no-trunc", "--format", "{{.Names}} {{.ID}}").stdout
            lab.compose("down", "-v", "--timeout", "0", cwd=case.folder, check=False)
            found = {
                "canonical": case.canonical,
                "hashes": case.hashes,
                "api": lab.docker("version", "--format", "{{.Server.APIVersion}}").stdout.strip(),
                "ids": dict(line.split() for line in listed.splitlines()),
                **pruned(dataclasses.asdict(case.recording)),
            }
            missing = set(case.canonical["services"]) - {
                body["Labels"]["com.docker.compose.service"] for body in case.recording.containers.values()
            }
            print(subject, "without", sorted(missing) if missing else "nothing")
            text = json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False)
            (PAYLOADS / f"create-{subject}-{flavour}.json").write_text(text.replace(str(case.folder), FOLDER) + "\n")


if __name__ == "__main__":
    main("new" if "new" in sys.argv else "old")
