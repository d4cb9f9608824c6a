# Interlingua: `make demo` shows it, `make test` proves it. Both build the environment first.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin

export WANDB_SILENT ?= true
export TOKENIZERS_PARALLELISM ?= false
export HF_HUB_OFFLINE ?= 1

.PHONY: help demo test lint format types docs bench lock clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/'

$(VENV)/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

demo: $(VENV)/.installed  ## pretrain a tiny model on the built-in corpus and watch it compress (10 minutes)
	$(BIN)/python -m train fit --config configs/demo.yaml

test: lint types  ## every check: lint, format, types, tests (15 minutes)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2

lint: $(VENV)/.installed  ## ruff's rules and its format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.installed  ## put the code into ruff's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.installed  ## mypy, strict
	$(BIN)/mypy

docs: $(VENV)/.installed  ## build the pages into docs/_build, warnings are errors
	$(BIN)/python -m sphinx -W --keep-going -q docs docs/_build

bench: $(VENV)/.installed  ## measure speed and memory (tests/benchmarks)
	$(BIN)/python -m tests.benchmarks

lock: $(VENV)/.installed  ## write the installed versions to constraints.txt
	$(BIN)/python -m pip freeze --exclude-editable | sed 's/+cpu$$//' > constraints.txt

clean:  ## remove the environment and what tools left behind
	rm -rf $(VENV) .mypy_cache .ruff_cache *.egg-info docs/_build docs/generated
