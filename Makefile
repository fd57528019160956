# Everything a person does here, by name. `make` alone explains.

BIN := .venv/bin
IMAGE ?= samples/receipt.png
READY := .venv/.ready
EXPORT := .venv-export/bin
EXPORT_READY := .venv-export/.ready
TRITON_READY := .venv-triton/.ready
SERVERS_READY := .venv-servers/.ready

# uv then trusts what the machine trusts, as pip does: a company's proxy has a certificate of its own.
export UV_SYSTEM_CERTS := 1

.DEFAULT_GOAL := help
.PHONY: help setup run serve stack stack-full test test-export lint format unit chaos bench bench-lines bench-triton train export export-gpu protos lock samples clean

help: ## Show this.
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[1mmake %-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  Variables: IMAGE=path ONCE=1 (run), DATA=folder LIMIT=n (bench), T=tests/unit (test), SEED=n JOBS=n (chaos), MODEL=id-or-folder NAME=model (export), TO=folder (export-gpu), MINUTES=n (train)"

setup: $(READY) ## Prepare .venv, Debian packages (as root) and model weights.

$(READY): pyproject.toml requirements/dev.lock tools/setup.sh export/fetch_weights.py export/prune_ctc_head.py
	@sh tools/setup.sh
	@touch $@

run: $(READY) ## Start the server, read IMAGE over gRPC, show the document, serve until Ctrl-C (ONCE=1: end).
	@$(BIN)/ocr-server demo $(IMAGE) $(if $(ONCE),--once)

serve: $(READY) ## Start the server only.
	@$(BIN)/ocr-server serve

stack: $(READY) $(TRITON_READY) ## Start Triton and a server that reads with it; Ctrl-C ends both.
	@$(BIN)/ocr-server stack

stack-full: $(READY) $(TRITON_READY) $(SERVERS_READY) ## Start all that production has: Triton, PostgreSQL, Redis, S3, Kafka, our server, WORKERS=n.
	@$(BIN)/ocr-server stack --full $(if $(WORKERS),--workers $(WORKERS))

test: $(READY) $(TRITON_READY) $(SERVERS_READY) lint ## Check everything: format, lint, types, imports, all tests (T=path for a part).
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

chaos: $(READY) $(SERVERS_READY) ## Kill every part at random while jobs run, and judge what is left (SEED=7 JOBS=200).
	@$(BIN)/python -m tests.chaos --seed $(or $(SEED),7) --jobs $(or $(JOBS),200)

bench: $(READY) ## Compare speed and accuracy with other engines, side by side.
	$(BIN)/python -m benchmarks.pages $(if $(DATA),--data $(DATA)) $(if $(LIMIT),--limit $(LIMIT))

bench-lines: $(READY) $(EXPORT_READY) ## Compare the recognizers line by line with others.
	$(EXPORT)/python -m benchmarks.typeface_lines
	$(BIN)/python -m benchmarks.lines $(if $(DATA),--data $(DATA)) $(if $(LIMIT),--limit $(LIMIT))

bench-triton: $(READY) $(TRITON_READY) ## Compare Triton with models in this process, and ways for lines to reach it.
	$(BIN)/python -m benchmarks.triton $(if $(DATA),--data $(DATA)) $(if $(LIMIT),--limit $(LIMIT))

$(TRITON_READY): $(READY) requirements/triton.lock tools/setup-triton.sh
	@sh tools/setup-triton.sh
	@touch $@

$(SERVERS_READY): $(READY) requirements/servers.lock tools/setup-servers.sh
	@sh tools/setup-servers.sh
	@touch $@

$(EXPORT_READY): $(READY) requirements/export.lock requirements/torch.txt tools/setup-export.sh
	@sh tools/setup-export.sh
	@touch $@

train: $(EXPORT_READY) ## Train the compact TrOCR, or go on where it stopped.
	$(EXPORT)/python -m export.train --init export/checkpoints/compact-trocr $(if $(MINUTES),--minutes $(MINUTES))

export: $(EXPORT_READY) ## Turn a TrOCR checkpoint (MODEL) into model_repository/NAME, proven to read alike.
	@$(EXPORT)/python -m export.trocr $(or $(MODEL),--help) $(if $(NAME),--name $(NAME))

export-gpu: $(EXPORT_READY) ## Write the models for GPUs, half precision, into the new folder TO (gpu_repository).
	@$(EXPORT)/python -m export.gpu_repository --to $(or $(TO),gpu_repository)

test-export: $(EXPORT_READY) ## Run the tests of training and export, which need torch.
	$(EXPORT)/python -m pytest tests/export

protos: $(READY) ## Generate server/ocr_server/_pb from protos/.
	$(BIN)/python protos/generate.py

lock: $(READY) ## Resolve the dependencies anew into requirements/.
	$(BIN)/uv pip compile -q pyproject.toml --universal --generate-hashes -o requirements/run.lock
	$(BIN)/uv pip compile -q pyproject.toml --extra triton --extra production --group dev --universal --generate-hashes -o requirements/dev.lock
	$(BIN)/uv pip compile -q pyproject.toml --extra export --group dev --excludes requirements/torch.txt --universal --generate-hashes -o requirements/export.lock
	$(BIN)/uv pip compile -q requirements/servers.in --universal --generate-hashes -o requirements/servers.lock
	grep -E '^(onnxruntime|opencv-python-headless)==' requirements/run.lock | sed 's/ .*//' | $(BIN)/uv pip compile -q --no-deps requirements/triton.in --constraints - --universal --generate-hashes -o requirements/triton.lock

samples: $(READY) ## Draw the sample images anew.
	$(BIN)/uv run -q --script samples/render.py

clean: ## Remove what was built, not what was fetched.
	rm -rf .ocr .mypy_cache .ruff_cache .pytest_cache .hypothesis $(READY)
