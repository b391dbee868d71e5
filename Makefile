# Everything that this repository can do, one word each. `make help` lists the words.
# Each target sets up what it needs; stamps inside .venv and js/node_modules remember what was set
# up, so that a second call goes straight to work.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PYTEST := $(PY) -m pytest

# The bundles are built below, by the rule that knows when they are stale; pip need not do it again.
export HATCH_JUPYTER_BUILDER_SKIP_NPM := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
export npm_config_audit := false
export npm_config_fund := false
export npm_config_update_notifier := false
INSTALL := $(PY) -m pip install -qq --no-input -c constraints.txt

JS_READY := js/node_modules/.ready
BUNDLES := rex_widgets/static/layer-view.js
JS_SOURCES := $(shell find js -name node_modules -prune -o -type f -print 2>/dev/null)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

# ------------------------------------------------------------------------------------- set-up

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, and '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)." \
	    "Name another one: make PYTHON=python3.11 ..." >&2; exit 1; }
	@echo "creating $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "$(PYTHON) cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }

# Not `npm ci`: it insists that the lock file lists optional native builds for every platform, and
# which of them can be had differs from place to place. The versions are the lock file's all the
# same, and --no-save leaves the file alone.
$(JS_READY): js/package.json js/package-lock.json
	@command -v npm >/dev/null || { \
	  echo "npm (with node 20 or newer) is needed to build the front end" >&2; exit 1; }
	@echo "installing the front end's packages"
	@cd js && npm install --no-save --silent || npm install --no-save
	@touch $@

$(BUNDLES): $(JS_READY) $(JS_SOURCES)
	@echo "building the front end"
	@cd js && npm run --silent build
	@touch $@

$(VENV)/.demo-ready: pyproject.toml constraints.txt | $(PY) $(BUNDLES)
	@echo "installing rex_widgets and the demo's packages (a few minutes the first time)"
	@$(INSTALL) -e '.[demo]'
	@touch $@

$(VENV)/.test-ready: pyproject.toml constraints.txt | $(PY) $(BUNDLES)
	@echo "installing rex_widgets and the packages for tests and docs (a few minutes the first time)"
	@$(INSTALL) -e '.[demo,test,docs]'
	@touch $@ $(VENV)/.demo-ready

.PHONY: browser
browser: ## install Chromium by apt-get, if it is missing and you are root
	@if [ -n "$${CHROMIUM:-}" ] || command -v chromium chromium-browser google-chrome >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing Chromium"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  apt-get update -qq >/dev/null && \
	  apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; \
	else \
	  echo "Chromium is missing, so the browser tests cannot run: install it" \
	    "(Debian: apt-get install chromium) or name it in CHROMIUM" >&2; \
	fi

.PHONY: setup
setup: $(VENV)/.test-ready $(BUNDLES) browser ## set up everything that tests, docs and checks need

# -------------------------------------------------------------------------------- what it does

.PHONY: demo
demo: $(VENV)/.demo-ready $(BUNDLES) ## explain the bundled photograph from start to end
	@$(PY) -m rex_widgets.demo

.PHONY: lab
lab: $(VENV)/.demo-ready $(BUNDLES) ## open JupyterLab on the notebooks
	@$(BIN)/jupyter lab notebooks

# ---------------------------------------------------------------------------- tests and checks

.PHONY: test
test: setup test-js ## run every test but the slow ones
	@# thousands of tiny models: threads would spend more on waiting for each other than they save
	@OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1} $(PYTEST) -m "not slow" --ignore=tests/browser
	@# one more try: a browser, a server and a kernel share the machine with whatever else runs
	@$(PYTEST) -m "not slow" --reruns 1 tests/browser

.PHONY: test-slow
test-slow: setup ## run the tests that take long
	@$(PYTEST) -m slow

.PHONY: test-js
test-js: $(JS_READY) ## check the front end's types and run its unit tests
	@cd js && node_modules/.bin/tsc --noEmit && node_modules/.bin/vitest run

$(VENV)/.bench-ready: pyproject.toml constraints.txt | $(VENV)/.test-ready
	@echo "installing the packages that the benchmarks compare with"
	@$(INSTALL) -e '.[bench]'
	@touch $@

.PHONY: bench
bench: setup $(VENV)/.bench-ready ## measure speed and quality (docs/benchmarks.md says what)
	@$(PY) -m tests.benchmarks

.PHONY: lint
lint: $(VENV)/.test-ready ## check style, formatting and the import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo

.PHONY: types
types: $(VENV)/.test-ready ## check the types
	@$(BIN)/mypy

.PHONY: docs
docs: $(VENV)/.test-ready ## build the documentation, warnings as errors
	@$(PY) -m sphinx -q -W --keep-going -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

.PHONY: pictures
pictures: $(VENV)/.test-ready browser ## take the documentation's pictures anew
	@$(PYTEST) -q tests/browser/take_pictures.py tests/browser/take_view_pictures.py -k lab
	@$(PY) -m tests.plots.docs_pictures

# ------------------------------------------------------------------------------------ tidying

.PHONY: clean
clean: ## remove what was built, keep what was installed
	@rm -rf rex_widgets/static dist build reports docs/_build docs/api/generated .pytest_cache \
	  .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find rex_widgets tests notebooks docs -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

.PHONY: distclean
distclean: clean ## remove what was installed, too
	@rm -rf $(VENV) js/node_modules
