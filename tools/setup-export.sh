#!/bin/sh
# Prepares .venv-export, where TrOCR is trained and exported, from its lock. Needs .venv. Safe to run again.
set -eu
cd "$(dirname "$0")/.."
environment="${1:-.venv-export}"
python="$environment/bin/python"

say() { printf '%s\n' "setup-export: $*" >&2; }

if [ ! -x "$python" ]; then
    say "making $environment"
    python3 -m venv "$environment"
fi

say "installing Python packages from requirements/export.lock"
.venv/bin/uv pip install -q --python "$python" --no-deps --require-hashes -r requirements/export.lock
say "installing torch"
# uv asks PyTorch's own index for the build that suits the machine; behind a mirror there is what pip is set up for.
.venv/bin/uv pip install -q --python "$python" --torch-backend=auto -r requirements/torch.txt 2>/dev/null \
    || "$python" -m pip install -q -r requirements/torch.txt
.venv/bin/uv pip install -q --python "$python" --no-deps -e .
say "done; $environment/bin/python -m export.trocr --help"
