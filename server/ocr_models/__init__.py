"""What sits beside the weights: pre- and post-processing, decoding, batching."""
