"""What the models in model_repository/ share inside Triton's Python stubs: requests checked, read and answered."""
