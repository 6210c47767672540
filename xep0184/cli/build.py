"""``xep0184 request`` and ``xep0184 ack``: a stanza is built, or the reason named.

The stanza goes to standard output, all talk about it to standard error. Exit
codes: 0 built, 1 the answer is no, 2 usage, 3 input that cannot be read.
"""

from __future__ import annotations

import dataclasses
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click
from lxml import etree

from xep0184 import codec, jid, ns
from xep0184.cli.ending import ExitCode, say
from xep0184.cli.stanzas import (
    message_of,
    print_stanza,
    reading,
    source_of,
    stanza_in,
)
from xep0184.deciding import acknowledge
from xep0184.deciding.asking import RequestPolicy, may_request
from xep0184.deciding.situation import AckPolicy, Address, Situation
from xep0184.envelope import OpenQuery, unwrap
from xep0184.errors import BuildError
from xep0184.ids import fresh_id
from xep0184.message import Message, MessageType
from xep0184.support import Support

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from xep0184.envelope import Envelope
    from xep0184.rules import Ruling

__all__ = ["ack", "request"]

_GUARDS: Final[Mapping[str, str]] = {
    "authorized": "Say --authorized or --not-authorized: may the sender see your"
    " presence? A receipt shows that you are there (XEP-0184 §8), so nothing is"
    " assumed.",
    "enabled": "Say --enabled or --disabled: does the user want receipts sent?"
    " Nobody sends them unless told to (XEP-0184 §7), so nothing is assumed.",
}

_MESSAGE: Final = (
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
    for option in reversed(_MESSAGE):
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
@click.option("--bare/--no-bare", default=True, help="Whether to ask bare JIDs.")
@click.option(
    "--unknown/--no-unknown", default=True, help="Whether to ask before it is known."
)
@click.option("--content-only", is_flag=True, help="Ask only where there is content.")
def request(file: str | None, **options: Any) -> None:  # noqa: ANN401  # click's
    """Let a message ask for a receipt, if it may.

    The message is the stanza in FILE (- is standard input, also if it is piped),
    of which everything is kept; or it is made of --to, --from, --id, --type and
    --body, with a fresh id if none is given. It is printed with the request; if
    it may not ask, the exit code is 1.

    Example: xep0184 request --to romeo@example.org --body Hello
    """
    source = source_of(file, options)
    if source is None:
        print_stanza(_request_of_values(options))
    else:
        print_stanza(_request_of_stanza(source, options))


def _request_of_values(options: Mapping[str, Any]) -> bytes:
    message = message_of(options)
    if message.id is None:
        message = dataclasses.replace(message, id=fresh_id())
    _ensure_yes(_may_request(message, options))
    with _building():
        return codec.serialize(dataclasses.replace(message, request=True))


def _request_of_stanza(source: str, options: Mapping[str, Any]) -> bytes:
    with reading(source):
        element = stanza_in(source)
        message = codec.from_element(element, namespaces=ns.CONTENT)
    _ensure_yes(_may_request(message, options))
    with _building():
        codec.add_request(element)
    return etree.tostring(element, encoding="utf-8")


def _may_request(message: Message, options: Mapping[str, Any]) -> Ruling:
    return may_request(
        message,
        account=options["account"],
        support=Support(options["support"]),
        policy=RequestPolicy(**_fields(RequestPolicy, options)),
    )


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
    "--contact-enabled/--contact-disabled",
    "enabled_for_contact",
    default=None,
    help="The same for this contact, which counts for more.",
)
@click.option("--invisible", is_flag=True, help="You are invisible to the sender.")
@click.option("--first-sight", is_flag=True, help="Archived, but never seen before.")
@click.option("--repeat", is_flag=True, help="It came before, under the same id.")
@click.option(
    "--processed/--not-processed", default=True, help="Whether it was decrypted."
)
@click.option("--room", is_flag=True, help="The sender is in a room.")
@click.option(
    "--occupant", type=jid.parse, metavar="JID", help="Who you are in that room."
)
@click.option(
    "--query",
    "queries",
    type=(jid.parse, str),
    multiple=True,
    metavar="JID ID",
    help="An archive and the id of an open query to it.",
)
@click.option(
    "--address",
    type=click.Choice([address.value for address in Address]),
    default=Address.AS_RECEIVED.value,
    show_default=True,
    help="Where the receipt goes.",
)
@click.option(
    "--groupchat",
    is_flag=True,
    help="Acknowledge in rooms, too, if --occupant is given.",
)
@click.option(
    "--own-resources", is_flag=True, help="Acknowledge your own other clients, too."
)
@click.option(
    "--repeats/--no-repeats",
    default=True,
    help="Whether to acknowledge what came before.",
)
@click.option(
    "--unauthorized",
    is_flag=True,
    help="Acknowledge senders who are not authorized, too.",
)
@click.option("--content-only", is_flag=True, help="Acknowledge only content.")
@click.option("--ack-id", metavar="ID", help="The id of the ack; fresh if left out.")
@click.option("--ack-from", metavar="JID", help="For components: its sender.")
@click.option("--store", is_flag=True, help="Ask servers to keep it (XEP-0334).")
def ack(file: str | None, **options: Any) -> None:  # noqa: ANN401  # click's
    """Acknowledge a message that asks for a receipt, if that is right.

    The message is the stanza in FILE (- is standard input, also if it is piped),
    as it came from the server; or it is one that asks and has the values --to,
    --from, --id and --type. The ack message is printed; if there is to be none,
    the exit code is 1.

    Example: xep0184 ack --account me@example.org --authorized --enabled in.xml
    """
    for guard, text in _GUARDS.items():
        if options[guard] is None:
            raise click.UsageError(text)
    options["address"] = Address(options["address"])
    policy = AckPolicy(**_fields(AckPolicy, options))
    situation = Situation(policy=policy, **_fields(Situation, options))
    source = source_of(file, options)
    if source is None:
        message = dataclasses.replace(message_of(options), request=True)
        print_stanza(_ack(message, situation, options))
    else:
        print_stanza(_ack_of_stanza(source, situation, options))


def _ack_of_stanza(
    source: str, situation: Situation, options: Mapping[str, Any]
) -> bytes:
    queries = [OpenQuery(archive, id_) for archive, id_ in options["queries"]]
    with reading(source):
        element = stanza_in(source)
        envelope = unwrap(
            element,
            account=situation.account,
            open_queries=queries,
            namespaces=ns.CONTENT,
        )
    namespace = etree.QName(element).namespace or ns.FRAGMENT
    return _ack(envelope, situation, options, namespace)


def _ack(
    received: Envelope | Message,
    situation: Situation,
    options: Mapping[str, Any],
    namespace: str = ns.CLIENT,
) -> bytes:
    with _building():
        decision = acknowledge(
            received,
            situation=situation,
            id=options["ack_id"],
            from_=options["ack_from"],
            store=options["store"],
        )
        if decision.ack is None:
            _refuse(decision.ruling.rule)
        return codec.serialize(decision.ack, namespace=namespace)


def _fields(values: type[Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that are named after a field of a dataclass."""
    names = {field.name for field in dataclasses.fields(values)}
    return {name: value for name, value in options.items() if name in names}


@contextmanager
def _building() -> Generator[None]:
    try:
        yield
    except BuildError as error:
        _refuse(error)


def _refuse(reason: object) -> NoReturn:
    say(f"no: {reason}")
    click.get_current_context().exit(ExitCode.FINDINGS)


def _ensure_yes(ruling: Ruling) -> None:
    if not ruling:
        _refuse(ruling.rule)
    if ruling.reason == "query-first":
        say(f"yes, but {ruling.rule}")
