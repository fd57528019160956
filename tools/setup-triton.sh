#!/bin/sh
# Prepares .venv-triton: NVIDIA's tritonserver and what its Python models import, from a lock. Needs .venv. Safe to run again.
set -eu
cd "$(dirname "$0")/.."
environment="${1:-.venv-triton}"
python="$environment/bin/python"

say() { printf '%s\n' "setup-triton: $*" >&2; }

if [ ! -x "$python" ]; then
    say "making $environment"
    python3 -m venv --without-pip "$environment"
fi
say "installing Python packages from requirements/triton.lock"
# Without their dependencies: what those would bring (numpy 2 above all) is not wanted here.
.venv/bin/uv pip install -q --python "$python" --no-deps --require-hashes -r requirements/triton.lock
.venv/bin/uv pip install -q --python "$python" --no-deps -e .
say "done; .venv/bin/ocr-server stack"
