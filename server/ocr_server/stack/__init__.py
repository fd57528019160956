"""A laptop's production: NVIDIA's tritonserver beside the server, started, watched and mended by it."""
