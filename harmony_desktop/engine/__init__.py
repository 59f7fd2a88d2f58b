"""The only room that imports `docker`: discovery, calls, streams."""
