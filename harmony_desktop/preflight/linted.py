"""What the linter of configuration files found, as a check tells it: with file and line, and what mends it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harmony_desktop.control.doctor import Finding
from harmony_desktop.control.findings import Finding as Lint
from harmony_desktop.control.findings import Replacement, Severity, Topic
from harmony_desktop.control.repairs import Correct, Repair
from harmony_desktop.preflight.check import Check, fail, hint, lines, ok, repair
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.words import say, say_number


def tell(check: Check, world: World, topic: Topic, fine: str) -> Finding:
    """Return what was found about a topic; hints of the linter stay with the editor.

    Args:
        check: The check that tells it.
        world: What was found.
        topic: What it is about.
        fine: What to say where nothing is wrong.
    """
    world.loaded_project()
    found = [one for one in world.linted if one.topic is topic and one.severity is not Severity.HINT]
    if not found:
        return ok(check, fine)
    causes = lines(
        say("{file}:{line}: {message}", file=world.name_of(one.file), line=one.line, message=one.message)
        for one in found
    )
    advice = lines(dict.fromkeys(one.advice for one in found if one.advice)) or say(
        "Change it there. The page “Configuration” goes to each line."
    )
    wrong = any(one.severity is Severity.ERROR for one in found)
    return (fail if wrong else hint)(check, causes, advice, _repair(check, found))


def _repair(check: Check, found: Sequence[Lint]) -> Repair | None:
    """Return the corrections of all files, each file's together: they are about one and the same text."""
    by_file: dict[Path, list[Lint]] = {}
    for one in found:
        if one.correction is not None:
            by_file.setdefault(one.file, []).append(one)
    mendable = [one for several in by_file.values() for one in several]
    labels = [one.correction.label for one in mendable if one.correction is not None]
    label = labels[0] if len(labels) == 1 else say_number("Correct one line", "Correct {n} lines", len(labels))
    return repair(check, label, [Correct(file, several[0].text, _all(several)) for file, several in by_file.items()])


def _all(found: Sequence[Lint]) -> tuple[Replacement, ...]:
    replaced = {each for one in found if one.correction is not None for each in one.correction.replacements}
    return tuple(sorted(replaced, key=lambda each: (each.start, each.end)))
