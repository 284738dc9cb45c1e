"""What fails beside the requests is told by its class and its place: no trace reaches the journal."""

import subprocess
import sys

CANARY = "kanariefågel"
FAILS = """
import logging, sys, threading
from web.quiet import hush

logging.basicConfig(format="%(message)s")
{hush}

class Dropped:
    def __del__(self):
        raise LookupError(sys.argv[1])

def sweep():
    raise KeyError(sys.argv[1])

thread = threading.Thread(target=sweep, name=sys.argv[1])
thread.start()
thread.join()
Dropped()
logging.getLogger("utvag.web").error("%d", sys.argv[1])
raise ValueError(sys.argv[1])
"""


def failing(hush: str) -> str:
    """Give what a program says whose thread, destructor, line of the log and end all fail over a canary."""
    told = subprocess.run(
        [sys.executable, "-c", FAILS.format(hush=hush), CANARY], capture_output=True, text=True, check=False
    )
    assert told.returncode == 1
    return told.stderr


def test_no_failure_beside_the_requests_tells_its_words() -> None:
    """Each is named once, by its class and where in the program it came."""
    assert failing("hush()").splitlines() == [
        "failed: a thread: KeyError at <string>:13",
        "failed: what nobody waits for: LookupError at <string>:10",
        "failed: the program: ValueError at <string>:20",
    ]


def test_python_itself_would_tell_them() -> None:
    """The canary is there to be found: without us it stands in all four traces."""
    said = failing("")
    assert said.count(CANARY) >= 4
    assert said.count("Traceback") >= 3
