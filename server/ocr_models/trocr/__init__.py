"""Reads lines with a TrOCR network: an image encoder looks once, a decoder writes token after token."""
