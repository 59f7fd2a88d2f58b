"""The installer for Windows, tried under wine (``make test-windows``)."""
