"""What of the Compose specification this program does not do, and why: refused by name, never dropped."""

from __future__ import annotations

_SWARM = "It belongs to Swarm clusters or to Windows containers."
_HOOKS = "Commands that run beside the start and stop of a container are not run here."
_MODELS = "Language models that Docker itself runs are not managed here."

#: Keys of a service.
REFUSED_SERVICE_KEYS = {
    "credential_spec": _SWARM,
    "develop": "It watches source files while developing, which is not done here.",
    "models": _MODELS,
    "post_start": _HOOKS,
    "pre_start": _HOOKS,
    "pre_stop": _HOOKS,
    "provider": "It hands the service to another program than Docker.",
    "pull_refresh_after": "Docker Compose itself does not act on it; use pull_policy, for example every_12h.",
    "use_api_socket": "It hands Docker itself, and its credentials, to the container.",
}
#: Top-level sections.
REFUSED_SECTIONS = {
    "jobs": "Jobs that run by a schedule are not run here.",
    "models": _MODELS,
}


def table() -> str:
    """What is supported and what is not, as the table of docs/compose.md."""
    from harmony_desktop.stack.schema import FILE, SERVICE  # noqa: PLC0415 - it is built upon this module

    lines = ["| key | |", "| --- | --- |"]
    for where, record in (("", FILE), ("services.*.", SERVICE)):
        for key in sorted({*record.keys, *record.refused}):
            reason = record.refused.get(key)
            lines.append(f"| `{where}{key}` | {'supported' if reason is None else f'refused: {reason}'} |")
    return "\n".join(lines)
