# Everything a person does here, by name. `make` alone explains.

BIN := .venv/bin
IMAGE ?= samples/receipt.png
READY := .venv/.ready

# uv then trusts what the machine trusts, as pip does: a company's proxy has a certificate of its own.
export UV_SYSTEM_CERTS := 1

.DEFAULT_GOAL := help
.PHONY: help setup run serve test lint format unit bench protos lock samples clean

help: ## Show this.
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[1mmake %-9s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  Variables: IMAGE=path ONCE=1 (run), DATA=folder LIMIT=n (bench), T=tests/unit (test)"

setup: $(READY) ## Prepare .venv, Debian packages (as root) and model weights.

$(READY): pyproject.toml requirements/dev.lock tools/setup.sh export/fetch_weights.py export/prune_ctc_head.py
	@sh tools/setup.sh
	@touch $@

run: $(READY) ## Start the server, read IMAGE over gRPC, show the document, serve until Ctrl-C (ONCE=1: end).
	@$(BIN)/ocr-server demo $(IMAGE) $(if $(ONCE),--once)

serve: $(READY) ## Start the server only.
	@$(BIN)/ocr-server serve

test: $(READY) lint ## Check everything: format, lint, types, imports, all tests (T=path for a part).
	$(BIN)/python -m pytest $(T)

lint: $(READY) ## Format, lint, type and import checks.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python protos/generate.py --check

format: $(READY) ## Format the code and fix what can be fixed.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

unit: $(READY) ## Run the fast tests.
	$(BIN)/python -m pytest tests/unit

bench: $(READY) ## Compare speed and accuracy with other engines, side by side.
	$(BIN)/python -m benchmarks.pages $(if $(DATA),--data $(DATA)) $(if $(LIMIT),--limit $(LIMIT))

protos: $(READY) ## Generate server/ocr_server/_pb from protos/.
	$(BIN)/python protos/generate.py

lock: $(READY) ## Resolve the dependencies anew into requirements/.
	$(BIN)/uv pip compile -q pyproject.toml --universal --generate-hashes -o requirements/run.lock
	$(BIN)/uv pip compile -q pyproject.toml --group dev --universal --generate-hashes -o requirements/dev.lock

samples: $(READY) ## Draw the sample images anew.
	$(BIN)/uv run -q --script samples/render.py

clean: ## Remove what was built, not what was fetched.
	rm -rf .ocr .mypy_cache .ruff_cache .pytest_cache .hypothesis $(READY)
