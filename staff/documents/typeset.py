"""Set a paper as PDF/A-2a in a process of its own: JSON comes in by standard input, the PDF leaves by standard output.

Run by its path (staff.documents.paper does), not imported: what the typesetter keeps of the words in its memory ends
with the process, and the process has never held a key. It writes no file. The compiler refuses to make what is not
PDF/A-2a and PDF/UA-1: a missing date, a letter that no font shows.
"""

from __future__ import annotations

import json
import sys
from importlib.resources import as_file, files
from pathlib import Path

import typst

HERE = Path(__file__).parent
TEMPLATES = ("paper", "sheet")  # of the casework; of a share of the recovery key
STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
PROBE = b"""#set document(title: "x", date: datetime(year: 2000, month: 1, day: 1))
#set text(font: "Noto Sans")
#sys.inputs.c"""


class Press:
    """Hold the fonts, and compile with nothing but them: the same paper on every machine."""

    def __init__(self, fonts: str) -> None:
        self._fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts])

    def set(self, source: bytes, **inputs: str) -> bytes:
        """Compile a source with its data; raise TypstError for what would be no PDF/A."""
        press = typst.Compiler(source, font_paths=self._fonts, ignore_system_fonts=True, sys_inputs=inputs)
        made = press.compile(format="pdf", pdf_standards=STANDARDS)
        if not isinstance(made, bytes):
            raise TypeError("a PDF is one file")
        return made

    def shows(self, letter: str) -> bool:
        """Tell whether the fonts can show a letter."""
        try:
            self.set(PROBE, c=letter)
        except typst.TypstError:
            return False
        return True

    def paper(self, data: str, template: str) -> bytes:
        """Set a paper by one of TEMPLATES; a letter that no font shows is named by its number, as on the screen."""
        source = (HERE / f"{template}.typ").read_bytes()
        try:
            return self.set(source, paper=data)
        except typst.TypstError:
            hidden = {letter for letter in set(data) if not letter.isascii() and not self.shows(letter)}
            named = {ord(letter): f"[U+{ord(letter):04X}]" for letter in hidden}
            return self.set(source, paper=data.translate(named))


def main() -> None:
    """Read the paper, write the PDF; the one argument names the template."""
    (template,) = [name for name in TEMPLATES if name in sys.argv[1:]] or TEMPLATES[:1]
    data = json.dumps(json.load(sys.stdin.buffer), ensure_ascii=False)
    with as_file(files("manimgx_fonts")) as fonts:
        sys.stdout.buffer.write(Press(str(fonts)).paper(data, template))


if __name__ == "__main__":
    main()
