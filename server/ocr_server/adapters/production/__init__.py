"""Adapters that stand on real servers."""
