"""Numbers, sizes and times as people read them. Pure functions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QLocale, QTime

from harmony_desktop.control.kinds import Stage
from harmony_desktop.ui.i18n import capitalised, told, tr

if TYPE_CHECKING:
    from harmony_desktop.control.state import PageLink, ServiceState

_UNITS = ("B", "KB", "MB", "GB", "TB")


def number(value: float, digits: int = 0) -> str:
    """Return a number with the user's decimal sign and groups of digits."""
    return QLocale().toString(float(value), "f", digits)


def size(number_of_bytes: int) -> str:
    """Return bytes as "182 MB" or "2.4 GB" (multiples of 1024, as Docker and drivers count memory)."""
    value = float(number_of_bytes)
    unit = 0
    while value >= 1023.5 and unit < len(_UNITS) - 1:
        value /= 1024
        unit += 1
    digits = 1 if unit >= 3 and value < 9.95 else 0
    return f"{number(value, digits)} {_UNITS[unit]}"


def transferred(current: int, total: int) -> str:
    """Return "1.2 of 4.8 GB", or only what has come while the whole is unknown."""
    if total <= 0:
        return size(current) if current > 0 else ""
    have, whole = size(min(current, total)), size(total)
    number, unit = whole.rsplit(" ", 1)
    if have.endswith(f" {unit}"):
        return tr("{have} of {whole} {unit}", have=have.rsplit(" ", 1)[0], whole=number, unit=unit)
    return tr("{have} of {whole}", have=have, whole=whole)


def amount(used: int, whole: int) -> str:
    """Return "7.4 of 24 GB" for what is in use, or the use alone where the whole is not known."""
    return transferred(used, whole) or size(used)


def share(value: float) -> str:
    """Return "42 %"."""
    return tr("{value} %", value=number(value))


def degrees(celsius: float) -> str:
    """Return "64 °C"."""
    return tr("{value} °C", value=f"{celsius:.0f}")


def watts(value: float, limit: float | None) -> str:
    """Return "180 of 450 W", or "180 W" where no limit is told."""
    if limit:
        return tr("{value} of {limit} W", value=number(value), limit=number(limit))
    return tr("{value} W", value=number(value))


def percent(value: float) -> str:
    """Return "0.4 % CPU"."""
    return tr("{value} % CPU", value=number(value, 1 if value < 99.95 else 0))


def duration(length: timedelta) -> str:
    """Return "40 s", "3 min", "2 h 14 min" or "3 d 4 h"."""
    seconds = max(0, int(length.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 60:
        return tr("{n} s", n=seconds)
    if minutes < 60:
        return tr("{n} min", n=minutes)
    if hours < 24:
        rest = minutes % 60
        return tr("{h} h {m} min", h=hours, m=rest) if rest else tr("{h} h", h=hours)
    rest = hours % 24
    return tr("{d} d {h} h", d=days, h=rest) if rest else tr("{d} d", d=days)


def day(moment: datetime) -> str:
    """Return a date as the user's locale writes it; year, month, day where it has none."""
    locale = QLocale()
    if locale.language() is QLocale.Language.C:
        return f"{moment:%Y-%m-%d}"
    return locale.toString(QDate(moment.year, moment.month, moment.day), QLocale.FormatType.ShortFormat)


def since(moment: datetime | None, now: datetime) -> str:
    """Return "since 12:04", with the date when it was not today, or ""."""
    if moment is None:
        return ""
    return tr("since {time}", time=clock(moment, now))


def clock(moment: datetime, now: datetime) -> str:
    """Return the time of a moment as the user's locale writes it, with the date when it was not today."""
    local, today = moment.astimezone(), now.astimezone()
    time = QLocale().toString(QTime(local.hour, local.minute), QLocale.FormatType.ShortFormat)
    if local.date() == today.date():
        return time
    return tr("{date}, {time}", date=day(local), time=time)


def ago(moment: datetime | None, now: datetime) -> str:
    """Return "40 s ago", or ""."""
    return "" if moment is None else tr("{length} ago", length=duration(now - moment))


def stage_word(service: ServiceState) -> str:
    """Return the word of a stage that the window shows."""
    if service.stage is Stage.REACHABLE and not service.probed:
        return tr("Ready")
    return {
        Stage.ABSENT: tr("Not started"),
        Stage.STOPPED: tr("Stopped"),
        Stage.STARTING: tr("Starting"),
        Stage.RUNNING: tr("Starting"),
        Stage.REACHABLE: tr("Almost ready"),
        Stage.READY: tr("Ready"),
        Stage.LIMITED: tr("Limited"),
        Stage.DEGRADED: tr("Has trouble"),
        Stage.FAILED: tr("Failed"),
        Stage.UNKNOWN: tr("Unknown"),
    }[service.stage]


def spoken_state(service: ServiceState) -> str:
    """Return what a screen reader says for a service's light: "Speech Engine: ready"."""
    state = {
        Stage.ABSENT: tr("absent"),
        Stage.STOPPED: tr("stopped"),
        Stage.STARTING: tr("starting"),
        Stage.RUNNING: tr("running"),
        Stage.REACHABLE: tr("reachable"),
        Stage.READY: tr("ready"),
        Stage.LIMITED: tr("limited"),
        Stage.DEGRADED: tr("degraded"),
        Stage.FAILED: tr("failed"),
        Stage.UNKNOWN: tr("unknown"),
    }[service.stage]
    return tr("{service}: {state}", service=service.title, state=state)


def state_lines(service: ServiceState, now: datetime) -> tuple[str, str]:
    """Return the two lines of a row's state column: the stage with what was found, and the reason or since when."""
    word = stage_word(service)
    when = since(service.since, now)
    reason = told(service.reason)
    if service.stage is Stage.ABSENT:
        return word, reason
    if service.stage is Stage.FAILED:
        parts = [reason, ago(service.since, now)]
        return word, capitalised(", ".join(part for part in parts if part))
    if not reason:
        return word, when
    return word, reason


def explanation(service: ServiceState, now: datetime) -> str:
    """Return everything about a service's state, for a tooltip or a screen reader."""
    parts = [capitalised(told(service.reason)), capitalised(since(service.since, now))]
    if service.exit_code is not None:
        parts.append(tr("Exit code {code}", code=service.exit_code))
    parts.extend(f"{container.name}: {container.state}" for container in service.containers)
    if service.image:
        parts.append(tr("Image {image}", image=service.image))
    return "\n".join(part for part in parts if part)


def is_main_page(service: ServiceState, page: PageLink) -> bool:
    """Return whether a page stands for its service (the compose file calls it "Open", or by the service's name)."""
    return page.title in {"", "Open", service.title}


def page_words(service: ServiceState, page: PageLink) -> str:
    """Return the words for opening a page: "Open Speech UI", "Open API of Speech Engine"."""
    if is_main_page(service, page):
        return tr("Open {service}", service=service.title)
    return tr("Open {page} of {service}", page=page.title, service=service.title)


def card_name(name: str) -> str:
    """Return a card's name without the maker's words that everybody skips ("RTX 4090")."""
    for skipped in ("NVIDIA GeForce ", "NVIDIA "):
        if name.startswith(skipped):
            return name.removeprefix(skipped)
    return name
