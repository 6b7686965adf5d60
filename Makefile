# `make prove` and `make test` need python3.11 (or later), make and a package index; they set up
# whatever is missing. `make help` lists the rest.

PYTHON ?=
PYTHONS := $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup setup-prove results prove test lint doctor bench-lean bench-fol bench-search-core bench-search bench-minimise bench-data bench-retrieval bench-eval bench-neural small clean distclean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z -]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: BOOTSTRAP := --development
setup setup-prove: ## make .venv, with everything or what proving needs; Lean and the provers
	@for python in $(PYTHONS); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    exec "$$python" -I prover/bootstrap.py $(BOOTSTRAP); \
	  fi; \
	done; \
	echo "lemma: no Python 3.11 or later was found: install it (Debian, Ubuntu:" \
	  "apt-get install python3.11 python3.11-venv), or name it: make PYTHON=/path/to/python" >&2; \
	exit 1

prove: setup-prove ## prove the examples in lean_project/Examples
	@$(BIN)/lemma prove lean_project/Examples || [ $$? -eq 1 ]  # 1: not every theorem was proved

test: setup ## run the tests (ARGS="-k name" for some of them)
	@$(BIN)/python -m pytest $(ARGS)

lint: setup ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/mypy

doctor: setup-prove ## say what was found and works, with the remedy for what does not
	@$(BIN)/lemma doctor

bench-lean: setup ## speed and memory of the Lean server and its client (JSON on the last line)
	@$(BIN)/python -m tests.benchmarks.bench_lean $(ARGS)

bench-fol: setup ## provers, portfolio and certificates (JSON on the last line)
	@$(BIN)/python -m tests.benchmarks.bench_fol $(ARGS)

bench-search-core: setup ## what search itself costs (JSON on the last line)
	@$(BIN)/python -m tests.benchmarks.bench_search_core $(ARGS)

bench-search: setup ## the search strategies on real theorems (JSON on the last line)
	@$(BIN)/python -m tests.benchmarks.bench_search $(ARGS)

bench-minimise: setup ## how much shorter proofs become (ARGS=the output of lemma prove --json --no-minimise)
	@$(BIN)/python -m tests.benchmarks.bench_minimise $(ARGS)

bench-data: setup ## the data synthesizer (JSON on the last line)
	@$(BIN)/python -m tests.benchmarks.bench_data $(ARGS)

bench-retrieval: setup ## premise retrieval (ARGS="--data DIR"; JSON on the last line)
	@$(BIN)/python -m tests.benchmarks.bench_retrieval $(ARGS)

bench-eval: setup ## the runner and its reports (JSON on the last line)
	@$(BIN)/python -m tests.benchmarks.bench_eval $(ARGS)

results: setup ## put the results of tests/benchmarks/results into README.md
	@$(BIN)/python -m tests.benchmarks.results_table $(ARGS)

bench-neural: setup ## the small model: speed, and what it adds to the rules (ARGS="--out FILE")
	@$(BIN)/python -m tests.benchmarks.bench_neural $(ARGS)

OUT ?= out/small
COUNT ?= 250
small: setup ## train a small model anew on COUNT theorems, and measure it (COUNT=2216: as shipped)
	@$(BIN)/lemma generate saturate --count 60 --resume --out $(OUT)/axioms.jsonl \
	  -o tasks=entailment,selection -o renderings=tptp || [ $$? -eq 1 ]
	@$(BIN)/lemma train explore --problems $(OUT)/axioms.jsonl --count 40 --out $(OUT)/first-order
	@$(BIN)/lemma train explore --count $(COUNT) --out $(OUT)/library
	@$(BIN)/lemma train generator --config prover/training/recipes/small.toml --resume \
	  --records $(OUT)/library/records.jsonl --records $(OUT)/first-order/records.jsonl \
	  --out $(OUT)/model
	@$(BIN)/lemma eval core-library --split validation --count 20 --resume \
	  --generator "mixture:small?model=$(OUT)/model+symbolic" --budget tactics=32 \
	  --out $(OUT)/validation || [ $$? -eq 1 ]

clean: ## remove what was built or cached in this folder, but not .venv
	@rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean ## remove .venv as well
	@rm -rf .venv
