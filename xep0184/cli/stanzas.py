"""How a stanza gets into a command, from a file or from options, and out of it."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, Final

import click
from lxml import etree

from xep0184 import codec, ns, xml
from xep0184.cli.ending import ExitCode, say
from xep0184.errors import RemoteError, XMLCode, XMLError
from xep0184.message import Message, MessageType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element as LxmlElement  # pyright: ignore[reportPrivateUsage]  # it has no other name

__all__ = ["escaped", "given_message", "print_stanza"]

_COMMANDS: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters that a terminal may obey: controls, line breaks, changes of direction.

Expat accepts none of them in a name, so all are in text or in values of attributes,
where a character reference may stand.
"""


def given_message(
    file: str | None, values: Mapping[str, Any], /, *, request: bool = False
) -> tuple[LxmlElement, Message]:
    """Return the message that a command is given, as its element and what it says.

    If the file cannot be read, the command ends.

    Args:
        file: The file that holds it; - and None are standard input.
        values: Its `to`, `from_`, `id`, `type` and perhaps `body`, instead of a file.
        request: Whether a message that is made of values asks for a receipt.

    Raises:
        UsageError: There is a file and a value, or neither.
        BuildError: A value cannot be written.
    """
    if any(value is not None for value in values.values()):
        if file is not None:
            message = "Give a FILE or the values of a message, not both."
            raise click.UsageError(message)
        fields: dict[str, Any] = {**values, "request": request}
        fields["type"] = MessageType(values["type"] or MessageType.NORMAL)
        made = Message(**fields)
        return codec.to_element(made, tree=etree), made
    if file is None and sys.stdin.isatty():
        message = "Give a FILE, pipe a stanza, or say --to, --from, --id and --type."
        raise click.UsageError(message)
    try:
        element = _stanza_in(file or "-")
        return element, codec.from_element(element, namespaces=ns.CONTENT)
    except (OSError, RemoteError) as error:
        say(f"{file or '-'}: cannot be read: {error}")
        click.get_current_context().exit(ExitCode.UNREADABLE)


def _stanza_in(file: str) -> LxmlElement:
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
