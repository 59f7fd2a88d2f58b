"""Do it, and remember: executor, watcher, logs, state. asyncio only; no Qt, no Docker."""
