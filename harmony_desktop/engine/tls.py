"""Files of a TLS connection to an engine."""

from __future__ import annotations

import ssl
from pathlib import Path

from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import say


class TlsFilesError(OSError):
    """A certificate or key of ours cannot be used; its text tells which and why. Says nothing of the engine."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where the certificates of a TLS connection lie; a missing authority means the system's own."""

    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    verify: bool = True

    def context(self) -> ssl.SSLContext:
        """Return the TLS settings made of the files.

        Raises:
            TlsFilesError: One of them cannot be read, or is no certificate or key.
        """
        try:
            context = ssl.create_default_context(cafile=str(self.authority) if self.authority else None)
        except OSError as error:
            raise TlsFilesError(
                say("{authority} cannot be used: {error}", authority=self.authority, error=_words(error))
            ) from None
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.certificate:
            if self.key is None:
                raise TlsFilesError(say("there is no key.pem for {certificate}", certificate=self.certificate))
            try:
                context.load_cert_chain(self.certificate, self.key)
            except OSError as error:
                raise TlsFilesError(
                    say(
                        "{certificate} and {key} cannot be used: {error}",
                        certificate=self.certificate,
                        key=self.key,
                        error=_words(error),
                    )
                ) from None
        return context


def _words(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or "").replace("_", " ").lower()
        return (
            say("they do not hold what they should ({reason})", reason=reason)
            if reason
            else say("they do not hold what they should")
        )
    return error.strerror or str(error)
