"""Whole commands against the official Compose: up, up with nothing to do, down, ps, config."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.pairs import Comparison
from benchmarks.places import Place

OFFICIAL = "docker compose 5.6.1"


def comparisons(place: Place, flavour: str) -> Iterator[Comparison]:
    """Yield the comparisons that need an engine."""
    engine = f"engine {place.lab.engine.flavour.version}"
    yield Comparison(
        f"up-{flavour}",
        f"`up`, four services, images present, {engine}",
        ours=lambda: place.ours("up"),
        reference=lambda: place.official("up", "-d", "--pull", "missing"),
        against=OFFICIAL,
        budget=0.85,
        before=place.down,
    )
    yield Comparison(
        f"up-again-{flavour}",
        f"`up` with nothing to do, {engine}",
        ours=lambda: place.ours("up"),
        reference=lambda: place.official("up", "-d", "--pull", "missing"),
        against=OFFICIAL,
        before=place.up,
    )
    yield Comparison(
        f"ps-{flavour}",
        f"`ps --format json`, {engine}",
        ours=lambda: place.ours("ps", "--format", "json"),
        reference=lambda: place.official("ps", "--format", "json"),
        against=OFFICIAL,
    )
    yield Comparison(
        f"down-{flavour}",
        f"`down`, {engine}",
        ours=lambda: place.ours("down"),
        reference=lambda: place.official("down"),
        against=OFFICIAL,
        budget=1.25,
        before=place.up,
    )


def config_comparisons(place: Place, folder: Path) -> Iterator[Comparison]:
    """Yield the comparisons of ``config``, which needs no engine."""
    for number in (4, 50, 500):
        at = folder / f"config-{number}"
        at.mkdir(parents=True)
        (at / "docker-compose.yml").write_text(services(number), "utf-8")
        yield Comparison(
            f"config-{number}",
            f"`config --format json`, {number} services",
            ours=lambda at=at: place.ours("config", "--format", "json", cwd=at),  # type: ignore[misc] # a default
            reference=lambda at=at: place.official("config", "--format", "json", cwd=at),  # type: ignore[misc]
            against=OFFICIAL,
            budget=1.0 if number == 500 else None,
        )


def services(number: int) -> str:
    """Return a compose file of so many services, as rich as those of a real stack."""
    parts = ["name: bench", "services:", *(_service(index) for index in range(number)), "volumes: {shared: {}}"]
    return "\n".join(parts) + "\n"


def _service(index: int) -> str:
    needs = f"service-{index - 1}: {{condition: service_started}}" if index else ""
    return f"""  service-{index}:
    image: example/service-{index}:${{TAG:-latest}}
    restart: unless-stopped
    environment: {{NUMBER: "{index}", LEVEL: "${{LEVEL:-info}}", EMPTY: null}}
    labels: ["example.number={index}"]
    ports: ["127.0.0.1:{20000 + index}:80", "{30000 + index}:81/udp"]
    volumes: ["./data/{index}:/data", "shared:/shared:ro"]
    healthcheck: {{test: ["CMD", "true"], interval: 10s, retries: 3}}
    depends_on: {{{needs}}}"""
