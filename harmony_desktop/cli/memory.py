"""The memory planner on the command line: what is chosen against what there is, as lines and as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from harmony_desktop.control.memory_desk import MemoryState, judged, measure
from harmony_desktop.control.memory_plan import Pool, Verdict
from harmony_desktop.control.memory_words import gigabytes, headline, kind_words, pool_words
from harmony_desktop.control.meters import sight_of
from harmony_desktop.control.ports import EngineError

if TYPE_CHECKING:
    from harmony_desktop.cli.environment import Environment
    from harmony_desktop.control.ports import Engine
    from harmony_desktop.stack.project import Project

#: Suggestions that a warning has room for.
_MOST = 4


async def planned(environment: Environment, project: Project, engine: Engine | None) -> MemoryState | None:
    """Return the plan of a project; None where nobody reads what it would load. Raises EngineError."""
    tools = environment.tools()
    reader = tools.choices
    if reader is None:
        return None
    reading = asyncio.to_thread(reader.chosen, project)
    if engine is None:
        chosen, now = await asyncio.gather(
            reading, measure(tools.meters, sight_of(str(project.working_dir), None, None, None), None)
        )
        return judged(chosen, now)
    chosen, info, observed = await asyncio.gather(reading, engine.info(), engine.observe(project.name))
    sight = sight_of(str(project.working_dir), engine, info, observed)
    return judged(chosen, await measure(tools.meters, sight, info))


async def memory_warning(environment: Environment, project: Project, engine: Engine) -> str:
    """Return what to say at a start where the models will not fit, or ""; never raises for a fault of the engine."""
    try:
        state = await planned(environment, project, engine)
    except EngineError:
        return ""  # whoever starts tells of it
    if state is None or state.plan.verdict < Verdict.CROWDED:
        return ""
    bad = [pool for pool in state.plan.pools if pool.verdict >= Verdict.CROWDED]
    lines = [f"{headline(state.plan)} (an estimate, if all are loaded at once)."]
    lines += [f"  {pool.title}: {pool_words(pool)}" for pool in bad]
    if state.reliefs:
        lines.append("  What to take away:")
        lines += [f"  - {relief.words}" for relief in state.reliefs[:_MOST]]
    return "\n".join(lines)


def as_lines(state: MemoryState) -> Iterator[str]:
    """Yield the plan for people."""
    yield f"{headline(state.plan)} (an estimate, if all are loaded at once)."
    for pool in state.plan.pools:
        yield ""
        yield f"{pool.title}: {pool_words(pool)}"
        for part in sorted(pool.parts, key=lambda part: -part.size):
            yield f"  {gigabytes(part.size):6.1f} GB  {part.title} ({str(kind_words(part.kind)).lower()})"
        if pool.others:
            yield f"  {gigabytes(pool.others):6.1f} GB  {kind_words(None)}"
    for title, lines in (
        ("Notes:", state.plan.notes),
        ("What to take away:", tuple(relief.words for relief in state.reliefs)),
    ):
        if lines:
            yield ""
            yield title
            yield from (f"  - {line}" for line in lines)


def as_json(state: MemoryState) -> dict[str, object]:
    """Return the plan for programs; bytes, and null for what is not known."""
    return {
        "verdict": _verdict(state.plan.verdict),
        "complete": state.plan.complete,
        "memories": [_pool(pool) for pool in state.plan.pools],
        "notes": [str(note) for note in state.plan.notes],
        "suggestions": [
            {
                "kind": relief.kind.value,
                "text": str(relief.words),
                "memory": relief.pool,
                "frees": relief.frees,
                "enough": relief.enough,
            }
            for relief in state.reliefs
        ],
    }


def _pool(pool: Pool) -> dict[str, object]:
    return {
        "id": pool.key,
        "kind": pool.kind.value,
        "title": str(pool.title),
        "total": pool.total or None,
        "others": pool.others,
        "need": pool.need,
        "missing": pool.missing,
        "verdict": _verdict(pool.verdict),
        "parts": [
            {"kind": part.kind.value, "title": str(part.title), "size": part.size, "service": part.service or None}
            for part in pool.parts
        ],
    }


def _verdict(verdict: Verdict) -> str:
    return verdict.name.lower()
