"""Records what the official Compose asks engines to create: ``python -m tests.engine.record [new]``.

The recordings stand in ``payloads/``; the tests of ``create.py`` compare with them everywhere, without an engine.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.engine.cases import IMAGE, SERVICES
from tests.engine.official import prepare, pruned, record
from tests.lab.lab import Lab
from tests.lab.namespaces import enter_own_network

if TYPE_CHECKING:
    from tests.lab.flavours import FlavourName

PAYLOADS = Path(__file__).parent / "payloads"
#: Stands for the project's folder in the recordings.
FOLDER = "/project"


def main(flavour: FlavourName) -> None:
    """Record everything on one flavour of the engine."""
    enter_own_network()
    with Lab(flavour) as lab, tempfile.TemporaryDirectory() as parent:
        lab.preload()
        record_answers(lab, Path(parent) / "answers", flavour)
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


STACK = f"""
name: seen
services:
  web:
    image: {IMAGE}
    ports: ["127.0.0.1:8080:80", "8443:443/udp"]
    volumes: ["kept:/kept"]
    healthcheck: {{test: "echo fine", interval: 200ms}}
    mem_limit: 64m
    tty: true
  done: {{image: {IMAGE}, entrypoint: [sh, -c, "exit 7"]}}
  waiting: {{image: {IMAGE}, network_mode: "service:web", profiles: [later]}}
volumes: {{kept: {{}}}}
"""


def record_answers(lab: Lab, folder: Path, flavour: FlavourName) -> None:
    """Record what the engine answers about a running project."""
    folder.mkdir()
    (folder / "compose.yml").write_text(STACK)
    lab.compose("up", "--detach", "--wait", "web", cwd=folder)
    lab.compose("up", "--detach", "done", cwd=folder)
    lab.compose("create", "waiting", cwd=folder)
    lab.docker("wait", "seen-done-1")
    label = {"label": ["com.docker.compose.project=seen"]}
    call = lab.api.call
    summaries = call("GET", "/containers/json", all=1, filters=label)
    found = {
        "summaries": sorted(summaries, key=lambda item: str(item["Names"])),
        "inspections": [lab.api.inspect(f"seen-{name}-1") for name in ("done", "waiting", "web")],
        "networks": call("GET", "/networks", filters=label),
        "volumes": call("GET", "/volumes", filters=label),
        "image": call("GET", f"/images/{IMAGE}/json"),
        "info": call("GET", "/info"),
        "stats": [call("GET", "/containers/seen-web-1/stats", stream="false") for _ in range(2)],
        "stats of a stopped one": call("GET", "/containers/seen-done-1/stats", stream="false"),
        "events": call("GET", "/events", since=1, until=int(time.time()), filters={"type": ["container"], **label})[:3],
    }
    lab.compose("--profile", "later", "down", "--volumes", cwd=folder)
    text = json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False)
    (PAYLOADS / f"answers-{flavour}.json").write_text(text.replace(str(folder), FOLDER) + "\n")


if __name__ == "__main__":
    main("new" if "new" in sys.argv else "old")
