"""Who may use an engine's socket, and what a user who may not can do about it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from harmony_desktop.control.ports import EngineHelp
from harmony_desktop.engine.place import LINUX, MACOS, WINDOWS, EngineKind, Place
from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import say

_GUIDE = "https://docs.docker.com/engine/install/linux-postinstall/"
_GUIDE_LABEL = say("Read how")


@dataclass(frozen=True, slots=True)
class SocketAccess:
    """Who may use a socket of this machine.

    Attributes:
        owner: The owner's name, or "" where it cannot be seen.
        group: The name of the group that may use it, or "" where none may.
        listed: Whether the user stands in the group's list (/etc/group).
        in_session: Whether this session has the group: it is given at sign-in, and not later.
    """

    owner: str = ""
    group: str = ""
    listed: bool = False
    in_session: bool = False


def look(address: str, place: Place) -> SocketAccess:
    """Return who may use the socket at an address; nothing is known of other kinds of addresses."""
    scheme, _, path = address.partition("://")
    if scheme != "unix" or place.system == WINDOWS:
        return SocketAccess()
    import grp  # noqa: PLC0415 - not on Windows
    import pwd  # noqa: PLC0415

    try:
        found = Path(path).stat()
    except OSError:
        return SocketAccess()  # it lies in a folder that is closed to this user
    owner = _name(lambda: pwd.getpwuid(found.st_uid).pw_name, found.st_uid)
    # Root's own group, or a group that may not write: nobody is let in by being a member.
    if not found.st_mode & stat.S_IWGRP or found.st_gid == 0:
        return SocketAccess(owner)
    try:
        members = grp.getgrgid(found.st_gid).gr_mem
    except KeyError:
        members = []
    try:
        account = pwd.getpwuid(place.uid)
        listed = account.pw_name in members or account.pw_gid == found.st_gid
    except KeyError:
        listed = place.user in members
    group = _name(lambda: grp.getgrgid(found.st_gid).gr_name, found.st_gid)
    return SocketAccess(owner, group, listed, found.st_gid in {os.getgid(), os.getegid(), *os.getgroups()})


def permission_help(place: Place, kind: EngineKind, access: SocketAccess) -> EngineHelp:
    """Return what a user can do who may not use an engine. A table over platforms and kinds of engines."""
    if place.system == WINDOWS:
        return EngineHelp(
            say(
                "Ask an administrator to add you to the group docker-users, then sign out and in again. In an "
                "administrator’s terminal:"
            ),
            (f"net localgroup docker-users {place.user or '%USERNAME%'} /add",),
        )
    if place.system == MACOS or kind in {
        EngineKind.ROOTLESS,
        EngineKind.DESKTOP,
        EngineKind.COLIMA,
        EngineKind.RANCHER,
    }:
        owner = say(" It belongs to {owner}.", owner=access.owner) if access.owner else ""
        return EngineHelp(
            say("This engine serves the user who started it, and nobody else.{owner} Start your own.", owner=owner)
        )
    if kind is EngineKind.REMOTE or place.system != LINUX:
        return EngineHelp(say("Ask whoever runs this engine for access."))
    user = place.user or "$USER"
    if access.group and access.listed and not access.in_session:
        return EngineHelp(
            say(
                "You are in the group “{group}” already, but were not yet when you signed in. Sign out and in again; "
                "where that does not help, restart the computer.",
                group=access.group,
            ),
        )
    if access.group or not access.owner:
        group = access.group or "docker"
        return EngineHelp(
            say(
                "Add yourself to the group “{group}”, then sign out and in again. Its members have the rights of "
                "root on this computer.",
                group=group,
            ),
            (f"sudo usermod -aG {group} {user}",),
            _GUIDE,
            _GUIDE_LABEL,
        )
    return EngineHelp(
        say(
            "Its socket is open to {owner} alone. Make the group “docker”, add yourself, restart Docker, then "
            "sign out and in again.",
            owner=access.owner,
        ),
        ("sudo groupadd -f docker", f"sudo usermod -aG docker {user}", "sudo systemctl restart docker.socket docker"),
        _GUIDE,
        _GUIDE_LABEL,
    )


def _name(find: Callable[[], str], number: int) -> str:
    try:
        return find()
    except KeyError:
        return str(number)
