"""Generated from protos/ocr."""
