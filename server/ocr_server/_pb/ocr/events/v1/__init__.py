"""Generated from protos/ocr/events/v1."""
