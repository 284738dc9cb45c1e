"""Figures: what a team has done in a half-year, told so that nobody is told."""
