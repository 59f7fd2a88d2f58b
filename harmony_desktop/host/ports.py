"""The ports of this machine behind the protocol of the core; what it needs is imported when it is asked."""

# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Collection, Mapping

from harmony_desktop.control.port_records import Binding, PortHolder


class LocalPorts:
    """Implements ``control.port_records.MachinePorts``."""

    def held(self, bindings: Collection[Binding]) -> Mapping[Binding, PortHolder]:
        """Return those that could not be made now, with their holders."""
        from harmony_desktop.host.held_ports import held_ports

        return held_ports(bindings)

    def avoided(self) -> tuple[range, ...]:
        """Return ports that the system hands out by itself, or reserves."""
        from harmony_desktop.host.reserved_ports import avoided_ranges

        return avoided_ranges()

    def privileged(self) -> range:
        """Return the ports that an engine without root's rights cannot publish."""
        from harmony_desktop.host.reserved_ports import privileged_range

        return privileged_range()
