"""Folders: the one mechanism in which all casework is kept. Source: docs/envelope.md section 5.4."""

from staff.folders.drafts import TURN, Drafts
from staff.folders.folder import Folder
from staff.folders.folders import Folders, nothing
from staff.folders.keys import Keys
from staff.folders.making import New, Renewal
from staff.folders.shelf import Card, Shelf

__all__ = ["TURN", "Card", "Drafts", "Folder", "Folders", "Keys", "New", "Renewal", "Shelf", "nothing"]
