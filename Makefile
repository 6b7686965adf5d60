# `make prove` and `make test` need python3.11 (or later), make and a package index; they set up
# whatever is missing. `make help` lists the rest.

PYTHON ?=
PYTHONS := $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup prove test lint doctor clean distclean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make .venv with everything in it, and set up Lean and the provers
	@for python in $(PYTHONS); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    exec "$$python" -I prover/bootstrap.py; \
	  fi; \
	done; \
	echo "lemma: no Python 3.11 or later was found: install it (Debian, Ubuntu:" \
	  "apt-get install python3.11 python3.11-venv), or name it: make PYTHON=/path/to/python" >&2; \
	exit 1

prove: setup ## prove the examples in lean_project/Examples
	@$(BIN)/lemma prove lean_project/Examples

test: setup ## run the tests (ARGS="-k name" for some of them)
	@$(BIN)/python -m pytest $(ARGS)

lint: setup ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/mypy

doctor: setup ## say what was found and works, with the remedy for what does not
	@$(BIN)/lemma doctor

clean: ## remove what was built or cached in this folder, but not .venv
	@rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean ## remove .venv as well
	@rm -rf .venv
