"""Wheels, Debian packages and lists of what is in them, for the portal alone and for the staff app."""
