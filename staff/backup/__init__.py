"""Backups of the casebook and of the file of erased ids: made, looked at, put back. docs/envelope.md section 10."""
