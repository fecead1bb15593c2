# Every target sets up what it needs itself: `make run` and `make test` work in a fresh clone.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
MINUTES ?= 30

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench train assets tesseract

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

setup: $(READY) ## Make .venv with respell in it

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Respell needs Python 3.11, this is {sys.version}")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet -c constraints.txt torch
	$(BIN)/pip install --quiet -c constraints.txt -e ".[dev]"
	@touch $@

run: $(READY) ## Change a word in the sample picture; the result is out/cafe_sign.png
	@mkdir -p out
	$(BIN)/respell edit examples/cafe_sign.jpg --find OPEN --text BUSY --out out/cafe_sign.png
	@echo "before: $(CURDIR)/examples/cafe_sign.jpg"
	@echo "after:  $(CURDIR)/out/cafe_sign.png"

test: $(READY) tesseract ## Run the tests
	$(BIN)/python -m pytest

check: $(READY) ## Lint, formatting, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY) ## Run every benchmark of benchmarks/
	@set -e; for benchmark in benchmarks/*.py; do echo "== $$benchmark"; $(BIN)/python "$$benchmark"; done

train: $(READY) assets/index.json ## Train both stages, MINUTES each, going on with what is in runs/
	$(BIN)/respell train autoencoder --max-minutes $(MINUTES) \
	  $$(if [ -f runs/autoencoder/progress.json ]; then echo --resume; else echo --out; fi) runs/autoencoder
	$(BIN)/respell train inpainting --max-minutes $(MINUTES) --autoencoder runs/autoencoder \
	  $$(if [ -f runs/inpainting/progress.json ]; then echo --resume; else echo --out; fi) runs/inpainting

assets: assets/index.json ## Collect fonts, photographs and words for training from Debian's packages

assets/index.json: models/data/packages.txt | $(READY)
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq; \
	  grep -v '^#' models/data/packages.txt | xargs apt-get install -y -qq --no-install-recommends; \
	else echo "not root, or no apt-get: taking what is installed of models/data/packages.txt"; fi
	$(BIN)/respell assets --out assets

# The second, independent reader of the tests.
tesseract:
	@if ! command -v tesseract >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    { apt-get update -qq && apt-get install -y -qq --no-install-recommends tesseract-ocr; } \
	      || echo "Tesseract can't be installed: the tests that read with it are skipped"; \
	  else echo "Tesseract is not installed: the tests that read with it are skipped"; fi; fi
