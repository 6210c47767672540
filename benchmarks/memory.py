"""Does the memory of ``xep0184 check`` grow with what it reads?

Pipes a generated stream of one size after another into the command and prints what
each run took. No file is written, so the sizes may exceed the disk:
``python benchmarks/memory.py 10 1024`` takes sizes in MiB, these by default.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from itertools import count, islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MIB = 1 << 20
HEADER = (
    b"<stream:stream xmlns='jabber:client'"
    b" xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
)
EXCHANGE = (
    b"<message from='a@example.org/x' id='m%d' to='b@example.org' type='chat'>"
    b"<body>My lord, dispatch; read o'er these articles.</body>"
    b"<request xmlns='urn:xmpp:receipts'/></message>"
    b"<message from='b@example.org/y' id='r%d' to='a@example.org/x'>"
    b"<received xmlns='urn:xmpp:receipts' id='m%d'/></message>"
)
AT_ONCE = 256  # exchanges in one write


class Run(NamedTuple):
    """What one run took."""

    seconds: float
    peak: int
    code: int


def stream(octets: int) -> Iterator[bytes]:
    """Yield a stream document of at least so many octets, in parts."""
    yield HEADER
    written = 0
    numbers = count()
    while written < octets:
        part = b"".join(EXCHANGE % (n, n, n) for n in islice(numbers, AT_ONCE))
        written += len(part)
        yield part
    yield b"</stream:stream>"


def check(octets: int) -> Run:
    """Check a generated stream in a process of its own."""
    command = [sys.executable, "-m", "xep0184", "check", "--quiet", "-"]
    start = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603  # this very interpreter
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    assert process.stdin is not None  # noqa: S101  # a pipe was asked for
    with process.stdin as pipe:
        pipe.writelines(stream(octets))
    # `wait` would not tell the memory of this one child.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    # Kilobytes on Linux, octets on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(seconds, usage.ru_maxrss * unit, process.returncode)


def main(sizes: list[int]) -> None:
    """Print a line for each size in MiB."""
    print(f"{'input':>10} {'peak':>10} {'time':>10}  exit code")
    for size in sizes:
        run = check(size * MIB)
        line = (
            f"{size:6} MiB {run.peak / MIB:6.1f} MiB {run.seconds:8.1f} s  {run.code}"
        )
        print(line, flush=True)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [10, 1024])
