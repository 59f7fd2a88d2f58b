"""What software centres show of the program: AppStream's metainfo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from bundling.history import Release, plain

IDENTIFIER = "ai.harmony.desktop"
DESKTOP_ENTRY = "harmony-desktop.desktop"
#: More would be read by nobody there; the changelog has them all.
_RELEASES, _NEWS = 10, 12

_PARAGRAPHS = (
    "Harmony lets a character listen, think and speak on your own computer. This is its control panel: a window and a "
    "tray icon that start, stop and watch its services, without a command to type or a file to edit.",
    "It finds your graphics card and picks the matching profile, shows for each service whether it really answers, "
    "says in plain words what is wrong and what helps, updates with a way back, and brings language models in.",
    "It needs Docker, and helps to install it.",
)


def document(releases: Sequence[Release], urls: Mapping[str, str]) -> str:
    """Return the document.

    Args:
        releases: The newest first.
        urls: The project's pages, by AppStream's names of them ("homepage").
    """
    component = ET.Element("component", type="desktop-application")
    _add(component, "id", IDENTIFIER)
    _add(component, "name", "Harmony")
    _add(component, "summary", "Start, stop and watch the Harmony.AI stack")
    _add(component, "metadata_license", "CC0-1.0")
    _add(component, "project_license", "Apache-2.0")
    # Deprecated since AppStream 1.0, whose <developer> is unknown to the versions before it.
    _add(component, "developer_name", "Harmony Desktop maintainers")
    description = _add(component, "description")
    for paragraph in _PARAGRAPHS:
        _add(description, "p", paragraph)
    _add(component, "launchable", DESKTOP_ENTRY, type="desktop-id")
    _add(component, "icon", "harmony-desktop", type="stock")
    for kind, address in sorted(urls.items()):
        _add(component, "url", address, type=kind)
    _add(_add(component, "provides"), "binary", "harmony-desktop")
    categories = _add(component, "categories")
    _add(categories, "category", "Utility")
    _add(component, "content_rating", type="oars-1.1")
    _add(_add(component, "requires"), "display_length", "760", compare="ge")
    recommended = _add(component, "recommends")
    for control in ("keyboard", "pointing"):
        _add(recommended, "control", control)
    listed = _add(component, "releases")
    for release in releases[:_RELEASES]:
        _release(listed, release)
    ET.indent(component)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(component, encoding="unicode") + "\n"


def _release(listed: ET.Element, release: Release) -> None:
    kind = "stable" if release.released else "development"
    made = _add(listed, "release", version=release.version, date=release.date.isoformat(), type=kind)
    if release.news:
        news = _add(_add(made, "description"), "ul")
        for entry in release.news[:_NEWS]:
            _add(news, "li", plain(entry))


def _add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, tag, attributes)
    made.text = text or None
    return made
