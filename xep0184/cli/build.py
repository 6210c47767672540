"""``xep0184 request`` and ``xep0184 ack``: build a stanza, or say why there is none.

The stanza goes to standard output, everything else to standard error.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click
from lxml import etree

from xep0184 import codec, jid, ns, xml
from xep0184.cli.ending import ExitCode, say
from xep0184.cli.style import escaped
from xep0184.deciding import acknowledge
from xep0184.deciding.asking import RequestPolicy, may_request
from xep0184.deciding.situation import AckPolicy, Situation
from xep0184.envelope import unwrap
from xep0184.errors import BuildError, RemoteError, XMLCode, XMLError
from xep0184.ids import fresh_id
from xep0184.message import Message, MessageType
from xep0184.support import Support

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from lxml.etree import _Element as LxmlElement  # pyright: ignore[reportPrivateUsage]  # it has no other name

    from xep0184.jid import JID

__all__ = ["ack", "request"]

_CONSENT: Final = (
    "Say --authorized or --not-authorized: may the sender see your presence? A receipt"
    " shows that you are there (XEP-0184 §8). Say --enabled or --disabled: does the"
    " user want receipts sent? Nobody sends them unless told to (XEP-0184 §7)."
)
_VALUES: Final = (
    click.argument("file", required=False, metavar="[FILE]"),
    click.option("--to", metavar="JID", help="Instead of FILE: its recipient."),
    click.option("--from", "from_", metavar="JID", help="Instead of FILE: its sender."),
    click.option("--id", metavar="ID", help="Instead of FILE: its stanza id."),
    click.option(
        "--type",
        type=click.Choice([type_.value for type_ in MessageType]),
        help="Instead of FILE: its type.",
    ),
)


def _message_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_VALUES):
        command = option(command)
    return command


@click.command()
@_message_options
@click.option("--body", metavar="TEXT", help="Instead of FILE: its text.")
@click.option(
    "--account", type=jid.parse, metavar="JID", help="Your own address, if known."
)
@click.option(
    "--support",
    type=click.Choice([support.value for support in Support]),
    default=Support.UNKNOWN.value,
    show_default=True,
    help="Whether the recipient, a full JID, supports receipts.",
)
@click.option("--groupchat", is_flag=True, help="Ask rooms, too.")
def request(
    file: str | None,
    account: JID | None,
    support: str,
    *,
    groupchat: bool,
    **values: str | None,
) -> None:
    """Let a message ask for a receipt, if it may.

    The message is the stanza in FILE (- is standard input, also if it is piped),
    of which everything is kept; or it is made of --to, --from, --id, --type and
    --body. It gets an id if it has none, and is printed with the request; if it
    may not ask, the exit code is 1.

    Example: xep0184 request --to romeo@example.org --body Hello
    """
    with _refusing():
        element, message = _given_message(file, values)
        ruling = may_request(
            message,
            account=account,
            support=Support(support),
            policy=RequestPolicy(groupchat=groupchat),
        )
        if not ruling:
            _refuse(ruling.rule)
        codec.add_request(element, new_id=fresh_id)
    if ruling.reason == "query-first":
        say(f"yes, but {ruling.rule}")
    _print(etree.tostring(element, encoding="utf-8"))


@click.command()
@_message_options
@click.option(
    "--account",
    type=jid.parse,
    required=True,
    metavar="JID",
    help="Your own address, with the resource if you have one.",
)
@click.option(
    "--authorized/--not-authorized",
    default=None,
    help="Whether the sender may see your presence.  [required]",
)
@click.option(
    "--enabled/--disabled",
    default=None,
    help="Whether receipts are to be sent at all.  [required]",
)
@click.option(
    "--groupchat",
    is_flag=True,
    help="Acknowledge in rooms, too, if --occupant is given.",
)
@click.option(
    "--occupant", type=jid.parse, metavar="JID", help="Who you are in that room."
)
@click.option("--ack-id", metavar="ID", help="The id of the ack; fresh if left out.")
def ack(
    file: str | None,
    account: JID,
    ack_id: str | None,
    occupant: JID | None,
    *,
    authorized: bool | None,
    enabled: bool | None,
    groupchat: bool,
    **values: str | None,
) -> None:
    """Acknowledge a message that asks for a receipt, if that is right.

    The message is the stanza in FILE (- is standard input, also if it is piped),
    as it came from the server; or it is one that asks and has the values --to,
    --from, --id and --type. The ack message is printed; if there is to be none,
    the exit code is 1.

    Example: xep0184 ack --account me@example.org --authorized --enabled in.xml
    """
    if authorized is None or enabled is None:
        raise click.UsageError(_CONSENT)
    situation = Situation(
        account=account,
        authorized=authorized,
        enabled=enabled,
        occupant=occupant,
        policy=AckPolicy(groupchat=groupchat),
    )
    with _refusing():
        element, _ = _given_message(file, values, request=True)
        envelope = unwrap(
            element, account=account, open_queries=(), namespaces=ns.CONTENT
        )
        decision = acknowledge(envelope, situation=situation, id=ack_id)
        if decision.ack is None:
            _refuse(decision.ruling.rule)
        namespace = etree.QName(element).namespace or ns.FRAGMENT
        stanza = codec.serialize(decision.ack, namespace=namespace)
    _print(stanza)


@contextmanager
def _refusing() -> Generator[None]:
    """Say why a stanza cannot be built, and leave with exit code 1."""
    try:
        yield
    except BuildError as error:
        _refuse(error)


def _refuse(reason: object) -> NoReturn:
    say(f"no: {reason}")
    click.get_current_context().exit(ExitCode.FINDINGS)


def _given_message(
    file: str | None, values: Mapping[str, Any], /, *, request: bool = False
) -> tuple[LxmlElement, Message]:
    """Return the message in a file or of values, as its element and what it says."""
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


def _print(stanza: bytes) -> None:
    """Print a stanza; what a terminal may obey becomes character references."""
    click.echo(escaped(stanza.decode()).encode())
