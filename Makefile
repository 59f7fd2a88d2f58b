# Harmony Desktop. Each target does its own set-up; "make help" lists them.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
#: Test processes; each of those that need it has a Docker engine of its own. One more than the usual two cores: tests on
#: an engine mostly wait for it.
JOBS ?= 3
PYTEST_ARGS ?=
#: For instance DEMO_ARGS="--gpu --flavour new".
DEMO_ARGS ?=
#: The environment that bundles are made in, with packaging/requirements.lock alone.
PACKAGE_VENV ?= build/package-venv
PACKAGE_BIN := $(PACKAGE_VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
#: What goes before the payload of an AppImage.
RUNTIME ?=
FUZZ_SECONDS ?= 600
#: For instance BENCH_ARGS="--only up --only down --quick", BENCH_ARGS="--minutes 40 --bundle build/bundle/harmony-desktop".
BENCH_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run demo test bench storm pictures screenshots check fuzz format lock translations clean deb test-deb deb-twice \
  appimage windows test-windows macos bill release run-packages test-packages package-packages test-package-packages \
  windows-packages
# System packages come before the virtual environment that needs them.
.NOTPARALLEL:

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "  make %-14s %s\n", $$1, $$2}'

run: run-packages $(VENV)/run.stamp ## open the panel
	@packaging/system/display.sh
	@$(BIN)/python -m harmony_desktop

demo: test-packages $(VENV)/dev.stamp ## open the panel on the test lab: a real engine, tiny stand-in services
	@packaging/system/display.sh
	@$(BIN)/python -m tests.lab demo $(DEMO_ARGS) -- packaging/system/demo.sh $(abspath $(BIN)/python)

test: test-packages $(VENV)/dev.stamp check ## lint, type-check, run all tests, those on a real engine included
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(PYTEST_ARGS)

bench: test-packages $(VENV)/dev.stamp ## measure against the official Compose and a bare window (half an hour, quiet machine)
	@mkdir -p build
	$(BIN)/python -m benchmarks --json build/benchmarks.json --markdown build/benchmarks.md $(BENCH_ARGS)

fuzz: ## fuzz the loader of compose files, guided by coverage (FUZZ_SECONDS=600)
	$(PYTHON) -m venv $(VENV)/fuzz
	$(VENV)/fuzz/bin/pip install --quiet --disable-pip-version-check atheris PyYAML pytest hypothesis
	$(VENV)/fuzz/bin/python -m tests.stack.coverage_fuzz -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 \
	  -max_len=4096 -print_final_stats=1

storm: test-packages $(VENV)/dev.stamp ## the long forms: interruptions at every step, 100 kills, every fault (half an hour)
	HARMONY_STORM=1 $(BIN)/python -m pytest -n $(JOBS) --timeout 3600 tests/engine/test_interrupted_up.py tests/faults \
	  $(PYTEST_ARGS)

pictures: test-packages $(VENV)/dev.stamp ## take the reference pictures of the gallery anew (then look at what has changed)
	HARMONY_PICTURES=write $(BIN)/python -m pytest -n 0 tests/ui/test_pictures.py

screenshots: test-packages $(VENV)/dev.stamp ## pictures of every page from the real window on the test lab, into build/screenshots (ONLY=light)
	$(BIN)/python -m tests.lab run -- $(abspath $(BIN)/python) -m tests.desktop.screenshots build/screenshots $(ONLY)

deb: package-packages $(PACKAGE_VENV)/stamp ## the package for Debian and Ubuntu, into dist/
	PYTHONPATH=packaging:. $(PACKAGE_VENV)/bin/python -m bundling deb

appimage: package-packages $(PACKAGE_VENV)/stamp ## the AppImage, into dist/ (RUNTIME=FILE; without it the payload alone)
	PYTHONPATH=packaging:. $(PACKAGE_VENV)/bin/python -m bundling appimage $(RUNTIME)

test-deb: test-package-packages $(VENV)/dev.stamp deb ## the whole way of a user with the package, on clean systems
	HARMONY_PACKAGES=1 PACKAGE_VENV=$(PACKAGE_VENV) $(BIN)/python -m pytest -n 0 tests/packaging $(PYTEST_ARGS)

deb-twice: package-packages ## make the package twice, in different places, and compare the bytes
	packaging/system/twice.sh

windows: windows-packages $(PACKAGE_VENV)/stamp ## the installer for Windows, into dist/ (elsewhere under wine, for tests)
	PYTHONPATH=packaging $(PACKAGE_BIN)/python -m bundling.windows

test-windows: windows $(VENV)/dev.stamp ## try the installer of "make windows": install, open, upgrade, remove (under wine elsewhere)
	HARMONY_WINDOWS=1 $(BIN)/python -m pytest -n 0 --timeout 900 tests/windows $(PYTEST_ARGS)

macos: $(PACKAGE_VENV)/stamp ## the application and disk image for macOS, into dist/ (on a Mac)
	PACKAGE_PYTHON=$(PACKAGE_BIN)/python packaging/macos/build.sh

bill: $(PACKAGE_VENV)/stamp ## the software bill of materials of this system's packages, into dist/
	PYTHONPATH=packaging $(PACKAGE_BIN)/python -m bundling.bill dist

release: ## checksums, changes and the document of releases for what is in dist/ (packages of all systems)
	PYTHONPATH=packaging $(PYTHON) -m bundling.release dist

windows-packages:
	@packaging/system/debian.sh windows

package-packages:
	@packaging/system/debian.sh package

test-package-packages:
	@packaging/system/debian.sh test-package

run-packages:
	@packaging/system/debian.sh run

test-packages:
	@packaging/system/debian.sh test

check: $(VENV)/dev.stamp ## lint and type-check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/dev.stamp ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

translations: $(VENV)/dev.stamp ## bring the catalogues of translations up to date, and compile them
	$(BIN)/python packaging/translations.py

lock: ## renew requirements.lock and packaging/requirements.lock (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --group dev pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --constraint requirements.lock --group package pyproject.toml -o packaging/requirements.lock

clean: ## remove what was built
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

# A virtual environment with the panel alone.
$(VENV)/run.stamp: pyproject.toml requirements.lock | $(BIN)/python
	@test -e $(VENV)/dev.stamp || $(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements.lock -e .
	@$(BIN)/python -m compileall -q harmony_desktop
	@touch $@

# The same with all that developing and testing need, exactly as locked.
$(VENV)/dev.stamp: pyproject.toml requirements.lock | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q harmony_desktop # where the environment keeps Python from doing it
	@touch $@

# What makes bundles, and what goes into them, exactly as locked.
$(PACKAGE_VENV)/stamp: packaging/requirements.lock
	$(PYTHON) -m venv --clear $(PACKAGE_VENV)
	$(PACKAGE_BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r packaging/requirements.lock
	@touch $@

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
