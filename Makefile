# Evenhold: everything a person types. `make` alone lists the targets.
# Needed: make, git, Python 3.11 or newer with venv (Debian 12: apt install make git python3 python3-venv).

PYTHON ?= python3
VENV := .venv
STATE := .evenhold
PIP := $(VENV)/bin/python -m pip --quiet --disable-pip-version-check --no-input
UV ?= uv

.DEFAULT_GOAL := help
.PHONY: help run plan test lint simulate crash prove cassettes bench bench-ledger lock clean distclean

# List the targets.
help:
	@awk '/^# /{ if (text == "") text = substr($$0, 3); next } \
	      /^[a-z-]+:/{ if (text != "") printf "make %-13s %s\n", substr($$1, 1, index($$1, ":") - 1), text } \
	      { text = "" }' Makefile

# Start Evenhold: a sample household, yours (CONFIG=FILE), or one in Google, Todoist and CalDAV (DEMO=mixed).
# The shell is replaced by Evenhold, so that Ctrl-C reaches it directly and make has nothing to complain about.
run: $(VENV)/.installed-run
	@$(if $(filter mixed,$(DEMO)),exec $(VENV)/bin/python -m tests.emulators --folder $(STATE)/mixed, \
	  exec $(VENV)/bin/evenhold run $(if $(CONFIG),--config "$(CONFIG)"))

# Show item by item what `make run` would do; touches nothing.
plan: $(VENV)/.installed-run
	@$(VENV)/bin/evenhold plan $(if $(CONFIG),--config "$(CONFIG)")

# Check everything: the linters below, then the tests. ARGS="-k name" narrows the tests.
test: lint
	@$(VENV)/bin/python -m pytest $(ARGS)

# Check style, types and import contracts only.
lint: $(VENV)/.installed-dev
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

# Play SEEDS=n histories of a household under all faults, from FIRST=n on; JSON=FILE writes the figures too.
simulate: $(VENV)/.installed-dev
	@$(VENV)/bin/python -m tests.simulation --seeds $(or $(SEEDS),20000) --first $(or $(FIRST),0) --workers 2 \
	  $(if $(JSON),--json "$(JSON)")

# Cut a run at every boundary of IO, and kill the real daemon KILLS=n times; JSON=FILE writes the figures too.
crash: $(VENV)/.installed-dev
	@$(VENV)/bin/python -m tests.crash --kills $(or $(KILLS),200) $(if $(JSON),--json "$(JSON)")

# Plant bugs in the engine, one at a time, and see each caught; JSON=FILE writes the figures too.
prove: $(VENV)/.installed-dev
	@$(VENV)/bin/python -m tests.prove $(if $(JSON),--json "$(JSON)")

# Record the connectors' tapes again (NAMES="todoist ..." some), or with ACCOUNTS=FILE from accounts of your own.
cassettes: $(VENV)/.installed-dev
	@$(VENV)/bin/python -m tests.cassettes record $(NAMES) $(if $(ACCOUNTS),--accounts "$(ACCOUNTS)")

# Measure against a raw client and vdirsyncer; JSON=FILE writes the figures as one object too.
bench: $(VENV)/.installed-dev
	@$(VENV)/bin/python -m tests.bench $(if $(JSON),--json "$(JSON)")

# Measure a ledger of a million entries, and a pass over a large collection; JSON=FILE writes the figures too.
bench-ledger: $(VENV)/.installed-dev
	@$(VENV)/bin/python -m tests.bench.ledger $(if $(JSON),--json "$(JSON)")

# Settings of this machine are left out on purpose: the hashes are the public registry's, and no host is written.
LOCK := env -u UV_INDEX -u UV_INDEX_URL -u UV_DEFAULT_INDEX -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile --quiet --no-config --upgrade --universal \
	--python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --group build

# Renew both locks from pyproject.toml (newest versions within its ranges); needs uv (pipx install uv).
lock:
	@command -v $(UV) >/dev/null || { echo "make lock needs uv. Install it (pipx install uv) or name it: make lock UV=PATH" >&2; exit 1; }
	@$(LOCK) --output-file requirements.lock pyproject.toml
	@$(LOCK) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

# Remove Evenhold's state, caches and build products; the next `make run` starts afresh.
clean:
	@test ! -e $(STATE)/run.lock || flock --nonblock $(STATE)/run.lock true || \
	  { echo "Evenhold is running on $(STATE): stop it first, with Ctrl-C where it runs." >&2; exit 1; }
	@rm -rf $(STATE) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -path ./$(VENV) -prune -o -type d -name __pycache__ -exec rm -rf {} +

# Remove the virtual environment too.
distclean: clean
	@rm -rf $(VENV)

# The environment. Each stamp is older than its lock exactly when something has to be installed again.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Evenhold needs Python 3.11 or newer as $(PYTHON). Name another one: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "Python's venv module is not installed. On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "The virtual environment could not be made. On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }

# --no-deps with --require-hashes: what the lock names is all that comes in. --no-build-isolation builds the project
# itself with the setuptools from the lock.
$(VENV)/.installed-run: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what Evenhold needs into $(VENV) (first time, or after an update) ..."
	@$(PIP) install --require-hashes --no-deps -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable . && rm -rf build *.egg-info
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what Evenhold and its tests need into $(VENV) (first time, or after an update) ..."
	@$(PIP) install --require-hashes --no-deps -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable . && rm -rf build *.egg-info
	@touch $@ $(VENV)/.installed-run
