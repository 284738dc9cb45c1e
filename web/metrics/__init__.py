"""Figures for the one who runs a machine: what a crowd does, and never what a person does."""
