"""``xep0184 trace``: what an account asked for, who confirmed it, what was refused."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import click
from rich.text import Text

from xep0184 import jid
from xep0184.cli.files import reader_options
from xep0184.cli.item import Item, item_of
from xep0184.cli.jobs import jobs_option, work_through
from xep0184.findings import Finding, FindingSource
from xep0184.quoting import printable, shown
from xep0184.recordings import Direction, RecordingError
from xep0184.recordings.following import Following
from xep0184.recordings.origins import TracedFile
from xep0184.recordings.reasons import Side
from xep0184.recordings.traced import Refused, TracedMessage
from xep0184.rules import Level
from xep0184.stream import Broken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from xep0184.cli.files import Reader
    from xep0184.jid import JID
    from xep0184.recordings import Entry, Redactor
    from xep0184.recordings.reasons import Reason
    from xep0184.recordings.traced import TraceEvent

__all__ = ["trace", "trace_file"]

_FAILURES: Final = ("unconfirmed", "bounced", "forged", "refused", "unreadable")
_GROUPS: Final = (
    *("asked", "elsewhere", *Side, "support", "receipts", "refused", "forged"),
    "unassigned",
)
_NO_ACCOUNT: Final = "does not tell which account recorded it: give --account"
_ONE_INPUT: Final = "only one FILE can be standard input."
_DIRECTIONS: Final[Mapping[Direction, str]] = {
    Direction.SENT: "sent by",
    Direction.RECEIVED: "received by",
    Direction.UNKNOWN: "sent and received by",
}
_HOW: Final[Mapping[str, str]] = {
    "given": "as --account says",
    "bound": "as the server says",
    "addresses": "as the addresses say; if not, give --account",
    "other files": "as the other files say",
}
_COLOURS: Final[Mapping[str, str]] = {
    "delivered": "green",
    "bounced": "red",
    "unconfirmed": "yellow",
}


def _failures(_: click.Context, __: click.Parameter, text: str) -> frozenset[str]:
    chosen = frozenset(text.split(",")) - {"", "none"}
    if unknown := chosen - {*_FAILURES}:
        message = f"{', '.join(sorted(unknown))}; choose from {', '.join(_FAILURES)}"
        raise click.BadParameter(message)
    return chosen


@click.command()
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
@jobs_option
@reader_options
def trace(reader: Reader, jobs: int, **options: Any) -> None:  # noqa: ANN401  # click's
    """Say which messages were confirmed, by whom, and why others were not.

    A FILE is a recording as for check: of one account or several, of both
    directions or of one. Receipts count only if they come from who was asked.
    Each message that is not confirmed has a reason: in your client, a server, the
    peer, or unknown. Recordings of one direction have no order, so what was sent
    is read first. Of each account, the last 100,000 messages are followed. With
    --jobs, no FILE completes another.

    Example: xep0184 trace --fail-on forged,unconfirmed client.log
    """
    if reader.paths.count("-") > 1:
        raise click.UsageError(_ONE_INPUT)
    tally = reader.tally
    tally.order(*_GROUPS)
    if jobs > 1:
        work_through(partial(trace_file, **options), reader, jobs)
    else:
        try:
            _trace(reader.files, reader, **options)
        except RecordingError as error:
            if not tally.unreadable:
                message = f"{printable(error.detail)} {_NO_ACCOUNT}."
                raise click.UsageError(message) from None
    watched = options["watched"]
    nothing = f"nothing was asked{f' with the id {watched!r}' if watched else ''}"
    told = ("asked",) if watched is None else ("asked", "elsewhere", "refused")
    hints = [] if any(tally.counts[it] for it in told) else [nothing]
    if options["account"] is None and tally.counts["unassigned"]:
        hints.append("some stanzas name no account: give --account")
    reader.finish("; ".join(hints))


def trace_file(file: str, reader: Reader, **options: Any) -> None:  # noqa: ANN401
    """Trace one file by itself.

    Args:
        file: The name of the file.
        reader: Reads it, counts what is found and prints it.
        options: The account, the id of the watched messages, and for what to fail.
    """
    try:
        _trace([file], reader, **options)
    except RecordingError:
        reader.reporter.show_unreadable(file, f"it {_NO_ACCOUNT}")


def _trace(
    files: Iterable[str],
    reader: Reader,
    *,
    account: JID | None = None,
    watched: str | None = None,
    fail_on: frozenset[str] = frozenset(),
) -> None:
    reporter, tally = reader.reporter, reader.tally
    following = Following(tally.counts, account, watched=watched)
    bars = iter(["tracing"])  # for the first file: two overwrite each other

    def entries_of(file: str) -> Iterator[Entry]:
        for entry in reader.entries(file, doing=next(bars, None)):
            if isinstance(entry.content, Broken):
                reporter.show(item_of(entry))
            yield entry

    for told in following.follow(files, entries_of):
        if isinstance(told, TracedFile):
            _name_accounts(told, reader)
        else:
            reporter.show(_traced_item(*told, reader.redactor))
    counts = tally.counts
    failed = {
        "unconfirmed": counts["asked"]["unconfirmed"],
        "bounced": counts["asked"]["bounced"],
        "forged": counts["forged"].total(),
        "refused": counts["refused"].total(),
        "unreadable": tally.doubtful,
    }
    tally.has_findings |= any(failed.get(it) for it in fail_on)


def _name_accounts(recording: TracedFile, reader: Reader) -> None:
    """Say whose a recording is and how that was found."""
    redactor = reader.redactor
    accounts = [redactor.address(str(it)) for it in recording.accounts.values()]
    names = ", ".join(accounts[:4]) + (", …" if len(accounts) > 4 else "")  # noqa: PLR2004
    whose = f"{_DIRECTIONS[recording.direction]} {names}, {_HOW[recording.how]}"
    reader.reporter.say(f"{recording.file}: {whose}")
    told = {
        "file": recording.file,
        "direction": recording.direction,
        "accounts": accounts,
        "how": recording.how,
    }
    reader.reporter.put_json(recording=told)


def _traced_item(
    account: JID, told: TracedMessage | Refused | TraceEvent, redactor: Redactor
) -> Item:
    """Return the item of something that a trace tells of an account."""
    of = redactor.address(str(account.bare))
    if isinstance(told, TracedMessage):
        return _asked_item(told, of, redactor)
    if isinstance(told, Refused):
        return _refused_item(told, of)
    return _event_item(told, of)


def _asked_item(asked: TracedMessage, account: str, redactor: Redactor) -> Item:
    times = f" {asked.times} times" if asked.times > 1 else ""
    condition = f" {shown(asked.condition)}" if asked.condition else ""
    confirmed_by = [
        {
            "sender": redactor.address(str(it.sender)),
            "how": it.first.kind,
            "copies": it.copies,
            "after": asked.first.seconds_until(it.first),
        }
        for it in asked.confirmations
    ]
    return Item(
        place=asked.first.place,
        kind=asked.state,
        colour=_COLOURS.get(asked.state, ""),
        from_=asked.client,
        to=asked.to,
        words=f"{_quoted(asked.id)}{times}{condition}",
        notes=tuple(map(_confirmation, confirmed_by)),
        findings=(_finding(asked.reason),) if asked.reason else (),
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


def _refused_item(refused: Refused, account: str) -> Item:
    kind, colour, found = "refused", "", _finding(refused.reason)
    if refused.is_forged:
        kind, colour, found = "forged", "red", replace(found, level=Level.MUST_NOT)
    return Item(
        place=refused.place,
        kind=kind,
        colour=colour,
        from_=refused.sender,
        words=_quoted(refused.id),
        findings=(found,),
        told={"account": account, "id": refused.id},
    )


def _event_item(event: TraceEvent, account: str) -> Item:
    seen, after = event.seen, event.after
    is_named = seen.kind in {"direct", event.what}
    what = event.what if is_named else f"{event.what} ({seen.kind})"
    time = seen.time or None
    later = "" if after is None else f"{after:+g} s"
    return Item(
        place=seen.place,
        kind="event",
        from_=event.from_,
        to=event.to,
        words=" ".join(filter(None, (time, later, what))),
        told={"account": account, "event": what, "time": time, "after": after},
    )


def _finding(reason: Reason) -> Finding:
    return Finding.of(reason.row, FindingSource.RULE)


def _quoted(text: str | None) -> str:
    return "without id" if text is None else shown(text)
