"""Cut a text to what a sealed value has room for."""

import json
import re

ESCAPED = re.compile(r'[\x00-\x1f"\\]')  # what JSON writes with a backslash


def clip(text: str, size: int) -> str:
    """Cut a text, at a character, to so many bytes as it takes in JSON: a control character takes six there."""
    if ESCAPED.search(text):
        return _clip_escaped(text, size)
    if len(text) <= size and text.isascii():
        return text
    data = text.encode("utf-8", "replace")
    return text if len(data) <= size else data[:size].decode("utf-8", "ignore")


def _clip_escaped(text: str, size: int) -> str:
    for end, character in enumerate(text):
        size -= len(json.dumps(character, ensure_ascii=False).encode("utf-8", "replace")) - 2
        if size < 0:
            return text[:end]
    return text
