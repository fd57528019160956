"""Tests of training and export: they need the export environment, and are passed over without it."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("torch") and find_spec("transformers") else ["test_*.py"]
