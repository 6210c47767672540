"""The side of the conversation that a peer written in Python has to keep up."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.timing import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def work(name: str) -> bytes:
    """Return the octets of a piece of work."""
    return (Path(sys.argv[1]) / f"{name}.xml").read_bytes()


def count_acks(read: Callable[[bytes], str | None]) -> Callable[[], str]:
    """Return what reads the real mix and counts the messages with a receipt."""
    messages = work("direct").split(b"\n")

    def counted() -> str:
        ids = map(read, messages)
        return str(sum(id_ not in {None, "", "None"} for id_ in ids))

    return counted


def serve(title: str, works: Mapping[str, Callable[[], str | bytes | None]]) -> None:
    """Do what is asked for on the standard input, until that ends."""
    print(title, *works, sep="\t", flush=True)
    for line in sys.stdin:
        order, name, *count = line.rstrip("\n").split("\t")
        if order == "check":
            answer = works[name]()
            text = answer.decode() if isinstance(answer, bytes) else str(answer)
            print(text, flush=True)
        else:
            print(seconds(works[name], int(count[0])), flush=True)
