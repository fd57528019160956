#!/bin/sh
# Prepares .venv-servers: PostgreSQL, Valkey (Redis), Tansu (Kafka's protocol) and Swift (S3), from a lock. Needs .venv.
# Safe to run again.
set -eu
cd "$(dirname "$0")/.."
environment="${1:-.venv-servers}"
python="$environment/bin/python"

say() { printf '%s\n' "setup-servers: $*" >&2; }

if [ ! -x "$python" ]; then
    say "making $environment"
    python3 -m venv --without-pip "$environment"
fi
say "installing servers from requirements/servers.lock"
.venv/bin/uv pip install -q --python "$python" --no-deps --require-hashes -r requirements/servers.lock
say "done"
