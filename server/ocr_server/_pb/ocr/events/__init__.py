"""Generated from protos/ocr/events."""
