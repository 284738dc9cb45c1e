"""Make one HTML page to be kept as a file: no script, no address in it, nothing but its own style."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"

Drawn = Markup  # a picture that was escaped when it was drawn


def paper(folder: str, name: str, style: str, values: Mapping[str, object]) -> str:
    """Render `folder`/`name` with its style inside.

    `style` is a file's name in the same folder. The policy allows this very style by its hash and nothing else: the
    file asks for nothing from anywhere, and whatever was slipped into it would not run.
    """
    loader = PrefixLoader({folder: FileSystemLoader(TEMPLATES / folder)})
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    text = (TEMPLATES / folder / style).read_text("utf-8")
    hashed = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'"
    # Safe: the style is a file of ours, and must stand byte for byte as it was hashed.
    return environment.get_template(f"{folder}/{name}").render(values, style=Markup(text), policy=policy)  # noqa: S704  # as said above
