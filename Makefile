# The front door: each target sets up what it needs in .venv first.
#   make run            a desk on embedded defaults (ARGS=--once stops after the table)
#   make test           the whole suite (APT=0 installs no Debian package)
#   make check          style, types and the direction of imports
#   make bench          measurements, as ratios against a peer

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
APT ?= 1

.DEFAULT_GOAL := run
.PHONY: run test check bench lock packages

run: $(VENV)/ready
	$(BIN)/privacy-desk demo $(ARGS)

test: $(VENV)/ready-to-test packages
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: $(VENV)/ready-to-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/ready-to-test
	for file in tests/bench/bench_*.py; do $(BIN)/python -m tests.bench.$$(basename $$file .py) || exit 1; done

packages:
	@APT=$(APT) .ci/packages

# Written anew after a change of the dependencies in pyproject.toml.
lock: $(VENV)/ready-to-test
	$(PIP) install uv
	$(BIN)/uv pip compile pyproject.toml --extra postgres --extra telegram --universal --quiet --generate-hashes --no-emit-index-url --no-header \
		--output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra postgres --extra telegram --group test --group check --universal --quiet --generate-hashes \
		--no-emit-index-url --no-header --constraint requirements.lock --output-file .ci/requirements-dev.lock

$(VENV)/ready: requirements.lock pyproject.toml
	@echo "Setting up in $(VENV); the first time this takes a minute or two ..."
	@test -x $(BIN)/python || python3 -m venv $(VENV)
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/ready-to-test: $(VENV)/ready .ci/requirements-dev.lock
	@$(PIP) install --require-hashes --requirement .ci/requirements-dev.lock
	@touch $@
