"""Packages: what they are made of, and the whole way of a user with the Debian package (``make test-deb``)."""
