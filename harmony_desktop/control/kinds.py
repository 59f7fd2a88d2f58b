"""The words that states are told by: enumerations, which cost next to nothing before the first paint."""

from __future__ import annotations

import enum


class EngineStatus(enum.StrEnum):
    """How it stands with the Docker engine."""

    SEARCHING = "searching"
    ABSENT = "absent"
    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    UNREACHABLE = "unreachable"
    DENIED = "permission denied"
    TOO_OLD = "too old"


class Stage(enum.StrEnum):
    """How far a service has come (the readiness table of docs/readiness.md)."""

    ABSENT = "absent"
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    REACHABLE = "reachable"
    READY = "ready"
    LIMITED = "limited"
    DEGRADED = "degraded"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Light(enum.StrEnum):
    """The shape and colour of a light; each shape is told apart without its colour."""

    READY = "disc with a tick, green"
    BUSY = "turning ring, amber"
    ATTENTION = "triangle, amber"
    FAILED = "square with a cross, red"
    STOPPED = "empty ring, grey"
    UNKNOWN = "dashed ring, grey"


class StackPhase(enum.StrEnum):
    """Whether there is a stack to show."""

    LOADING = "loading"
    NO_FOLDER = "no folder"
    BROKEN = "broken"
    LOADED = "loaded"


class OperationKind(enum.StrEnum):
    """What the user asked for."""

    UP = "up"
    STOP = "stop"
    DOWN = "down"
    RESTART = "restart"
    PULL = "pull"
    UPDATE = "update"
    ROLL_BACK = "roll back"
    PREPARE = "prepare"
    CLEAN_UP = "clean up"
    FREE = "free"
    BRING_BACK = "bring back"


class DownloadPhase(enum.StrEnum):
    """How far an image has come as a whole."""

    WAITING = "waiting"
    DOWNLOADING = "downloading"
    RETRYING = "retrying"
    UNPACKING = "unpacking"
    DONE = "done"
    THERE = "already there"
    FAILED = "failed"
