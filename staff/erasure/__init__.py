"""Erasure by the municipality's decision: what falls due, what is held, how it goes, and that it stays gone."""
