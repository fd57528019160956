"""The model repository once more, for GPUs: the same models under the same names, in half precision."""
