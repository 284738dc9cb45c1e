"""The calendar: when somebody may be called, and what is planned, by working names only."""
