"""Whether the names of the stack's containers are free, and its project's name is its own."""

from __future__ import annotations

from pathlib import Path

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.preflight.check import fail, lines, ok
from harmony_desktop.preflight.world import CannotTellError, Named, World
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import say


class ContainerNames:
    """Containers of other projects under our names, and of another folder under our project's name."""

    id = "engine.names"
    title = say("Names of containers")
    group = Group.ENGINE
    quick = True

    async def run(self, world: World) -> Finding:
        """Compare all containers of the engine with what the project would make."""
        project = world.loaded_project()
        if world.named is None:
            raise CannotTellError(say("The engine could not be asked: see engine.reachable."))
        wanted = _names(project)
        causes = [
            say("The name {name} belongs to a container of {owner}.", name=item.name, owner=_owner(item))
            for item in world.named
            if item.name in wanted and item.project != project.name
        ]
        others = dict.fromkeys(
            item.working_dir
            for item in world.named
            if item.project == project.name and item.working_dir and not _same(item.working_dir, project.working_dir)
        )
        causes += [
            say("Containers of the project “{name}” belong to another folder: {folder}.", name=project.name, folder=f)
            for f in others
        ]
        if not causes:
            return ok(self, say("Nobody else uses them."))
        advice = say(
            "Take the other stack down in its own folder (docker compose down), or give this one another name: "
            "COMPOSE_PROJECT_NAME in {file}.",
            file=world.folder / ".env",
        )
        return fail(self, lines(causes), advice)


def _names(project: Project) -> frozenset[str]:
    return frozenset(
        service.container_name or f"{project.name}-{service.name}-{number}"
        for service in project.services.values()
        for number in range(1, max(1, service.scale) + 1)
    )


def _owner(item: Named) -> str:
    if not item.project:
        return say("no project")
    return say("the project {name}", name=item.project)


def _same(text: str, folder: Path) -> bool:
    return Path(text) == folder or Path(text).resolve() == folder.resolve()
