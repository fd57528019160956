"""Pure nouns of the house: geometry, documents, money, barcodes, jobs, errors. Standard library and numpy only."""
