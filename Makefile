# demo        one charging session on this machine alone; FOREVER=1 stays up for playing
# test        everything that fits into 15 minutes; installs what it needs
# test-with-sockets-1, -2, -3, -4, test-without
#             its parts, side by side: most of them wait more than they compute; the fourth opens the pages in a browser
# test-long   what does not fit
# check       ruff, mypy, import-linter
# run         the bridge with CONFIG (config/bridge.yaml), its state in build/
# web         what the pages need beside their sources: browser code of others from npm, the words of other languages
# wheel       the whole program as one file in dist/, pages included
# bench       the figures beside their goals; WRITE=1 puts them into docs/benchmarks.md
# venv        the virtual environment with all tools, in .venv
# pins        newer versions into requirements/*.txt, within what pyproject.toml allows
# clean       removes everything that is made here

PYTHON ?= python3
CONFIG ?= config/bridge.yaml
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
PINNED := $(PIP) install --quiet --require-hashes --only-binary :all:
NODE := tests/e2e/npm
WEB := knx_ocpp_bridge/web
PYTEST := $(BIN)/python -m pytest
# The machine's own pip settings stay out of it: the hashes must be those that everybody gets.
COMPILE := PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS= PIP_EXTRA_INDEX_URL= build/pins/bin/pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --no-header \
  --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.DEFAULT_GOAL := help
.PHONY: help demo test test-with-sockets-1 test-with-sockets-2 test-with-sockets-3 \
  test-with-sockets-4 test-without test-long check run web wheel bench venv tools pins clean

help:
	@sed -n '/^$$/q; s/^# //p' Makefile

demo: .venv/run.stamp $(if $(FOREVER),build/web.stamp)
	$(BIN)/knx-ocpp-bridge demo $(if $(FOREVER),--forever)

test: tools .venv/dev.stamp build/npm.stamp build/web.stamp
	$(MAKE) --no-print-directory check
	$(MAKE) --no-print-directory -j5 --output-sync=target \
	  test-with-sockets-4 test-with-sockets-3 test-with-sockets-2 test-with-sockets-1 test-without

test-with-sockets-1:
	$(PYTEST) tests/e2e/test_[abl-o]*.py -m "not long" -p no:cacheprovider

test-with-sockets-2:
	$(PYTEST) tests/e2e/test_[c-k]*.py -m "not long" -p no:cacheprovider

test-with-sockets-3:
	$(PYTEST) tests/e2e/test_[p-vx-z]*.py tests/octt -m "not long" -p no:cacheprovider

test-with-sockets-4:
	$(PYTEST) tests/e2e/test_w*.py -m "not long" -p no:cacheprovider

test-without:
	$(PYTEST) tests/contract tests/properties tests/unit -m "not long" -p no:cacheprovider

test-long: tools .venv/dev.stamp build/npm.stamp build/web.stamp
	$(PYTEST) -m long

check: .venv/dev.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

run: .venv/run.stamp build/web.stamp
	$(BIN)/knx-ocpp-bridge run --config $(CONFIG) --state build/state --socket build/run/control.sock

web: build/web.stamp

wheel: build/web.stamp
	@rm -f dist/*.whl
	$(PIP) wheel --quiet --no-deps --no-build-isolation --no-index --wheel-dir dist .

bench: tools .venv/dev.stamp build/npm.stamp build/web.stamp
	@tests/tools cc "gcc libc6-dev"
	$(BIN)/python -m benchmarks $(if $(WRITE),--write)

venv: .venv/dev.stamp

.venv/run.stamp: requirements/run.txt requirements/build.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv \
	  || { echo "the venv module is missing: apt-get install python3-venv" >&2; exit 1; }
	$(PINNED) -r requirements/run.txt -r requirements/build.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --no-index --editable .
	@touch $@

.venv/dev.stamp: .venv/assets.stamp requirements/dev.txt requirements/pdf.txt
	$(PINNED) -r requirements/dev.txt -r requirements/pdf.txt
	@touch $@

.venv/assets.stamp: .venv/run.stamp requirements/assets.txt
	$(PINNED) -r requirements/assets.txt
	@touch $@

# The folders are among its sources, so that a catalogue that was taken away counts.
build/web.stamp: .venv/assets.stamp $(wildcard assets/*.*) $(wildcard $(WEB)/words/*/) $(wildcard $(WEB)/words/*/*.po)
	$(BIN)/python -m assets
	@mkdir -p build && touch $@

build/npm.stamp: $(NODE)/package-lock.json | tools
	npm ci --prefix $(NODE) --ignore-scripts --no-audit --no-fund --loglevel=error
	@mkdir -p build && touch $@

tools:
	@tests/tools

pins:
	$(PYTHON) -m venv build/pins
	build/pins/bin/pip install --quiet --upgrade pip pip-tools
	$(COMPILE) --output-file requirements/run.txt pyproject.toml
	$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"], sep="\n")' \
	  | $(COMPILE) --constraint requirements/run.txt --output-file requirements/dev.txt -
	$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["assets"], sep="\n")' \
	  | $(COMPILE) --constraint requirements/run.txt --constraint requirements/dev.txt --output-file requirements/assets.txt -
	$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["pdf"], sep="\n")' \
	  | $(COMPILE) --constraint requirements/run.txt --constraint requirements/dev.txt --output-file requirements/pdf.txt -
	$(COMPILE) --constraint requirements/dev.txt --only-build-deps --build-deps-for editable \
	  --output-file requirements/build.txt pyproject.toml

clean:
	rm -rf .venv build dist $(WEB)/static/vendor $(WEB)/words/*.mo $(NODE)/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
