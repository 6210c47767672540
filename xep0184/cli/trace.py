"""``xep0184 trace``: what a client asked for, who confirmed it, what was refused."""

from __future__ import annotations

import json
import sys
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from xep0184 import jid, stream
from xep0184.cli.files import format_option, pieces
from xep0184.cli.following import Following, account_of
from xep0184.quoting import printable, shown
from xep0184.tracker import IgnoredReason, ReceiptOutcome, TrackCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from xml.etree.ElementTree import Element

    from xep0184.cli.traced import Refused, TracedMessage
    from xep0184.jid import JID

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
    ReceiptOutcome.SELF: "it comes from one's own account, which was not asked",
    ReceiptOutcome.UNKNOWN_ID: "nothing was asked under this id",
    IgnoredReason.NO_ID: "it names no message",
    IgnoredReason.ERROR_TYPE: "it is a receipt of one's own, come back as an error",
    IgnoredReason.CONFIRMED: "the message was delivered all the same",
    IgnoredReason.CARBON_FORGED: "the carbon is not of one's own account",
    IgnoredReason.CARBON_SENT: "it is a copy of a receipt of one's own",
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
@format_option
def trace(sent: str, received: str, account: JID | None, style: str) -> None:
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
    trouble = _Trouble()
    incoming = _stanzas(received, trouble)
    # RECEIVED is open, with its bar, while SENT is read after its head.
    doing = None if account is None else _DOING
    account = account or _bound(incoming)
    outgoing = _stanzas(sent, trouble, doing=doing)
    if account is None:
        deque(outgoing, maxlen=0)  # for what is to be said if it cannot be read
        _ensure(trouble)
        message = f"{printable(received)} does not say whose it is; give --account."
        raise click.UsageError(message)
    following = _followed(account, outgoing, incoming)
    _ensure(trouble)
    report = _print_json if style == "json" else _print_text
    report(following, trouble.broken)
    sys.exit(following.has_forged)


@dataclass(slots=True)
class _Trouble:
    """The files that cannot be read, and how many stanzas in the others."""

    unreadable: list[str] = field(default_factory=list[str])
    broken: int = 0


def _ensure(trouble: _Trouble) -> None:
    if trouble.unreadable:
        sys.exit(3)


def _stanzas(
    file: str, trouble: _Trouble, *, doing: str | None = _DOING
) -> Iterator[tuple[int, Element]]:
    """Yield the numbered stanzas of a recording; the rest is only counted.

    A recovered stanza may be the text of a message, so it counts as broken.
    """
    for number, piece in pieces(file, trouble.unreadable, doing=doing):
        if isinstance(piece, stream.Broken) or piece.recovered:
            trouble.broken += 1
        else:
            yield number, piece.element


def _bound(incoming: Iterable[tuple[int, Element]]) -> JID | None:
    """Read on until the server says whose stream this is."""
    bound = (account_of(element) for _, element in incoming)
    return next((found for found in bound if found), None)


def _followed(
    account: JID,
    outgoing: Iterable[tuple[int, Element]],
    incoming: Iterable[tuple[int, Element]],
) -> Following:
    following = Following(account)
    for number, element in outgoing:
        following.send(number, element)
    for number, element in incoming:
        following.receive(number, element)
    return following


def _print_json(following: Following, broken: int) -> None:
    """Print one object a line: what was asked, what was refused, the counts."""
    for asked in following.asked:
        click.echo(json.dumps({"asked": _asked(asked)}))
    for refused in following.refused:
        click.echo(json.dumps({"refused": _refused(refused)}))
    states = Counter(asked.state for asked in following.asked)
    counts = {
        "asked": dict(states),
        "outcomes": dict(following.outcomes),
        "broken": broken,
    }
    if following.more_refused:
        counts["more_refused"] = following.more_refused
    click.echo(json.dumps({"summary": counts}))


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


def _print_text(following: Following, broken: int) -> None:
    """Print tables; a peer's text is quoted, so that it cannot pose as ours."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    asked = Table("#", "asked of", "id", "became", "by", "after", box=None)
    for it in following.asked:
        asked.add_row(*_asked_cells(it))
    console.print(asked)
    if following.refused:
        refused = Table("#", "refused of", "id", "because", box=None)
        for each in following.refused:
            refused.add_row(*_refused_cells(each))
        console.print()
        console.print(refused)
    if following.more_refused:
        console.print(Text(f"… and {following.more_refused} more"))
    states = Counter(it.state for it in following.asked)
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
