"""Generated from protos/ocr/v1."""
