# Set-up, demonstration, tests. `make` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := .stamps
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python
PORT ?= 8042
# More than cores: workers wait for the database and for browsers half of the time.
JOBS ?= 3

.DEFAULT_GOAL := help
.PHONY: help demo demo-ready test check lock migration setup setup-dev viewer browser ohif schemas clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: setup viewer ## run the sample study: database, ingest, server, viewer (PORT=8042)
	@$(BIN)/casebook demo --port $(PORT)

demo-ready: setup viewer ## make the demonstration's data without serving them
	@$(BIN)/casebook demo --no-serve

test: setup-dev viewer browser ohif schemas ## run every test
	@cd viewer && ../$(BIN)/python ../scripts/node.py npm run --silent test
	$(BIN)/pytest -n $(JOBS) --dist worksteal

check: setup-dev $(STAMPS)/npm ## style, types, imports, migrations, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy benchmarks
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -q -n 0 tests/store/test_schema.py
	$(BIN)/python scripts/openapi.py --check viewer/openapi.json
	@cd viewer && ../$(BIN)/python ../scripts/node.py npm run --silent types:check
	@cd viewer && ../$(BIN)/python ../scripts/node.py npm run --silent check
	$(BIN)/python scripts/check_locks.py

setup: $(STAMPS)/runtime ## install what running needs
setup-dev: $(STAMPS)/dev ## install what developing needs
viewer: $(STAMPS)/viewer ## build the viewer

browser: setup-dev ## install Chromium for the browser tests where that is possible
	@$(BIN)/python scripts/browser.py

ohif: $(STAMPS)/ohif ## fetch OHIF's published build, the foreign client that DICOMweb is tested with

schemas: $(STAMPS)/schemas ## fetch CDISC's schema of Dataset-JSON, which exports are tested with

lock: $(STAMPS)/venv ## pin and hash the dependencies anew (no download addresses)
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --group build -q -o requirements/runtime.txt
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --group build --group dev -q -o requirements/dev.txt

migration: setup-dev ## write the migration for what changed in tables.py (MESSAGE="what it does")
	$(BIN)/python scripts/migration.py "$(MESSAGE)"

clean: ## remove everything that was made, the demonstration's data too
	rm -rf $(VENV) $(STAMPS) viewer/node_modules viewer/dist tests/ohif/node_modules var

$(STAMPS)/venv: requirements/bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Casebook needs Python 3.11 or newer; $(PYTHON) is older. Name a newer one: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/runtime: requirements/runtime.txt pyproject.toml $(STAMPS)/venv
	$(INSTALL) --require-hashes -r requirements/runtime.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/dev: requirements/dev.txt $(STAMPS)/runtime
	$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

$(STAMPS)/npm: viewer/package.json viewer/package-lock.json $(STAMPS)/runtime
	@cd viewer && ../$(BIN)/python ../scripts/node.py npm ci --silent --no-audit --no-fund
	@touch $@

# 50 MB of a stranger's program: where it cannot be had, its tests are skipped and say so.
$(STAMPS)/ohif: tests/ohif/package.json tests/ohif/package-lock.json $(STAMPS)/runtime
	@cd tests/ohif && ../../$(BIN)/python ../../scripts/node.py npm ci --silent --no-audit --no-fund && touch ../../$@ || \
	  echo "OHIF could not be fetched: its tests will be skipped."

# Files of a package that itself needs a newer Python: it is laid down, and nothing of it is run.
$(STAMPS)/schemas: requirements/schemas.txt $(STAMPS)/venv
	@$(INSTALL) --target $(STAMPS)/cdisc --python-version 3.12 --no-deps --only-binary :all: --require-hashes -r $< && touch $@ || \
	  echo "CDISC's schema could not be fetched: its test will be skipped."

$(STAMPS)/viewer: $(STAMPS)/npm $(shell find viewer/src viewer/public -type f 2>/dev/null) viewer/index.html viewer/vite.config.ts viewer/tsconfig.json
	@cd viewer && ../$(BIN)/python ../scripts/node.py npm run --silent build
	@touch $@
