"""What a question is, and the list of them.

A question is a function: its docstring asks, its parameter is a `Session`, and it
yields the contenders. The decorator says what comes out as the floor and which
goals are to be met.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from benchmarks.peers.client import Peers
    from benchmarks.timing import Contender, Times

OURS: Final = "xep0184"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is done.

    Attributes:
        rounds: How often each contender is timed.
        slow_rounds: The same, where one operation takes seconds.
        least: How many seconds one timing lasts at least.
        stanzas: How many stanzas the stream has.
        pending: How many messages wait for a receipt, from few to many.
        sizes: How many features and children the growth is measured at.
    """

    rounds: int
    slow_rounds: int
    least: float
    stanzas: int
    pending: tuple[int, ...]
    sizes: tuple[int, ...]


FULL: Final = Scale(
    rounds=101,
    slow_rounds=11,
    least=0.005,
    stanzas=100_000,
    pending=(1_000, 10_000, 100_000, 1_000_000),
    sizes=(1, 3, 10, 30, 100, 300, 1_000),
)
FAST: Final = Scale(
    rounds=3,
    slow_rounds=2,
    least=0.0005,
    stanzas=400,
    pending=(100, 1_000),
    sizes=(3, 10),
)


@dataclass(frozen=True, slots=True)
class Session:
    """What a question is put to: how much is done, and who is there.

    Attributes:
        scale: How much is done.
        peers: The peers that are installed.
    """

    scale: Scale
    peers: Peers


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A bound on how many times as long as another one a contender takes.

    Attributes:
        of: The contender whose time is divided.
        by: The contender it is divided by.
        at_most: The upper bound, if there is one.
        at_least: The lower bound, if there is one.
        least: A contender that does a part of what xep0184 cannot leave out.
        why: What stands in the way, told where the goal is missed.
    """

    of: str
    by: str
    at_most: float | None = None
    at_least: float | None = None
    least: str = ""
    why: str = ""

    def __str__(self) -> str:
        most = "" if self.at_most is None else f" ≤ {self.at_most:g}"
        least = "" if self.at_least is None else f" ≥ {self.at_least:g}"
        return f"{self.of} / {self.by}{most}{least}"

    def is_met(self, ratio: float) -> bool:
        """Say whether a ratio keeps the bound."""
        below = self.at_most is None or ratio <= self.at_most
        return below and (self.at_least is None or ratio >= self.at_least)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is compared with what.

    Attributes:
        title: A few words.
        text: The question.
        ask: Yields the contenders.
        floor: The contender that does the least that has to be done.
        goals: What is to be achieved.
        slow: Whether one operation takes seconds.
    """

    title: str
    text: str
    ask: Callable[[Session], Iterable[Contender]]
    floor: str
    goals: tuple[Goal, ...]
    slow: bool


@dataclass(frozen=True, slots=True)
class Amount:
    """Something that is counted, not timed.

    Attributes:
        title: A few words.
        text: What was counted.
        value: How much it was.
        at_most: How much it may be.
        why: What stands in the way, told if it is more.
    """

    title: str
    text: str
    value: float
    at_most: float
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How the cost grows with the size.

    Attributes:
        title: A few words.
        text: The question.
        size: What the size is counted in.
        measure: Returns the times at each size.
    """

    title: str
    text: str
    size: str
    measure: Callable[[Session], dict[int, Times]]


QUESTIONS: Final[list[Question]] = []
COUNTS: Final[list[Callable[[Session], Amount]]] = []
GROWTHS: Final[list[Growth]] = []


def question(
    title: str, /, *, floor: str, goals: tuple[Goal, ...] = (), slow: bool = False
) -> Callable[[Callable[[Session], Iterable[Contender]]], object]:
    """Put a function that yields contenders on the list of questions."""

    def register(ask: Callable[[Session], Iterable[Contender]]) -> object:
        asked = Question(
            title=title,
            text=inspect.getdoc(ask) or "",
            ask=ask,
            floor=floor,
            goals=goals,
            slow=slow,
        )
        QUESTIONS.append(asked)
        return ask

    return register


def count(ask: Callable[[Session], Amount]) -> Callable[[Session], Amount]:
    """Put a function that counts something on the list."""
    COUNTS.append(ask)
    return ask


def growth(
    title: str, /, *, size: str
) -> Callable[[Callable[[Session], dict[int, Times]]], object]:
    """Put a function that measures at several sizes on the list of growths."""

    def register(measure: Callable[[Session], dict[int, Times]]) -> object:
        text = inspect.getdoc(measure) or ""
        GROWTHS.append(Growth(title=title, text=text, size=size, measure=measure))
        return measure

    return register
