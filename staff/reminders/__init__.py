"""Reminders: a letter that says that something waits, and nothing else."""
