"""Files of a TLS connection to an engine."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where the certificates of a TLS connection lie; a missing authority means the system's own."""

    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    verify: bool = True

    def context(self) -> ssl.SSLContext:
        """Return the TLS settings made of the files. Raises OSError where one cannot be read."""
        context = ssl.create_default_context(cafile=str(self.authority) if self.authority else None)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.certificate and self.key:
            context.load_cert_chain(self.certificate, self.key)
        return context
