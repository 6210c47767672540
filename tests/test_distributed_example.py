"""The example for Dask, in a cluster of processes on this machine."""

from __future__ import annotations

import gzip
import importlib
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if "dask" in os.environ.get("XEP0184_STACKS", ""):
    importlib.import_module("distributed")
else:
    pytest.importorskip("distributed", exc_type=ImportError)

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES: Final = Path(__file__).parent.parent / "examples"
LIMIT: Final = 300_000_000  # octets of memory for a worker
PAIR: Final = (
    "SENT: <message to='k@b.lit' id='{0}'><body>hi</body>"
    "<request xmlns='urn:xmpp:receipts'/></message>\n"
    "RECV: <message from='{1}' to='a@c.lit/x' id='r{0}'>"
    "<received xmlns='urn:xmpp:receipts' id='{0}'/></message>\n"
)
NOISE: Final = b"10:00:00 DEBUG nothing to do at this moment, so the event loop waits\n"

# Dask ends its threads and sockets later than the test that began them.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "default")


@pytest.fixture(scope="module")
def example() -> Iterator[Any]:
    """Import the example where the workers can import it, too."""
    sys.path.insert(0, str(EXAMPLES))
    yield importlib.import_module("distributed_check")
    sys.path.remove(str(EXAMPLES))


def cluster(workers: int) -> Any:  # noqa: ANN401
    """Return a cluster of worker processes with little memory each."""
    return importlib.import_module("distributed").LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        memory_limit=LIMIT,
        dashboard_address=None,
    )


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Return recordings of 24 accounts, and one that is larger than a worker.

    Each has four messages of which three are confirmed; every third one has a forged
    receipt for the last message, the others have none.
    """
    names = []
    for number in range(24):
        last = PAIR.format(4, "eve@evil.lit/x")
        last = last if number % 3 == 0 else last.partition("\n")[0] + "\n"
        text = "".join(PAIR.format(id_, "k@b.lit/x") for id_ in (1, 2, 3)) + last
        names.append(tmp_path / f"{number}.log")
        names[-1].write_text(text.replace("a@c.lit", f"a{number}@c.lit"))
    # A gzip file may be several after one another.
    large = tmp_path / "large.log.gz"
    noise = gzip.compress(NOISE * 60_000, 1)
    with large.open("wb") as output:
        output.write(gzip.compress(PAIR.format(1, "k@b.lit/x").encode()))
        for _ in range(LIMIT // (len(NOISE) * 60_000) + 1):
            output.write(noise)
        output.write(gzip.compress(PAIR.format(2, "k@b.lit/x").encode()))
    return [*map(str, names), str(large)]


def assert_tallied(totals: dict[str, Any]) -> None:
    """Compare tallies with what `files` says."""
    trace, check = totals["trace"], totals["check"]
    assert trace.counts["asked"] == {"delivered": 24 * 3 + 2, "unconfirmed": 24}
    assert trace.counts["refused"] == {"wrong-sender": 8}
    assert check.counts["kinds"] == {"request": 24 * 4 + 2, "ack": 24 * 3 + 8 + 2}
    assert len(trace.inputs) == len(check.inputs) == 25
    assert (trace.unreadable, check.unreadable) == ([], [])


def test_a_cluster_counts_what_one_process_counts(
    example: Any,  # noqa: ANN401
    files: list[str],
) -> None:
    """Also in a recording that is larger than the memory of a worker."""
    here = example.tallies_here(files)
    assert_tallied(here)
    distributed = importlib.import_module("distributed")
    with cluster(2) as workers, distributed.Client(workers) as client:
        totals = example.tallies_of(client, files)
    assert {name: it.plain for name, it in totals.items()} == {
        name: it.plain for name, it in here.items()
    }


def test_a_worker_that_is_killed_changes_no_tally(
    example: Any,  # noqa: ANN401
    files: list[str],
) -> None:
    """While it has work; what it had begun is done again."""
    distributed = importlib.import_module("distributed")
    killed: list[int] = []

    def kill(client: Any) -> None:  # noqa: ANN401
        pids = client.run(os.getpid)
        while not killed:
            busy = [it for it, tasks in client.processing().items() if tasks]
            if busy:
                os.kill(pids[busy[0]], signal.SIGKILL)
                killed.append(pids[busy[0]])
            time.sleep(0.01)

    with cluster(2) as workers, distributed.Client(workers) as client:
        killer = threading.Thread(target=kill, args=(client,))
        killer.start()
        totals = example.tallies_of(client, files)
        killer.join()
        assert killed[0] not in client.run(os.getpid).values()
    assert_tallied(totals)
