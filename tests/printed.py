"""What is printed, as a printer draws it and as a phone's camera reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2
import zxingcpp


@contextmanager
def page_of(pdf: bytes, number: int) -> Iterator[pypdfium2.PdfPage]:
    """Lend a page as PDFium draws it."""
    document = pypdfium2.PdfDocument(pdf)
    page = document[number]
    try:
        yield page
    finally:
        page.close()
        document.close()


def scanned(pdf: bytes, number: int, dots: int = 200) -> list[str]:
    """Draw a page with so many dots to the inch and return what every QR code on it says."""
    with page_of(pdf, number) as page:
        grey = page.render(scale=dots / 72, grayscale=True)
        rows = bytes(grey.buffer)
        picture = b"".join(rows[row * grey.stride : row * grey.stride + grey.width] for row in range(grey.height))
        shown = memoryview(picture).cast("B", shape=[grey.height, grey.width])
        found = [code.text for code in zxingcpp.read_barcodes(shown)]
        grey.close()
    return found
