"""Dealings of a case with others; importing it teaches a case's state and its history our kinds of entries."""

from staff.agencies import steps, telling

__all__ = ["steps", "telling"]
