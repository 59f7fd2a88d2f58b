"""When progress on the console lets others know that the work has begun: before a download, not before a plan."""

from __future__ import annotations

import io

import pytest

from harmony_desktop.cli.console import ConsoleReporter
from harmony_desktop.plan.steps import Action, Step


@pytest.mark.parametrize("action", list(Action))
def test_downloads_and_starts_are_work_that_others_hear_of(action: Action) -> None:
    begun: list[str] = []
    reporter = ConsoleReporter(io.StringIO(), on_work=lambda: begun.append("work"))
    reporter.planned(1)
    reporter.began(Step("one", action, "target", "because"))
    assert bool(begun) is (action in {Action.PULL, Action.START})
    reporter.close()
