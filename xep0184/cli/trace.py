"""``xep0184 trace``: what an account asked for, who confirmed it, what was refused."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import click
from rich.text import Text

from xep0184 import jid
from xep0184.cli.files import files_argument, reader_options
from xep0184.cli.formats import JSON_VERSION
from xep0184.cli.item import Item, item_of
from xep0184.cli.style import OutputFormat
from xep0184.findings import Finding, FindingSource
from xep0184.quoting import printable, shown
from xep0184.recordings import Direction, RecordingError, Unreadable
from xep0184.recordings.following import Following
from xep0184.recordings.reasons import Side
from xep0184.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xep0184.cli.files import Reader
    from xep0184.cli.tally import Tally
    from xep0184.jid import JID
    from xep0184.recordings import Entry
    from xep0184.recordings.conversation import Conversation
    from xep0184.recordings.origins import TracedFile
    from xep0184.recordings.reasons import Reason
    from xep0184.recordings.traced import Refused, TracedMessage, TraceEvent

__all__ = ["count_conversation", "trace"]

_FAILURES: Final = ("unconfirmed", "bounced", "forged", "refused", "unreadable")
_GROUPS: Final = ("asked", "elsewhere", *Side, "support", "receipts", "refused")
_STYLES: Final[Mapping[str, str]] = {
    "delivered": "green",
    "bounced": "red",
    "unconfirmed": "yellow",
}
_ONE_INPUT: Final = "only one FILE can be standard input."
_DIRECTIONS: Final[Mapping[Direction, str]] = {
    Direction.SENT: "sent by",
    Direction.RECEIVED: "received by",
    Direction.UNKNOWN: "sent and received by",
}
_HOW: Final[Mapping[str, str]] = {
    "given": "as --account says",
    "bound": "as the server says",
    "addresses": "as the addresses say",
    "other files": "as the other files say",
}


def _failures(_: click.Context, __: click.Parameter, text: str) -> frozenset[str]:
    chosen = frozenset(text.split(",")) - {"", "none"}
    if unknown := chosen - {*_FAILURES}:
        message = f"{', '.join(sorted(unknown))}; choose from {', '.join(_FAILURES)}"
        raise click.BadParameter(message)
    return chosen


@click.command()
@files_argument
@click.option(
    "--account",
    type=jid.parse,
    metavar="JID",
    help="The account to follow; else those that the recordings tell.",
)
@click.option(
    "--message",
    "watched",
    metavar="ID",
    help="Show all that happened to the messages with this id.",
)
@click.option(
    "--fail-on",
    callback=_failures,
    default="forged,unreadable",
    show_default=True,
    metavar="LIST",
    help=f"Exit with 1 for any of these: {', '.join(_FAILURES)}; or none.",
)
@reader_options
def trace(
    files: tuple[str, ...],
    account: JID | None,
    watched: str | None,
    fail_on: frozenset[str],
    reader: Reader,
) -> None:
    """Say which messages were confirmed, by whom, and why others were not.

    A FILE is a recording as for check: of one account or several, of both
    directions or of one. Receipts count only if they come from who was asked.
    Each message that is not confirmed has a reason: in your client, a server, the
    peer, or unknown. Recordings of one direction have no order, so what was sent
    is read first. Of each account, 100,000 messages may wait for a receipt, and the
    first 10,000 refused receipts are shown.

    Example: xep0184 trace --fail-on forged,unconfirmed client.log
    """
    if files.count("-") > 1:
        raise click.UsageError(_ONE_INPUT)
    following, tally = Following(account, watched=watched), reader.tally
    tally.counts = {group: Counter() for group in _GROUPS}
    bars = iter(["tracing"])  # one at a time

    def entries_of(file: str) -> Iterator[Entry]:
        for entry in reader.entries(file, doing=next(bars, None)):
            if isinstance(entry.content, Unreadable):
                reader.reporter.show(item_of(entry))
            yield entry

    paths = reader.files(files)
    try:
        for found in following.follow(paths, entries_of, lambda it: _say(it, reader)):
            _show(found, watched, reader)
            if found.is_closed:
                count_conversation(found, tally, fail_on)
    except RecordingError as error:
        if not tally.unreadable:
            file = printable(error.detail)
            message = f"{file} does not tell which account recorded; give --account."
            raise click.UsageError(message) from None
    tally.has_findings |= "unreadable" in fail_on and tally.doubtful > 0
    reader.reporter.finish(_hint(following.unassigned, tally, account))


def _hint(unassigned: int, tally: Tally, account: JID | None) -> str:
    hints = [] if tally.counts["asked"] else ["nothing was asked"]
    if unassigned:
        known = f"are not known to be of {account}" if account else "name no account"
        advice = "" if account else ": give --account"
        hints.append(f"{unassigned} stanzas {known}{advice}")
    return "; ".join(hints)


def count_conversation(
    conversation: Conversation, tally: Tally, fail_on: frozenset[str] = frozenset()
) -> None:
    """Add what was counted of an account to a tally.

    Args:
        conversation: What the account sent and received, closed.
        tally: The tally to add to.
        fail_on: For what the command is to fail.
    """
    asked = conversation.asked
    groups: dict[str, Mapping[str, int]] = {
        "asked": asked.states,
        "elsewhere": asked.elsewhere,
        "support": {str(it): number for it, number in asked.support.items()},
        "receipts": conversation.outcomes,
        "refused": conversation.refusals,
        Side.CLIENT: {"did-not-ask (XEP-0184 §5)": asked.unasked},
    }
    for reason, number in asked.reasons.items():
        tally.count(reason.side, f"{reason.id} ({reason.section})", number)
    for group, counts in groups.items():
        for name, number in counts.items():
            if number:
                tally.count(group, str(name), number)
    failed = {
        "unconfirmed": asked.states["unconfirmed"],
        "bounced": asked.states["bounced"],
        "forged": conversation.forged,
        "refused": conversation.refusals.total(),
    }
    tally.has_findings |= any(failed.get(it) for it in fail_on)


def _say(recording: TracedFile, reader: Reader) -> None:
    """Say whose a recording is and how that was found.

    If another one cannot be read, nothing is told, because it would mislead.
    """
    if reader.tally.unreadable:
        reader.reporter.finish()
    accounts = [str(it) for it in recording.accounts.values()]
    names = ", ".join(accounts[:4]) + (", …" if len(accounts) > 4 else "")  # noqa: PLR2004
    whose = f"{_DIRECTIONS[recording.direction]} {names}, {_HOW[recording.how]}"
    reader.reporter.say(f"{recording.file}: {whose}")
    told = {
        "file": recording.file,
        "direction": recording.direction,
        "accounts": accounts,
        "how": recording.how,
    }
    if reader.reporter.style.output_format is OutputFormat.JSON:
        line = {"version": JSON_VERSION, "recording": told}
        reader.reporter.put(json.dumps(line))


def _show(found: Conversation, watched: str | None, reader: Reader) -> None:
    """Show the messages that are done; at the end, what was refused and watched."""
    show, account = reader.reporter.show, str(found.account.bare)
    while found.asked.done:
        asked = found.asked.done.popleft()
        if watched in {None, asked.id}:
            show(_asked_item(asked, account))
    if found.is_closed:
        for refused in found.refused:
            if watched in {None, refused.id}:
                show(_refused_item(refused, account))
        for event in found.events:
            show(_event_item(event, account))


def _asked_item(asked: TracedMessage, account: str) -> Item:
    times = f" {asked.times} times" if asked.times > 1 else ""
    condition = f" {shown(asked.condition)}" if asked.condition else ""
    confirmed_by = [
        {
            "sender": str(it.sender),
            "how": it.first.kind,
            "copies": it.copies,
            "after": asked.after(it.first),
        }
        for it in asked.confirmations
    ]
    return Item(
        place=asked.first.place,
        kind=asked.state,
        colour=_STYLES.get(asked.state, ""),
        from_=asked.client,
        to=asked.to,
        words=f"{_quoted(asked.id)}{times}{condition}",
        notes=tuple(map(_confirmation, confirmed_by)),
        findings=_findings(asked.reason),
        told={
            "account": account,
            "id": asked.id,
            "type": asked.type,
            "times": asked.times,
            "condition": asked.condition,
            "side": asked.reason and asked.reason.side,
            "confirmed_by": confirmed_by,
        },
    )


def _confirmation(told: Mapping[str, Any]) -> Text:
    how = "" if told["how"] == "direct" else f", {told['how']}"
    after = "" if told["after"] is None else f", after {told['after']:g} s"
    again = f", {told['copies']} more" if told["copies"] else ""
    return Text(f"    by {shown(told['sender'])}{how}{after}{again}")


def _findings(reason: Reason | None, level: Level | None = None) -> tuple[Finding, ...]:
    if reason is None:
        return ()
    return (
        Finding(
            source=FindingSource.RULE,
            code=reason.id,
            level=level or reason.level,
            section=reason.section,
            text=reason.text,
        ),
    )


def _refused_item(refused: Refused, account: str) -> Item:
    is_forged = refused.is_forged
    return Item(
        place=refused.place,
        kind="forged" if is_forged else "refused",
        colour="red" if is_forged else "",
        from_=refused.sender,
        words=_quoted(refused.id),
        findings=_findings(refused.reason, Level.MUST_NOT if is_forged else None),
        told={"account": account, "id": refused.id},
    )


def _event_item(event: TraceEvent, account: str) -> Item:
    seen, after = event.seen, event.after
    is_named = seen.kind in {"direct", event.what}
    what = event.what if is_named else f"{event.what} ({seen.kind})"
    time = str(seen.moment) or None
    later = "" if after is None else f"{after:+g} s"
    return Item(
        place=seen.place,
        kind="event",
        from_=event.from_,
        to=event.to,
        words=" ".join(filter(None, (time, later, what))),
        told={"account": account, "event": what, "time": time, "after": after},
    )


def _quoted(text: str | None) -> str:
    return "without id" if text is None else shown(text)
