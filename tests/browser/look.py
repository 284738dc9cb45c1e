"""Pictures of every face of the public pages, kept small and approved by eye; a page that looks otherwise is told.

`python -m tests.browser.look` approves what the pages look like now: run it after a change that is meant, look at the
sheets in tests/browser/looks/, and commit them. `python -m tests.browser.look sv ar` takes these languages alone, and
`python -m tests.browser.look sv ar about other` these faces alone, laid over the sheets that are there.
Each such time writes the other faces again, a little worse: approve the whole language in the end.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, QUIET
from tests.browser.faces import FACES, Face, standing
from tests.browser.stage import Stage, stage

LOOKS = Path(__file__).parent / "looks"
ORDER = LOOKS / "faces.json"  # where each face lies on a sheet: what comes new is put last
COLUMNS = 10
SCHEMES = ("light", "dark")
STEP = 16  # of 256: a block that is so much lighter or darker is another one
ENOUGH = 0.01  # of the blocks: what letters drawn by another version of a font make at most


@dataclass(frozen=True)
class Size:
    """A window, and how large its picture is on a sheet."""

    name: str
    window: tuple[int, int]
    tile: tuple[int, int]


SIZES = (Size("phone", (360, 740), (72, 800)), Size("desk", (1280, 800), (256, 420)))

# Two frames: what has the focus is drawn with its ring only then, once a window has another size.
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"

# Runs in a page of its own. Blocks are 4 by 4 pixels of a tile: what packing a picture changes is lost in them.
BOARD = """() => {
  const sheets = {};
  const canvas = (width, height) => {
    const made = document.createElement("canvas");
    [made.width, made.height] = [width, height];
    return made.getContext("2d", { willReadFrequently: true });
  };
  const picture = async (kind, bytes) => {
    const image = new Image();
    image.src = `data:image/${kind};base64,${bytes}`;
    await image.decode();
    return image;
  };
  const blocks = (source, x, y, w, h) => {
    const small = canvas(Math.round(w / 4), Math.round(h / 4));
    small.imageSmoothingQuality = "high";
    small.drawImage(source, x, y, w, h, 0, 0, small.canvas.width, small.canvas.height);
    const { data } = small.getImageData(0, 0, small.canvas.width, small.canvas.height);
    return Array.from({ length: data.length / 4 }, (_, at) =>
      0.3 * data[4 * at] + 0.6 * data[4 * at + 1] + 0.1 * data[4 * at + 2]);
  };
  window.open_sheet = async (key, bytes, w, h) => {
    sheets[key] = canvas(w, h);
    if (bytes) sheets[key].drawImage(await picture("webp", bytes), 0, 0);
  };
  const tile = async (bytes, w, h) => {
    const image = await picture("png", bytes);
    const drawn = canvas(w, h);
    drawn.imageSmoothingQuality = "high";
    drawn.drawImage(image, 0, 0, w, (image.height * w) / image.width);
    return drawn.canvas;
  };
  window.put = async (key, bytes, x, y, w, h) => {
    const drawn = await tile(bytes, w, h);
    sheets[key].clearRect(x, y, w, h); // a longer picture that lay there before
    sheets[key].drawImage(drawn, x, y);
  };
  window.differs = async (key, bytes, x, y, w, h, step) => {
    const ours = blocks(await tile(bytes, w, h), 0, 0, w, h);
    const theirs = blocks(sheets[key].canvas, x, y, w, h);
    return ours.filter((one, at) => Math.abs(one - theirs[at]) > step).length / ours.length;
  };
  window.close_sheet = (key) => sheets[key].canvas.toDataURL("image/webp", 0.3).split(",")[1];
}"""


@dataclass(frozen=True)
class Shot:
    """A picture of one face in one window and scheme."""

    face: str
    size: Size
    scheme: str
    png: str  # base64

    def key(self, language: str) -> str:
        """Name the sheet that it lies on."""
        return f"{language}-{self.size.name}-{self.scheme}"


def shots(page: Page, face: Face) -> Iterator[Shot]:
    """Picture a page that stands in its state, in each window, light and dark."""
    for size in SIZES:
        page.set_viewport_size({"width": size.window[0], "height": size.window[1]})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two words
            if face.script:
                page.evaluate(DRAWN)  # where scripts are off no frame calls back
            png = page.screenshot(full_page=True, animations="disabled", caret="hide")
            yield Shot(face.name, size, scheme, base64.b64encode(png).decode("ascii"))


class Board:
    """A page of the browser that lays pictures on sheets and compares them; `names` says where each face lies."""

    def __init__(self, browser: Browser, names: Sequence[str]) -> None:
        self._page = browser.new_page()
        self._page.evaluate(BOARD)
        self._names = names
        self._open: set[str] = set()

    def _place(self, shot: Shot) -> list[int]:
        at, (width, height) = self._names.index(shot.face), shot.size.tile
        return [at % COLUMNS * width, at // COLUMNS * height, width, height]

    def _opened(self, key: str, size: Size, *, blank: bool) -> None:
        if key in self._open:
            return
        kept = LOOKS / f"{key}.webp"
        held = "" if blank else base64.b64encode(kept.read_bytes()).decode("ascii")
        rows = -(-len(self._names) // COLUMNS)
        self._page.evaluate("all => open_sheet(...all)", [key, held, COLUMNS * size.tile[0], rows * size.tile[1]])
        self._open.add(key)

    def lay(self, language: str, shot: Shot, *, blank: bool) -> None:
        """Lay a picture on its sheet: a new one if `blank`."""
        key = shot.key(language)
        self._opened(key, shot.size, blank=blank)
        self._page.evaluate("all => put(...all)", [key, shot.png, *self._place(shot)])

    def differs(self, language: str, shot: Shot) -> float:
        """Return which part of the picture is another than the approved one."""
        key = shot.key(language)
        self._opened(key, shot.size, blank=False)
        part: float = self._page.evaluate("all => differs(...all)", [key, shot.png, *self._place(shot), STEP])
        return part

    def keep(self) -> None:
        """Write the sheets that were laid."""
        for key in self._open:
            (LOOKS / f"{key}.webp").write_bytes(base64.b64decode(self._page.evaluate("key => close_sheet(key)", key)))

    def close(self) -> None:
        """Close the page."""
        self._page.close()


def approved() -> list[str]:
    """Return the faces in the order in which they lie on the sheets."""
    names: list[str] = json.loads(ORDER.read_text("utf-8"))
    return names


def unlike(browser: Browser, lit: Stage, language: str, faces: Sequence[Face]) -> list[str]:
    """Name each picture of these faces that is not as it was approved."""
    board, found = Board(browser, approved()), []
    for face in faces:
        context = lit.visitor(browser, language, java_script_enabled=face.script)
        with standing(context, face, lit) as page:
            parts = [(shot, board.differs(language, shot)) for shot in shots(page, face)]
        found += [f"{shot.key(language)} {face.name}: {part:.1%}" for shot, part in parts if part > ENOUGH]
        context.close()
    board.close()
    return found


def approve(browser: Browser, lit: Stage, languages: Sequence[str], faces: Sequence[Face]) -> None:
    """Write the sheets of these languages anew, or these faces on them."""
    for language in languages:
        board = Board(browser, [face.name for face in FACES])
        for face in faces:
            context = lit.visitor(browser, language, java_script_enabled=face.script)
            with standing(context, face, lit) as page:
                for shot in shots(page, face):
                    board.lay(language, shot, blank=len(faces) == len(FACES))
            context.close()
        board.keep()
        board.close()
    ORDER.write_text(json.dumps([face.name for face in FACES], indent=1) + "\n", "utf-8")


def main() -> None:
    """Approve the languages and faces that are named, or all."""
    named = [face for face in FACES if face.name in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder)) as lit, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        approve(browser, lit, [tag for tag in lit.languages if tag in sys.argv[1:]] or lit.languages, named or FACES)
        browser.close()


if __name__ == "__main__":
    main()
