"""From text lines to typed fields: one rule of arithmetic or layout a function."""
