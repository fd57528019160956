"""Programs that read pages for the benchmark, each in its own process. The peers' run in the peers' environment."""
