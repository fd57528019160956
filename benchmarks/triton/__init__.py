"""What serving by Triton costs and gains: pages, bare models, and ways for lines to reach TrOCR."""
