"""Parts behind the ports: embedded now, production ones beside them."""
