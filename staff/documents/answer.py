"""A PDF as an answer: never kept by a browser's cache, named by the working name and nothing else."""

import re

from flask import Response
from werkzeug.utils import secure_filename

NAME = re.compile(r"[^0-9A-Za-zÅÄÖåäöÉéÜü]+")


def pdf(working: str, content: bytes) -> Response:
    """Answer with a file to save; the name holds the letters and digits of the working name."""
    name = NAME.sub("-", working).strip("-")[:40] or "utdrag"
    answer = Response(content, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{secure_filename(name) or 'utdrag'}.pdf")
    return answer
