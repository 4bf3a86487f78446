"""Queries: premises, readings, verdicts with their evidence, and what is built on them."""
