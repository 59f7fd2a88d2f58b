"""Whether Text Generation's folders are mounted where its image looks for them: they moved in April 2025."""

from __future__ import annotations

from pathlib import PurePosixPath

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.plan.sources import binds
from harmony_desktop.preflight.check import fail, hint, lines, ok
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.words import say

_APP = PurePosixPath("/home/app/text-generation-webui")
_MOVED = frozenset(
    {"CMD_FLAGS.txt", "cache", "characters", "loras", "models", "presets", "prompts", "softprompts", "training"}
)
#: Images from then on read from the new place (RFC 3339, compared as text).
_SINCE = "2025-04"


class DataFolder:
    """Mounts of the older layout with images of the newer one: flags and models are then ignored in silence."""

    id = "settings.data-folder"
    title = say("Folders of Text Generation")
    group = Group.SETTINGS
    quick = True

    async def run(self, world: World) -> Finding:
        """Look for the old places, and at the age of the image."""
        project = world.loaded_project()
        old = [
            (service, mount)
            for service, mount in binds(project)
            if PurePosixPath(mount.target).parent == _APP and PurePosixPath(mount.target).name in _MOVED
        ]
        images = world.observed.images if world.observed else {}
        ages = {service.name: (images.get(service.image or ""), service) for service, _ in old}
        stale = [name for name, (image, _) in ages.items() if image is not None and image.created < _SINCE]
        wrong = [(service, mount) for service, mount in old if service.name not in stale]
        if not wrong:
            return ok(self, say("Its folders are mounted where its image looks for them."))
        causes = [
            say("{service}: {target} is where older images looked.", service=service.title, target=mount.target)
            for service, mount in wrong
        ]
        advice = say(
            "In the compose file, put /user_data behind {app} in the targets of these mounts; or stay with an image "
            "from before April 2025.",
            app=_APP,
        )
        known = any(images.get(service.image or "") is not None for service, _ in wrong)
        return fail(self, lines(causes), advice) if known else hint(self, lines(causes), advice)
