"""How output looks: its format, its colours, and the width it is wrapped to."""

from __future__ import annotations

import os
import re
import shutil
import sys
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final, TextIO

from rich.cells import cell_len
from rich.console import Console

from xep0184._value import value
from xep0184.recordings import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.text import Text

__all__ = ["OutputFormat", "Style", "escaped", "style_of_stdout"]

_KEEPS_ALL: Final = Redactor(None)
_HANGING: Final = 4  # columns, by which a continued line is indented
_WORD: Final = re.compile(r"\s*\S+\s*")

_COMMANDS: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters that a terminal may obey: controls, line breaks, changes of direction.

Expat accepts none of them in a name, so all are in text or in values of attributes,
where a character reference may stand.
"""


class OutputFormat(StrEnum):
    """In which format a command prints what it finds."""

    TEXT = "text"
    """Lines for people."""
    JSON = "json"
    """One JSON object a line, of which the last is a summary."""
    GITHUB = "github"
    """Annotations for workflows of GitHub."""
    SARIF = "sarif"
    """One SARIF 2.1.0 document."""


@value(kw_only=True)
class Style:
    """How output looks.

    Attributes:
        output_format: The format.
        has_colour: Whether there are colours in text.
        width: How many columns there are; None if lines are not to be wrapped.
        redactor: What replaces private texts.
    """

    output_format: OutputFormat
    has_colour: bool
    width: int | None
    redactor: Redactor = _KEEPS_ALL

    def fit(self, line: Text, /) -> Iterator[str]:
        """Yield a line, wrapped between words and without blanks at its end."""
        if self.width is None and not self.has_colour:
            yield line.plain
            return
        indent = _HANGING + len(line.plain) - len(line.plain.lstrip())
        console = _console(self.has_colour)
        for number, part in enumerate(line.divide(self._breaks(line.plain, indent))):
            part.rstrip()
            with console.capture() as capture:
                console.print(part, end="", soft_wrap=True)
            yield " " * (indent if number else 0) + capture.get()

    def _breaks(self, text: str, indent: int) -> Iterator[int]:
        """Yield where a text goes on in the next line, always before a word."""
        if self.width is None:
            return
        column = 0
        for word in _WORD.finditer(text):
            if column and column + cell_len(word[0].rstrip()) > self.width:
                yield word.start()
                column = indent
            column += cell_len(word[0])


@cache
def _console(has_colour: bool, /) -> Console:  # noqa: FBT001
    """Return a console that renders colours; it prints nothing by itself."""
    return Console(
        color_system="standard" if has_colour else None,
        force_terminal=has_colour,
        no_color=not has_colour,
    )


def style_of_stdout(
    output_format: str, colour: str, redactor: Redactor = _KEEPS_ALL
) -> Style:
    """Return the style for standard output as it is.

    Args:
        output_format: The format.
        colour: Whether to use colours: ``always``, ``never``, or ``auto``.
        redactor: What replaces private texts.
    """
    columns = shutil.get_terminal_size().columns
    return Style(
        output_format=OutputFormat(output_format),
        has_colour=_has_colour(colour, sys.stdout),
        width=columns if sys.stdout.isatty() else None,
        redactor=redactor,
    )


def _has_colour(colour: str, stream: TextIO) -> bool:
    """Check whether to use colours, as no-color.org and force-color.org ask."""
    if colour != "auto":
        return colour == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def escaped(stanza: str, /) -> str:
    """Return a stanza in which what a terminal may obey is a character reference."""
    return _COMMANDS.sub(lambda found: f"&#{ord(found[0])};", stanza)
