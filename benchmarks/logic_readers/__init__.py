"""Readers of published problem sets: questions in the query language, and the answers that the files state."""
