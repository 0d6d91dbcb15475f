# Every command of the project. `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
NAME ?=
SIZE ?= small

.DEFAULT_GOAL := help
.PHONY: help run test check lint bench campaign fmt lock docs

help: ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 20

.venv/run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Fengqiao needs Python 3.11 or newer; name one with: make run PYTHON=/path/to/python3"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what Fengqiao needs, from requirements.lock…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: requirements-dev.lock .venv/run
	@echo "Installing what its tests need, from requirements-dev.lock…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

run: .venv/run ## start Fengqiao with a demo park
	@exec $(BIN)/fengqiao up --demo

test: .venv/dev ## run the whole suite, in random order
	@$(BIN)/python -m pytest

check: lint test ## what CI runs: everything below, then the tests

lint: .venv/dev ## format, style, types, layers, made documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m docs.make --check

campaign: .venv/dev ## the long kill campaign: 200 kills under load
	@FENGQIAO_KILLS=200 $(BIN)/python -m pytest tests/campaign -q

bench: .venv/dev ## speed, as JSON lines; NAME=intake for one, SIZE=small or full
	@$(BIN)/python -m bench $(if $(NAME),--name $(NAME)) --size $(SIZE)

fmt: .venv/dev ## format the code and mend what can be mended by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: .venv/dev ## make the diagrams and tables of docs/ from the code
	$(BIN)/python -m docs.make

lock: ## make the hashed lock files anew (needs uv)
	uv pip compile pyproject.toml --group install --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --group install --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements-dev.lock
