"""Time sealing on a phone six times slower: `python -m tests.client.bench_sealing`. Prints, asserts nothing.

Each figure is from a page that was just opened, so that nothing is compiled yet, as on a phone: the first run is what a
person waits for. Figures to reach: sealing 0.6 s, derivation 0.3 s.
"""

from statistics import median

from tests.client.conftest import browser
from tests.client.stand import stand
from tests.client.test_client_formats import CODE, plain, written
from tests.client.tools import b64, probe, ready
from tests.crypto import made

RUNS = 9
SLOWER = (1, 6)
PAGE = '<!doctype html><title>-</title><script src="/seal.js"></script>'
GIVEN = plain(written({"message": "Hej. Kan ni höra av er? " * 40, "need": ("safety", "talk")}))


def measure(slower: int) -> dict[str, list[float]]:
    """Return milliseconds of derivation and sealing, each from a page of its own."""
    found: dict[str, list[float]] = {"derivation": [], "sealing": []}
    with stand(probe()) as portal, browser() as chromium:
        portal.page = PAGE
        for _ in range(RUNS):
            page = chromium.new_page()
            page.goto(f"{portal.origin}/me")
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
            job = {"do": "time", "given": GIVEN, "roster": b64(made.signed()), "text": CODE}
            answer = page.evaluate("job => probe(job)", job)["ok"]
            for name, times in found.items():
                times.append(answer[name])
            page.close()
    return found


def main() -> None:
    """Measure and print."""
    ready()
    for slower in SLOWER:
        for name, times in measure(slower).items():
            print(f"{slower} × slower: {name:<10} median {median(times):4.0f} ms, worst of {RUNS} {max(times):4.0f} ms")


if __name__ == "__main__":
    main()
