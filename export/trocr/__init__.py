"""Any TrOCR checkpoint becomes two quantized graphs, proven to write what PyTorch writes."""
