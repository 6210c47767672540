"""``xep0184 caps``: what an answer hashes to, and whether that was advertised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click
from rich.text import Text

from xep0184.caps import (
    DEFAULT_ALGORITHMS,
    Caps,
    CapsVerdict,
    Hash,
    HashSet,
    digest,
    ver,
    verify,
)
from xep0184.cli.files import reader_options
from xep0184.cli.item import Item, stated
from xep0184.disco import Match
from xep0184.errors import BuildError
from xep0184.findings import Finding
from xep0184.quoting import shown
from xep0184.recordings import Direction
from xep0184.recordings.advertising import Advertising, answer_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from xep0184.caps import AnyCaps
    from xep0184.cli.files import Reader
    from xep0184.cli.tally import Tally
    from xep0184.disco import Info
    from xep0184.recordings import Redactor
    from xep0184.recordings.advertising import Held

__all__ = ["caps"]

_HASHES: Final[tuple[tuple[str, str, Callable[[Info, str], str]], ...]] = (
    ("XEP-0115", "sha-1", ver),
    *(("XEP-0390", algorithm, digest) for algorithm in DEFAULT_ALGORITHMS),
)
_HARMLESS: Final = frozenset({CapsVerdict.OK.value, Match.NO_NODE.value})


@click.command()
@reader_options
@click.option(
    "--verify",
    "verifying",
    is_flag=True,
    help="Compare each answer with what its sender advertises in the same FILE.",
)
def caps(reader: Reader, *, verifying: bool) -> None:
    """Hash each disco#info answer in FILE..., by XEP-0115 and XEP-0390.

    A FILE is as for check, or a single answer; - is standard input. Features of a
    stream advertise the hash of the server. An answer without node that does not
    have the advertised hash is not counted as wrong, because it answers no query
    for that hash: its verdict is no-node. Of what is advertised, the hashes that
    can be checked are told, or else the first one, up to 128 characters of each.

    Example: xep0184 caps --verify stream.xml
    """
    tally = reader.tally
    tally.order("answers", "verdicts", "findings")
    for file in reader.files:
        recording = Advertising()
        for entry, stanza in reader.stanzas(file):
            if verifying and entry.direction is not Direction.SENT:
                recording.note(stanza.element)
            if answer := answer_in(stanza):
                recording.hold(entry.place, answer)
            _judge(recording.ready() if verifying else recording.rest(), reader)
        _judge(recording.rest(), reader)
        if recording.forgotten:
            tally.count("answers", "forgotten", recording.forgotten)
    verdicts = tally.counts["verdicts"]
    missing = "ok" not in verdicts if verifying else not tally.counts["answers"]
    tally.has_findings = tally.counts["findings"].total() > 0 or missing
    reader.finish(_hint(tally, verifying=verifying))


def _hint(tally: Tally, *, verifying: bool) -> str:
    answers = tally.counts["answers"]
    if not answers["hashed"] + answers["refused"]:
        return "no disco#info answer found"
    if forgotten := answers["forgotten"]:
        return f"{forgotten} forgotten, for want of room"
    is_missing = verifying and not tally.counts["verdicts"]
    return "nobody advertises what is answered" if is_missing else ""


def _judge(answers: Iterable[Held], reader: Reader) -> None:
    """Show what answers hash to, and compare that with what was advertised."""
    for held in answers:
        if (info := held.answer.info) is None:
            continue
        node, redactor = held.answer.node, reader.redactor
        hashes = [_hashed(*each, info) for each in _HASHES]
        verdicts = [_verified(it, node, info, redactor) for it in held.advertised]
        is_refused = any(each["error"] for each, _ in hashes)
        reader.tally.count("answers", "refused" if is_refused else "hashed")
        for each, _ in verdicts:
            reader.tally.count("verdicts", each["verdict"])
        told = [it for _, it in (*hashes, *verdicts)]
        item = Item(
            place=held.place,
            kind="answer",
            from_=held.answer.from_,
            notes=tuple(it for it in told if isinstance(it, Text)),
            findings=tuple(it for it in told if isinstance(it, Finding)),
            told={
                "hashes": [each for each, _ in hashes],
                "verdicts": [each for each, _ in verdicts],
            },
        )
        reader.reporter.report(item)


def _hashed(
    xep: str, name: str, made: Callable[[Info, str], str], info: Info
) -> tuple[dict[str, Any], Text | Finding]:
    """Return a hash of an answer, or why it has none, for JSON and for people."""
    told: dict[str, Any] = {"xep": xep, "algo": name, "hash": None, "error": None}
    try:
        told["hash"] = made(info, name)
    except BuildError as error:
        told["error"] = str(error)
        return told, stated("no-hash", f"{name}: {error}", xep)
    return told, Text(f"    {xep} {name}: {told['hash']}")


def _verified(
    advertised: AnyCaps, node: str | None, info: Info, redactor: Redactor
) -> tuple[dict[str, Any], Text | Finding]:
    """Return whether an answer is what was advertised, for JSON and for people."""
    verdict, xep = verify(advertised, info).value, "XEP-0390"
    if isinstance(advertised, Caps):
        xep, one = "XEP-0115", Hash(advertised.hash or "", advertised.ver or "")
        advertised = HashSet((one,))
    hashes = [
        {"algo": redactor.value(it.algo), "value": redactor.value(it.value)}
        for it in advertised.hashes
    ]
    named = ", ".join(f"{shown(it['algo'])} {shown(it['value'])}" for it in hashes)
    text = f"{xep} advertised {named or 'no hash, or two by one function'}"
    if verdict == CapsVerdict.MISMATCH and node is None:
        verdict = Match.NO_NODE.value
        text += "; the answer has no node, so it answers no query for this hash"
    told = {"xep": xep, "advertised": hashes, "verdict": verdict}
    if verdict not in _HARMLESS:
        return told, stated(verdict, text, xep)
    colour = "green" if verdict == CapsVerdict.OK else ""
    return told, Text("    ").append(verdict, colour).append(f": {text}")
