"""What does it cost to wait for many receipts, and how much memory?"""

from __future__ import annotations

import random
import tracemalloc
from itertools import count as counting
from itertools import cycle
from typing import TYPE_CHECKING, Final

from benchmarks import work
from benchmarks.registry import (
    OURS,
    Amount,
    Goal,
    Session,
    count,
    growth,
    question,
)
from benchmarks.timing import Contender, Times, contender, race
from xep0184 import Message, Received, jid
from xep0184.tracker import Tracker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FEW: Final = "with few pending"
GOALS: Final = (Goal(of=OURS, by=FEW, at_most=2),)


def _sent(number: int) -> Message:
    return Message(to=work.RECIPIENT, id=f"message-{number}", request=True)


def _waiting(pending: int) -> Tracker:
    """Return a tracker that waits for so many receipts, one sent each second."""
    account = jid.parse(work.SENDER)
    tracker = Tracker(account, max_pending=pending + 1, timeout=pending)
    for number in range(pending):
        tracker.sent(_sent(number), number)
    return tracker


def _receive(pending: int) -> Callable[[], object]:
    """Return what confirms one of the pending messages and sends it anew."""
    tracker = _waiting(pending)
    draw = random.Random(184)  # noqa: S311  # a sample, no secret
    chosen = draw.sample(range(pending), min(pending, 10_000))
    pairs = cycle(
        [
            (
                _sent(number),
                Message(
                    from_=work.RECIPIENT, received=(Received(f"message-{number}"),)
                ),
            )
            for number in chosen
        ]
    )

    def receive() -> None:
        message, ack = next(pairs)
        tracker.received(ack, pending)
        tracker.sent(message, pending)

    return receive


def _expire(pending: int) -> Callable[[], object]:
    """Return what sends one more message, a second later, and gives up another."""
    tracker = _waiting(pending)
    seconds = counting(pending)

    def expire() -> None:
        now = next(seconds)
        tracker.sent(_sent(now), now)
        tracker.due(now)

    return expire


def _few_and_many(
    session: Session, prepare: Callable[[int], Callable[[], object]]
) -> Iterator[Contender]:
    yield contender(FEW, prepare(session.scale.pending[0]))
    yield contender(OURS, prepare(session.scale.pending[-1]))


@question("tracker: received, sent", floor=FEW, goals=GOALS, slow=True)
def receive(session: Session) -> Iterator[Contender]:
    """How long for a receipt and a message, with 1,000,000 pending and with 1,000?"""
    yield from _few_and_many(session, _receive)


@question("tracker: sent, due", floor=FEW, goals=GOALS, slow=True)
def expire(session: Session) -> Iterator[Contender]:
    """How long for a message and a deadline, with 1,000,000 pending and 1,000?"""
    yield from _few_and_many(session, _expire)


@growth("Tracker, by pending messages", size="pending messages")
def by_pending(session: Session) -> dict[int, Times]:
    """How does the cost of a receipt and of a deadline grow with what is pending?"""
    works = {"received, sent": _receive, "sent, due": _expire}
    times = race(
        [
            contender(f"{name} {size}", prepare(size))
            for name, prepare in works.items()
            for size in session.scale.pending
        ],
        rounds=session.scale.slow_rounds,
        least=session.scale.least,
    )
    return {
        size: Times({name: times.rounds[f"{name} {size}"] for name in works})
        for size in session.scale.pending
    }


@count
def memory(session: Session) -> Amount:
    """How much memory does a pending message take, itself left out?"""
    pending = session.scale.pending[len(session.scale.pending) // 2]
    messages = [_sent(number) for number in range(pending)]
    tracker = Tracker(jid.parse(work.SENDER), max_pending=pending, timeout=pending)
    tracemalloc.start()
    for number, message in enumerate(messages):
        tracker.sent(message, number)
    octets, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    text = f"bytes an entry beyond the message, at {pending:,} pending"
    why = (
        "Given up on purpose: a message is found by its peer as well as by its id, and"
        " keeps a token and its attempts."
    )
    return Amount("Tracker, memory", text, octets / pending, 500, why)
