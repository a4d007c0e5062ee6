# From nothing but make, Python 3.11 or newer and pip. `make run` serves the site, `make test` checks everything.

PYTHON ?= python3
UV ?= uv
BIN := .venv/bin
PIP := $(PYTHON) -m pip --python $(BIN)/python --disable-pip-version-check
LOCKED := $(PIP) install --quiet --no-deps --require-hashes
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.PHONY: run env test test-sqlite test-postgres check cluster lock messages clean
.DEFAULT_GOAL := run

# Options go through UP: make run UP="--port 8080 --no-sample"
run: .venv/ready-to-run
	@exec $(BIN)/verdure up $(UP)

# The environment alone, with what development needs; .venv/bin/verdure is ready.
env: .venv/ready-to-develop

# Everything on SQLite and, beside it, once more on PostgreSQL; where that is not installed, the second run skips all.
test: check
	$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-sqlite test-postgres

test-sqlite: .venv/ready-to-develop
	$(BIN)/python -m pytest

# What it leaves out touches no database: pytest-django lets none of it.
test-postgres: .venv/ready-to-develop
	VERDURE_TEST_DATABASE=postgres $(BIN)/python -m pytest --ignore=tests/engine --ignore=tests/listings/formats

# All that needs no test to run: lint, types, contracts, templates, translations, migrations.
check: .venv/ready-to-develop
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	find verdure -name '*.html' -exec $(BIN)/djade --check --target-version 5.2 {} +
	$(BIN)/python tools/translations.py check
	$(BIN)/python tools/glossary.py
	$(BIN)/verdure makemigrations --check --dry-run

# Three OpenSearch nodes on this machine until Ctrl-C, for trying out SEARCH_URL; needs a JDK and Maven.
cluster: .venv/ready-to-develop
	@exec $(BIN)/python tools/cluster

.venv/ready-to-run: requirements/run.lock requirements/model.lock requirements/build.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Verdure needs Python 3.11 or newer; say which with make PYTHON=...")'
	@echo "Making .venv with the locked packages; this takes a minute or two."
	$(PYTHON) -m venv --without-pip .venv
	$(LOCKED) -r requirements/run.lock -r requirements/model.lock -r requirements/build.lock
	$(PIP) install --quiet --no-deps --no-index --no-build-isolation --editable .
	@touch $@

.venv/ready-to-develop: .venv/ready-to-run requirements/dev.lock
	$(LOCKED) -r requirements/dev.lock
	@touch $@

# After a change of dependencies. Needs uv; the result is read by plain pip.
lock:
	$(COMPILE) pyproject.toml --output-file requirements/run.lock
	$(COMPILE) pyproject.toml --group dev --constraints requirements/run.lock --output-file requirements/dev.lock
	$(COMPILE) requirements/build.in --constraints requirements/dev.lock --output-file requirements/build.lock
	$(COMPILE) requirements/model.in --no-deps --output-file requirements/model.lock

# Brings the catalogues of verdure/locale up to date with the source and compiles them.
messages: .venv/ready-to-develop
	$(BIN)/python tools/translations.py update

# The data folder stays.
clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
