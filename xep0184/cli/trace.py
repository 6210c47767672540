"""``xep0184 trace``: what a client asked for, who confirmed it, what was refused."""

from __future__ import annotations

import sys
from collections import Counter, deque
from typing import TYPE_CHECKING, Any, Final

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from xep0184 import jid
from xep0184.cli.files import reader_options
from xep0184.quoting import printable, shown
from xep0184.recordings.conversation import Conversation
from xep0184.recordings.directions import bound_account
from xep0184.tracker import IgnoredReason, ReceiptOutcome, TrackCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from xml.etree.ElementTree import Element

    from xep0184.cli.files import Reader
    from xep0184.cli.output import Output
    from xep0184.jid import JID
    from xep0184.recordings.traced import Refused, TracedMessage

__all__ = ["trace"]

_PIPE_WIDTH: Final = 240  # nobody folds a line there
_DOING: Final = "tracing"

_STYLES: Final[Mapping[str, str]] = {
    "delivered": "green",
    "bounced": "red",
    "unconfirmed": "yellow",
}
_WHY: Final[Mapping[str, str]] = {
    ReceiptOutcome.WRONG_SENDER: "it comes from somebody who was not asked",
    ReceiptOutcome.SELF: "it comes from the account itself, which was not asked",
    ReceiptOutcome.UNKNOWN_ID: "nothing was asked under this id",
    IgnoredReason.NO_ID: "it names no message",
    IgnoredReason.ERROR_TYPE: "it is a receipt of the account, returned as an error",
    IgnoredReason.CONFIRMED: "the message was delivered all the same",
    IgnoredReason.CARBON_FORGED: "the carbon does not come from the account's server",
    IgnoredReason.CARBON_SENT: "it is a copy of a receipt of the account",
    IgnoredReason.ARCHIVED: "the archive was not asked for it",
    IgnoredReason.WRAPPED: "it was only forwarded",
}
_UNTRACKED: Final[Mapping[str, str]] = {
    TrackCode.NO_ID: "it has no id",
    TrackCode.NO_REQUEST: "an ack or an error asks for nothing",
    TrackCode.BAD_JID: "to what is no JID",
    TrackCode.PENDING: "another message has this id",
}


@click.command()
@click.argument("sent")
@click.argument("received")
@click.option(
    "--account",
    type=jid.parse,
    metavar="JID",
    help="The account that recorded; else the one its server bound in RECEIVED.",
)
@reader_options
def trace(
    sent: str, received: str, account: JID | None, reader: Reader, output: Output
) -> None:
    """Say which messages in SENT were confirmed in RECEIVED, and by whom.

    SENT and RECEIVED are the two directions of one client's stream, recorded; -
    is standard input. First all of SENT is told, then all of RECEIVED. The exit
    code is 0 if nobody spoke who had not been asked, 1 if somebody did, 2 for a
    wrong call, 3 if a file cannot be read. Of what is refused the first 10,000
    are told, and how many more there are: "more_refused", in JSON.
    """
    if sent == received == "-":
        message = "SENT and RECEIVED cannot both be standard input."
        raise click.UsageError(message)
    incoming = _stanzas(received, reader)
    # RECEIVED is open, with its bar, while SENT is read after its head.
    doing = None if account is None else _DOING
    account = account or _bound(incoming)
    outgoing = _stanzas(sent, reader, doing=doing)
    if account is None:
        deque(outgoing, maxlen=0)  # to say whether it can be read
        if reader.unreadable:
            sys.exit(3)
        message = f"{printable(received)} does not say whose it is; give --account."
        raise click.UsageError(message)
    conversation = _followed(account, outgoing, incoming)
    if reader.unreadable:
        sys.exit(3)
    if output.is_json:
        _show(conversation, output)
    else:
        _print_text(conversation, reader.doubtful)
    output.finish(
        _counts(conversation, reader.doubtful), is_good=not conversation.has_forged
    )


def _stanzas(
    file: str, reader: Reader, *, doing: str | None = _DOING
) -> Iterator[tuple[int, Element]]:
    """Yield the numbered stanzas of a recording, but none that proves nothing."""
    for entry in reader.entries(file, doing=doing):
        if (stanza := entry.evidence) is not None:
            yield entry.place.number, stanza.element


def _bound(incoming: Iterable[tuple[int, Element]]) -> JID | None:
    """Read on until the server says whose stream this is."""
    bound = (bound_account(element) for _, element in incoming)
    return next((found for found in bound if found), None)


def _followed(
    account: JID,
    outgoing: Iterable[tuple[int, Element]],
    incoming: Iterable[tuple[int, Element]],
) -> Conversation:
    conversation = Conversation(account)
    for number, element in outgoing:
        conversation.send(number, element)
    for number, element in incoming:
        conversation.receive(number, element)
    return conversation


def _show(conversation: Conversation, output: Output) -> None:
    for asked in conversation.asked:
        output.show({"asked": _asked(asked)}, ())
    for refused in conversation.refused:
        output.show({"refused": _refused(refused)}, ())


def _counts(conversation: Conversation, broken: int) -> dict[str, object]:
    counts: dict[str, object] = {
        "asked": dict(Counter(asked.state for asked in conversation.asked)),
        "outcomes": dict(conversation.outcomes),
        "broken": broken,
    }
    more = conversation.more_refused
    return {**counts, "more_refused": more} if more else counts


def _asked(asked: TracedMessage) -> dict[str, Any]:
    message = asked.message
    return {
        "number": asked.number,
        "id": message.id,
        "to": message.to,
        "type": message.type.value,
        "times": asked.times,
        "state": asked.state,
        "why": asked.why,
        "confirmed_by": [
            {
                "sender": str(confirmation.sender),
                "how": confirmation.how.value,
                "copies": confirmation.copies,
                "after": asked.after(confirmation),
            }
            for confirmation in asked.confirmations
        ],
    }


def _refused(refused: Refused) -> dict[str, Any]:
    result = refused.result
    return {
        "number": refused.number,
        "id": result.id,
        "sender": None if result.sender is None else str(result.sender),
        "outcome": result.outcome.value,
        "why": refused.why,
        "forged": refused.is_forged,
    }


def _print_text(conversation: Conversation, broken: int) -> None:
    """Print tables; a peer's text is quoted, so that it cannot pose as ours."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    asked = Table("#", "asked of", "id", "became", "by", "after", box=None)
    for it in conversation.asked:
        asked.add_row(*_asked_cells(it))
    console.print(asked)
    if conversation.refused:
        refused = Table("#", "refused of", "id", "because", box=None)
        for each in conversation.refused:
            refused.add_row(*_refused_cells(each))
        console.print()
        console.print(refused)
    if conversation.more_refused:
        console.print(Text(f"… and {conversation.more_refused} more"))
    states = Counter(it.state for it in conversation.asked)
    counts = [f"{number} {state}" for state, number in states.most_common()]
    counts += [f"{broken} that cannot be read"] if broken else []
    console.print()
    console.print(Text(", ".join(counts) or "nothing was asked"))


def _asked_cells(asked: TracedMessage) -> Iterator[Text]:
    why = f": {_UNTRACKED.get(asked.why, shown(asked.why))}" if asked.why else ""
    senders = [shown(str(it.sender)) for it in asked.confirmations]
    delays = [asked.after(it) for it in asked.confirmations]
    yield Text(str(asked.number))
    yield Text(_quoted(asked.message.to))
    yield Text(_quoted(asked.message.id))
    yield Text(f"{asked.state}{why}", style=_STYLES.get(asked.state, ""))
    yield Text("\n".join(senders))
    yield Text("\n".join("" if it is None else f"{it:g} s" for it in delays))


def _refused_cells(refused: Refused) -> Iterator[Text]:
    result = refused.result
    yield Text(str(refused.number))
    yield Text(_quoted(None if result.sender is None else str(result.sender)))
    yield Text(_quoted(result.id))
    yield Text(_WHY[refused.why], style="red" if refused.is_forged else "")


def _quoted(text: str | None) -> str:
    return "" if text is None else shown(text)
