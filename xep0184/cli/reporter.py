"""Prints what a command finds, in any format, and ends it with its exit code."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from xep0184.cli.ending import say
from xep0184.cli.formats import JSON_VERSION, PRINTERS, sarif_head, sarif_tail
from xep0184.cli.style import OutputFormat

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xep0184.cli.item import Item
    from xep0184.cli.style import Style
    from xep0184.cli.tally import Tally

__all__ = ["Collector", "Reporter"]


class Reporter:
    """The one way in which commands print.

    Args:
        style: How the output looks.
        tally: The counts of the command.

    Attributes:
        style: How the output looks.
        tally: The counts of the command, which `finish` prints.
    """

    def __init__(self, style: Style, tally: Tally) -> None:
        self.style = style
        self.tally = tally
        self._printed = 0  # lines

    def show(self, item: Item, /) -> None:
        """Print one thing that was found."""
        told = item.redacted(self.style.redactor)
        for line in PRINTERS[self.style.output_format](told, self.style):
            self.put(line)

    def report(self, item: Item, /) -> None:
        """Print one thing that was found, and count its findings."""
        for finding in item.findings:
            self.tally.count("findings", finding.code)
        self.show(item)

    def put(self, line: str, /) -> None:
        """Print a line that is in the format already."""
        if self.style.output_format is OutputFormat.SARIF:
            line = f",\n{line}" if self._printed else f"{sarif_head()}\n{line}"
        self._printed += 1
        sys.stdout.write(f"{line}\n")

    def put_json(self, **told: object) -> None:
        """Print a JSON object, if that is the format."""
        if self.style.output_format is OutputFormat.JSON:
            self.put(json.dumps({"version": JSON_VERSION, **told}))

    def say(self, text: str, /) -> None:
        """Tell people something on standard error."""
        sys.stdout.flush()
        say(text)

    def repeat(self, lines: Iterable[tuple[bool, str]], /) -> None:
        """Print the lines of a `Collector`."""
        for is_said, line in lines:
            if is_said:
                self.say(line)
            else:
                self.put(line)

    def show_unreadable(self, file: str, reason: str) -> None:
        """Tell that a file cannot be read, and count it."""
        self.tally.unreadable.append(file)
        self.put_json(file=file, unreadable=reason)
        self.say(f"{file}: cannot be read: {reason}")

    def finish(self, hint: str = "") -> NoReturn:
        """Print the summary, and leave with the exit code of the tally.

        Args:
            hint: What people are told on standard error, if all files were read.
        """
        self.put_json(summary=self.tally.plain)
        if self.style.output_format is OutputFormat.SARIF:
            head = "" if self._printed else sarif_head()
            sys.stdout.write(f"{head}{sarif_tail(self.tally)}\n")
        elif self.style.output_format is OutputFormat.TEXT:
            self._finish_text(hint)
        click.get_current_context().exit(self.tally.exit_code)

    def _finish_text(self, hint: str) -> None:
        for number, line in enumerate(self.tally.lines):
            if self._printed and not number:
                self.put("")
            for part in self.style.fit(line):
                self.put(part)
        if hint and not self.tally.unreadable:
            self.say(hint)


class Collector(Reporter):
    """Collects what another process is to print.

    Attributes:
        lines: The lines, and whether each is for standard error.
    """

    def __init__(self, style: Style, tally: Tally) -> None:
        super().__init__(style, tally)
        self.lines: list[tuple[bool, str]] = []

    def put(self, line: str, /) -> None:
        """Keep a line that is in the format already."""
        self.lines.append((False, line))

    def say(self, text: str, /) -> None:
        """Keep what people are to be told."""
        self.lines.append((True, text))
