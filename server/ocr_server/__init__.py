"""An OCR server: images in, checked and structured documents out."""
