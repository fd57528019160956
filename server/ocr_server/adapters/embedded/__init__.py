"""Everything in one process: no server, no network."""
