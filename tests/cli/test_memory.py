"""The memory planner on the command line: ``models plan``, and the warning of ``up``, which starts all the same."""

from __future__ import annotations

from pathlib import Path

from tests.cli.panel import Panel


def test_a_start_that_will_not_fit_is_warned_of_and_done(panel: Panel, stack_folder: Path) -> None:
    plan = panel.json("models", "plan")
    assert plan["suggestions"] == []
    assert [memory["id"] for memory in plan["memories"]] == ["system"]
    assert not plan["complete"]
    with (stack_folder / ".env").open("a") as env:
        env.write("HARMONY_SPEECH_MEMORY=1g\n")
    plan = panel.json("models", "plan")
    [limit] = [memory for memory in plan["memories"] if memory["kind"] == "limit"]
    assert (limit["total"], limit["verdict"]) == (2**30, "not")
    told = panel("up", "--pull", "missing")
    assert "The models do not fit into what a service may use" in told.stderr
    assert "What to take away" in told.stderr
    assert set(panel.stages().values()).isdisjoint({"absent", "stopped"})
    assert "do not fit" not in panel("up").stderr, "what runs has what it uses"
