#!/bin/sh
# Prepares a fresh machine: Debian packages (as root), .venv from the lock, model weights. Safe to run again.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "setup: $*" >&2; }

# The package to install for each thing that may be missing.
missing=""
command -v python3 >/dev/null 2>&1 || missing="$missing python3"
python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
command -v tesseract >/dev/null 2>&1 || missing="$missing tesseract-ocr tesseract-ocr-eng tesseract-ocr-osd"
ldconfig -p 2>/dev/null | grep -q 'libzbar\.so\.0' || /sbin/ldconfig -p 2>/dev/null | grep -q 'libzbar\.so\.0' \
    || missing="$missing libzbar0"

if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "installing Debian packages:$missing"
        export DEBIAN_FRONTEND=noninteractive
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >/dev/null \
            || say "apt-get failed; what lacks a package stays switched off"
    else
        say "not installed:$missing. To have all engines: sudo apt-get install$missing"
    fi
fi

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { say "Python 3.11 or newer is needed"; exit 1; }
python3 -c 'import ensurepip, venv' 2>/dev/null || { say "python3-venv is needed: apt-get install python3-venv"; exit 1; }

if [ ! -x .venv/bin/python ]; then
    say "making .venv"
    python3 -m venv .venv
fi
[ -x .venv/bin/uv ] || .venv/bin/python -m pip install -q --disable-pip-version-check 'uv>=0.13'

say "installing Python packages from requirements/dev.lock"
.venv/bin/uv pip sync -q --python .venv/bin/python requirements/dev.lock
.venv/bin/uv pip install -q --python .venv/bin/python --no-deps -e .

.venv/bin/python export/fetch_weights.py
say "done; the command is .venv/bin/ocr-server"
