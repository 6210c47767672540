"""What a command has counted over all its files; it can be added to another tally."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from rich.text import Text

from xep0184.cli.ending import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Tally"]


class Tally:
    """The counts of a command, in groups.

    Attributes:
        counts: The counts of each group.
        inputs: The framing of each file that was read.
        unreadable: The files that cannot be read.
        doubtful: How many stanzas cannot be read, or prove nothing.
        has_findings: Whether there is anything that is to be corrected.
    """

    def __init__(self) -> None:
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.inputs: dict[str, str] = {}
        self.unreadable: list[str] = []
        self.doubtful: int = 0
        self.has_findings: bool = False

    def order(self, *groups: str) -> None:
        """Determine in which order the groups are told."""
        self.counts.update((group, Counter()) for group in groups)

    def count(self, group: str, name: str, number: int = 1) -> None:
        """Count something in a group."""
        self.counts[group][name] += number

    def add(self, other: Tally, /) -> None:
        """Add what was counted elsewhere, such as in another process."""
        for group, counter in other.counts.items():
            self.counts[group].update(counter)
        self.inputs |= other.inputs
        self.unreadable += other.unreadable
        self.doubtful += other.doubtful
        self.has_findings |= other.has_findings

    @property
    def exit_code(self) -> ExitCode:
        """What the command exits with."""
        if self.unreadable:
            return ExitCode.UNREADABLE
        return ExitCode.FINDINGS if self.has_findings else ExitCode.CLEAN

    @property
    def plain(self) -> dict[str, Any]:
        """The summary for JSON."""
        return {
            **{group: dict(counter) for group, counter in self.counts.items()},
            "inputs": self.inputs,
            "doubtful": self.doubtful,
            "unreadable": len(self.unreadable),
            "exit_code": self.exit_code.value,
        }

    @property
    def lines(self) -> Iterator[Text]:
        """The summary for people: a line for each group in which there is something."""
        for group, counter in self.counts.items():
            told = [f"{number} {name}" for name, number in counter.most_common()]
            if told:
                yield Text(f"{group}: {', '.join(told)}")
        if self.doubtful:
            yield Text(
                f"doubtful: {self.doubtful} that cannot be read, or not be trusted"
            )
