# `make run` and `make test` set up what they need in .venv first.
PYTHON ?= python3
BIN := .venv/bin
SOURCES := $(shell find interface perception parser reasoning solvers datasets -name '*.py' | sort)
LISTED := $(shell printf '%s\n' $(SOURCES) | cksum | cut -d' ' -f1)
PIP := $(BIN)/pip --disable-pip-version-check -qq

.PHONY: run test setup setup-dev lint clean

run: setup
	$(BIN)/abduce train scan --split length

test: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	OMP_NUM_THREADS=1 $(BIN)/python -P -m pytest -n auto --dist worksteal

setup: .venv/installed-$(LISTED)
setup-dev: .venv/installed-dev-$(LISTED)

# An install in strict editable mode links the files that exist: the stamp's name changes with their list.
.venv/installed-$(LISTED): pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing abduce into .venv (once; a minute or two)"
	$(PIP) install --constraint constraints.txt --editable . --config-settings editable_mode=strict
	@touch $@

.venv/installed-dev-$(LISTED): pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing abduce and the tools of its tests into .venv (once; a minute or two)"
	$(PIP) install --constraint constraints.txt --editable '.[dev]' --config-settings editable_mode=strict
	@touch $@ .venv/installed-$(LISTED)

$(BIN)/python:
	$(PYTHON) -m venv .venv

lint: setup-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
