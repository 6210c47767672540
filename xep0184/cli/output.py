"""Prints what a command finds, and ends it with its exit code."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, NoReturn

import click

from xep0184.quoting import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xep0184.cli.files import Reader
    from xep0184.recordings import Place, Unreadable

__all__ = ["Output", "place_of"]


class Output:
    """Lines for people, or one JSON object a line, of which the last is a summary.

    Attributes:
        is_json: Whether to print JSON.
        broken: How many stretches could not be read.
    """

    def __init__(self, reader: Reader, *, is_json: bool) -> None:
        self.is_json = is_json
        self.broken: int = 0
        self._reader = reader

    def show(self, plain: Mapping[str, object], lines: Iterable[str]) -> None:
        """Print one thing, in one of its two forms."""
        for line in [json.dumps(plain)] if self.is_json else lines:
            click.echo(line)

    def show_broken(self, place: Place, broken: Unreadable) -> None:
        """Print that a stretch could not be read, and count it."""
        self.broken += 1
        error = str(broken.error)
        line = f"{place_of(place)} broken: {printable(error)}"
        self.show({**asdict(place), "broken": error}, [line])

    def finish(
        self, counts: Mapping[str, object], *, is_good: bool, hint: str = ""
    ) -> NoReturn:
        """Print the summary, and leave: 0 clean, 1 findings, 3 an unreadable file.

        Args:
            counts: What was counted.
            is_good: Whether there are no findings.
            hint: What people are told on standard error, if all files were read.
        """
        unreadable = len(self._reader.unreadable)
        code = 3 if unreadable else int(not is_good)
        summary = {**counts, "unreadable": unreadable, "exit_code": code}
        self.show({"summary": summary}, ())
        if hint and not (unreadable or self.is_json):
            click.echo(f"xep0184: {hint}", err=True)
        sys.exit(code)


def place_of(place: Place, /) -> str:
    """Return a place in a few words."""
    return f"{printable(place.file)}:{place.line}: #{place.number}"
