"""Checks and traces the recordings of many accounts on a Dask cluster.

    python distributed_check.py --workers 2 logs/*.log.gz
    python distributed_check.py --scheduler tcp://10.0.0.1:8786 /shared/logs/*.log.gz

A file is a task: a worker gets its path, reads it as a stream, and returns a tally of a
few hundred octets. So a recording may be larger than the memory of a worker, and what
travels does not depend on its size. The paths must mean the same on all machines.

A tally counts once each file whose task has ended. If a worker is lost, Dask runs its
tasks again on another one; a file that ends three workers is reported as an error.
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from distributed import Client, LocalCluster, as_completed

from xep0184.cli.check import Filter, check_file
from xep0184.cli.files import Reader
from xep0184.cli.reporter import Collector
from xep0184.cli.style import OutputFormat, Style
from xep0184.cli.tally import Tally
from xep0184.cli.trace import trace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Work: TypeAlias = Callable[[str, Reader], None]

WORKS: Final[dict[str, Work]] = {
    "check": partial(check_file, Filter(quiet=True), None),
    "trace": trace_file,
}
TEXT: Final = Style(output_format=OutputFormat.TEXT, has_colour=False, width=None)


class Counting(Collector):
    """Counts and prints nothing."""

    def put(self, line: str, /) -> None:
        """Drop a line."""

    def say(self, text: str, /) -> None:
        """Drop what people would be told."""


def tally_of(name: str, file: str) -> tuple[str, Tally]:
    """Return what one command counts in one file."""
    tally = Tally()
    WORKS[name](file, Reader(Counting(TEXT, tally)))
    return name, tally


def tallies_here(files: Iterable[str]) -> dict[str, Tally]:
    """Return the tallies of all commands, from this process alone."""
    totals = {name: Tally() for name in WORKS}
    for file in files:
        for name, total in totals.items():
            total.add(tally_of(name, file)[1])
    return totals


def tallies_of(client: Client, files: Iterable[str]) -> dict[str, Tally]:
    """Return the tallies of all commands, from a cluster."""
    totals = {name: Tally() for name in WORKS}
    tasks = [(name, file) for file in files for name in WORKS]
    # A file may change between two runs, so a result is never taken from an older one.
    futures = client.map(tally_of, *zip(*tasks, strict=True), pure=False)
    for _, (name, tally) in as_completed(futures, with_results=True):
        totals[name].add(tally)
    return totals


def main() -> None:
    """Print the tallies as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--workers", type=int, default=2, help="processes here")
    parser.add_argument("--scheduler", help="the address of a cluster instead")
    parser.add_argument("files", nargs="+", metavar="FILE")
    options = parser.parse_args()
    where = options.scheduler or LocalCluster(
        n_workers=options.workers, threads_per_worker=1, dashboard_address=None
    )
    with Client(where) as client:
        totals = tallies_of(client, options.files)
    told = {name: total.plain for name, total in totals.items()}
    sys.stdout.write(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
