"""How a stanza gets into a command, from a file or from options, and out of it."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click
from lxml import etree

from xep0184 import xml
from xep0184.cli.ending import ExitCode, say
from xep0184.errors import RemoteError, XMLCode, XMLError
from xep0184.message import Message, MessageType

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from lxml.etree import _Element as LxmlElement  # pyright: ignore[reportPrivateUsage]  # it has no other name

__all__ = ["escaped", "message_of", "print_stanza", "reading", "source_of", "stanza_in"]

_COMMANDS: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters that a terminal may obey: controls, line breaks, changes of direction.

Expat accepts none of them in a name, so all are in text or in values of attributes,
where a character reference may stand.
"""
_VALUES: Final = ("to", "from_", "id", "type", "body")


def source_of(file: str | None, options: Mapping[str, Any], /) -> str | None:
    """Return the file to read, or None if the message is made of values."""
    has_values = any(options.get(name) is not None for name in _VALUES)
    if file is not None and has_values:
        message = "Give a FILE or the values of a message, not both."
        raise click.UsageError(message)
    if has_values:
        return None
    if file is None and sys.stdin.isatty():
        message = "Give a FILE, pipe a stanza, or say --to, --from, --id and --type."
        raise click.UsageError(message)
    return file or "-"


def message_of(options: Mapping[str, Any], /) -> Message:
    """Make the message that the options for its values describe."""
    return Message(
        to=options["to"],
        from_=options["from_"],
        id=options["id"],
        type=MessageType(options["type"] or MessageType.NORMAL),
        body=options.get("body"),
    )


@contextmanager
def reading(file: str, /) -> Generator[None]:
    """Leave with exit code 3 if what is done in here cannot read the file."""
    try:
        yield
    except (OSError, RemoteError) as error:
        say(f"{file}: cannot be read: {error}")
        click.get_current_context().exit(ExitCode.UNREADABLE)


def stanza_in(file: str, /) -> LxmlElement:
    """Parse the one stanza of a file; more than a stanza may hold is not read."""
    with click.open_file(file, "rb") as source:
        octets = source.read(xml.DEFAULT_LIMITS.octets + 1)
    xml.parse(octets)
    # lxml keeps the prefixes, so that the stanza can be written as it was.
    try:
        return etree.fromstring(octets, etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError as error:
        raise XMLError(XMLCode.NOT_WELL_FORMED, error.lineno, error.msg or "") from None


def print_stanza(stanza: bytes, /) -> None:
    """Print a stanza; what a terminal may obey becomes character references."""
    click.echo(escaped(stanza.decode()).encode())


def escaped(stanza: str, /) -> str:
    """Return a stanza in which what a terminal may obey is a character reference."""
    return _COMMANDS.sub(lambda found: f"&#{ord(found[0])};", stanza)
