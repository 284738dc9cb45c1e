"""Keep the memory of a process that holds unlocked keys away from the rest of the machine, as far as Linux lets it.

What remains possible is in docs/threat-model.md: whoever is root reads any process.
"""

import ctypes
import resource
import sys

PR_GET_DUMPABLE, PR_SET_DUMPABLE = 3, 4  # linux/prctl.h


def harden() -> bool:
    """Allow no core dump and no other process of the same user to look in; tell whether both hold now.

    Not dumpable: no debugger attaches, and /proc shows neither memory nor environment to the app's own user. Elsewhere
    than on Linux only the core limit holds.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        return False
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    return hardened()


def hardened() -> bool:
    """Tell whether this process can leave no core and lets nobody look in."""
    no_core = resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
    return no_core and sys.platform == "linux" and ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0
