"""Recordings of pages and dialogs, of problems, and of a service in each stage."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from harmony_desktop.control.state import ContainerView, PageLink, Problem, ServiceState, Stage, UseLink
from harmony_desktop.ui.gallery_recording import Recording


def pages(ready: Recording) -> dict[str, Recording]:
    """Return each page of a stack that is ready."""
    return {name: replace(ready, page=name) for name in ("hardware", "settings")}


def dialogs(ready: Recording) -> dict[str, Recording]:
    """Return each dialog over a stack that is ready."""
    return {
        "clean-up": replace(ready, page="hardware", dialog="clean-up"),
        "palette": replace(ready, dialog="palette"),
        "keys": replace(ready, dialog="keys"),
        "help": replace(ready, dialog="help"),
        "close-question": replace(ready, dialog="close"),
        "quit-question": replace(ready, dialog="quit"),
    }


def faults(stopped: Recording) -> dict[str, Recording]:
    """Return kinds of problems that a start may end with."""
    problems = {
        "offline": Problem(
            "The images could not be downloaded",
            "registry-1.docker.io cannot be reached: this computer seems to be offline.",
            "Connect it to the internet and start again. What has come is kept.",
        ),
        "disk-full": Problem(
            "The disk is full",
            "The images need 20.2 GB, and the disk of the Docker engine has 3.1 GB left.",
            "Remove what nobody needs on the page “Hardware”, or give Docker a larger disk.",
        ),
        "image-missing": Problem(
            "The image harmonyai/harmony-link:next does not exist",
            "The registry knows the name, and not this tag.",
            "See which tag docker-compose.yml names for harmony-link.",
            "harmony-link",
        ),
        "denied-folder": Problem(
            "Text Generation cannot write to its folder",
            "/home/you/Harmony/text-generation-webui/user_data belongs to another user.",
            "Give it back to you: sudo chown -R you /home/you/Harmony/text-generation-webui/user_data",
            "text-generation-webui-harmonyai",
        ),
    }
    return {name: replace(stopped, state=replace(stopped.state, problem=problem)) for name, problem in problems.items()}


_REASONS = {
    Stage.STARTING: "health check runs",
    Stage.RUNNING: "port 9003 is not open yet",
    Stage.REACHABLE: "the model is being loaded",
    Stage.LIMITED: "Degraded does not answer on port 9007",
    Stage.DEGRADED: "does not answer on port 9007",
    Stage.FAILED: "exited with an error",
    Stage.UNKNOWN: "Docker does not tell",
}


def stages(since: datetime) -> tuple[ServiceState, ...]:
    """Return a service in each stage, with names as long as somebody will once give them."""
    titles = {
        Stage.READY: "Ready service with a name that is longer than any place for it",
        Stage.LIMITED: "Limitierter Sprachverarbeitungsdienst",
    }
    made = []
    for number, stage in enumerate(Stage):
        runs = stage not in {Stage.ABSENT, Stage.STOPPED, Stage.FAILED}
        uses = {Stage.READY: ("degraded", "reachable"), Stage.LIMITED: ("degraded",), Stage.DEGRADED: ("failed",)}
        made.append(
            ServiceState(
                stage.value,
                titles.get(stage, stage.value.capitalize()),
                "Shows what this stage looks like",
                stage=stage,
                reason=_REASONS.get(stage, ""),
                since=None if stage is Stage.ABSENT else since,
                containers=(
                    ContainerView(stage.value, f"harmony-{stage.value}-1", "running" if runs else "exited", "x"),
                )
                if stage is not Stage.ABSENT
                else (),
                pages=(PageLink("Open", f"http://127.0.0.1:{9000 + number}/"),) if runs else (),
                declared_ports=(9000 + number,),
                uses=tuple(UseLink(name, "a purpose in words") for name in uses.get(stage, ())),
                image="example/one:1",
                exit_code=1 if stage is Stage.FAILED else None,
                roots=("degraded",) if stage is Stage.LIMITED else (),
            )
        )
    return tuple(made)
