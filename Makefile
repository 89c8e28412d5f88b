# The ways to run, test and check Firstmile; `make help` lists them.

PORT ?= 8000
HOME_DIR ?= var
PYTHON ?= python3
ARGS ?=

.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# Compiled modules halve the time to start.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
STATIC := src/firstmile/web/static/.vite/manifest.json
NODE_MODULES := frontend/node_modules/.package-lock.json
COUNTERPARTS := tests/node/node_modules/.package-lock.json
PAGES := $(shell find frontend -path frontend/node_modules -prune -o -path frontend/embed/dist -prune -o -type f -print 2>/dev/null)
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check install -qq
COMPILE := $(VENV)/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header \
	--universal --python-version 3.11 pyproject.toml requirements/build.in --extra embedded

.PHONY: help run test check format bench lock clean

help: ## List these commands
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: $(VENV)/run.stamp $(STATIC) ## Start everything with demo data [PORT=8000] [HOME_DIR=var]
	@exec $(VENV)/bin/firstmile up --port $(PORT) --home $(HOME_DIR)

test: $(VENV)/test.stamp $(STATIC) $(COUNTERPARTS) ## Run all tests [ARGS="-k gate"]
	@bin/test-programs
	@$(VENV)/bin/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadgroup $(ARGS)

check: $(VENV)/test.stamp $(NODE_MODULES) ## Check format, lint, types and the arrows between packages
	@echo "ruff format" && $(VENV)/bin/ruff format --check --quiet .
	@echo "ruff check" && $(VENV)/bin/ruff check --quiet .
	@echo "mypy" && $(VENV)/bin/mypy
	@echo "lint-imports" && $(VENV)/bin/lint-imports
	@echo "tsc" && bin/npm --prefix frontend run --silent check

format: $(VENV)/test.stamp ## Format the code and repair what can be repaired
	@$(VENV)/bin/ruff check --quiet --fix-only .
	@$(VENV)/bin/ruff format .

bench: $(VENV)/test.stamp $(STATIC) ## Measure beside peers
	@exec $(VENV)/bin/python -m bench $(ARGS)

lock: $(VENV)/test.stamp ## Pin all dependencies by hash; ARGS=--upgrade for the newest
	@$(COMPILE) $(ARGS) -o requirements/run.txt
	@$(COMPILE) $(ARGS) --extra test --constraint requirements/run.txt -o requirements/test.txt

clean: ## Remove all that was built or installed; your data in HOME_DIR stays
	@rm -rf $(VENV) frontend/node_modules frontend/embed/dist tests/node/node_modules src/firstmile/web/static build dist htmlcov .coverage*
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -o -name '*.egg-info' | xargs rm -rf

$(VENV)/bin/python:
	@PYTHON=$(PYTHON) bin/make-venv $(VENV)

$(VENV)/run.stamp: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what Firstmile needs."
	@$(PIP) --no-deps --require-hashes -r requirements/run.txt
	@$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/test.stamp: requirements/test.txt pyproject.toml clients/python/pyproject.toml | $(VENV)/bin/python
	@echo "Installing what Firstmile and its tests need."
	@$(PIP) --no-deps --require-hashes -r requirements/test.txt
	@$(PIP) --no-build-isolation --no-deps --editable . --editable clients/python
	@touch $(VENV)/run.stamp $@

$(NODE_MODULES): frontend/package.json frontend/embed/package.json frontend/package-lock.json | $(VENV)/run.stamp
	@echo "Installing what the pages are built with."
	@bin/npm --prefix frontend ci --silent --no-audit --no-fund
	@touch $@

$(COUNTERPARTS): tests/node/package.json tests/node/package-lock.json | $(VENV)/run.stamp
	@echo "Installing the programs of others that the tests speak with."
	@bin/npm --prefix tests/node ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

$(STATIC): $(PAGES) $(NODE_MODULES)
	@echo "Building the pages' styles and scripts."
	@bin/npm --prefix frontend run --silent build
	@touch $@
