"""What is read does not stay: memory is the same for ten times the input."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MIB = 1 << 20
ALLOWANCE = 4 * MIB  # what an allocator may need more on another day
STATUS = Path("/proc/self/status")

# The peak of the process since it became this program. `getrusage` would count what
# the process was before: a copy of pytest.
PROGRAM = """if True:
    import sys
    from pathlib import Path
    from xep0184 import stream

    PART = b"".join(
        b"<message id='%d'><body>my lord</body>"
        b"<request xmlns='urn:xmpp:receipts'/></message>" % n
        for n in range(1000)
    )

    class Source:
        def __init__(self, octets):
            self.left = octets
            self.rest = b"<stream:stream xmlns:stream='http://etherx.jabber.org/streams'>"

        def read(self, size):
            while len(self.rest) < size and self.left > 0:
                self.rest += PART
                self.left -= len(PART)
            octets, self.rest = self.rest[:size], self.rest[size:]
            return octets

    kept = []
    count = 0
    for piece in stream.read(Source(int(sys.argv[1]))):
        count += piece.element.tag == "message"
        if "keep" in sys.argv:
            kept.append(piece)
    status = Path("/proc/self/status").read_text().split()
    print(count, status[status.index("VmHWM:") + 1])
"""


def measured(octets: int, *arguments: str) -> tuple[int, int]:
    """Return how many stanzas a process of its own reads, and its peak in octets."""
    command = [sys.executable, "-c", PROGRAM, str(octets), *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    count, kilobytes = map(int, run.stdout.split())
    return count, kilobytes * 1024


@pytest.mark.heavy
@pytest.mark.usefixtures("unmeasured")
@pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells the peak")
def test_memory_does_not_grow_with_the_input() -> None:
    """Ten times the stanzas take the memory of one time, unless they are kept."""
    few, base = measured(3 * MIB)
    many, peak = measured(30 * MIB)
    kept, hoard = measured(3 * MIB, "keep")
    assert many > 9 * few
    assert peak - base < ALLOWANCE
    assert kept == few
    assert hoard - base > 5 * ALLOWANCE
