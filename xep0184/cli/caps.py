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
from xep0184.cli.item import Item
from xep0184.disco import Match
from xep0184.errors import BuildError
from xep0184.findings import Finding, FindingSource
from xep0184.quoting import shown
from xep0184.recordings import Direction
from xep0184.recordings.advertising import Advertising, answer_in
from xep0184.rules import Level

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
_NO_NODE: Final = "; the answer has no node, so it answers no query for this hash"


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
        hashes = [_hashed(*each, info) for each in _HASHES]
        redactor = reader.redactor
        verdicts = [
            _judged(it, held.answer.node, info, redactor) for it in held.advertised
        ]
        is_refused = any(each["error"] for each in hashes)
        reader.tally.count("answers", "refused" if is_refused else "hashed")
        for each in verdicts:
            reader.tally.count("verdicts", each["verdict"])
        told = [*map(_told_hash, hashes), *map(_told_verdict, verdicts)]
        item = Item(
            place=held.place,
            kind="answer",
            from_=held.answer.from_,
            notes=tuple(it for it in told if isinstance(it, Text)),
            findings=tuple(it for it in told if isinstance(it, Finding)),
            told={"hashes": hashes, "verdicts": verdicts},
        )
        reader.reporter.report(item)


def _hashed(
    xep: str, name: str, made: Callable[[Info, str], str], info: Info
) -> dict[str, Any]:
    """Return a hash of an answer, or why it has none."""
    try:
        return {"xep": xep, "algo": name, "hash": made(info, name), "error": None}
    except BuildError as error:
        return {"xep": xep, "algo": name, "hash": None, "error": str(error)}


def _judged(
    caps_: AnyCaps, node: str | None, info: Info, redactor: Redactor
) -> dict[str, Any]:
    """Return what was advertised, and whether it is what the answer hashes to."""
    verdict = verify(caps_, info).value
    xep = "XEP-0115" if isinstance(caps_, Caps) else "XEP-0390"
    if verdict == CapsVerdict.MISMATCH and node is None:
        verdict = Match.NO_NODE.value  # it answers no query for the hash
    if isinstance(caps_, Caps):
        caps_ = HashSet((Hash(caps_.hash or "", caps_.ver or ""),))
    told = [
        {"algo": redactor.value(it.algo), "value": redactor.value(it.value)}
        for it in caps_.hashes
    ]
    return {"xep": xep, "advertised": told, "verdict": verdict}


def _told_hash(made: dict[str, Any]) -> Text | Finding:
    if made["error"]:
        return _finding("no-hash", f"{made['algo']}: {made['error']}", made["xep"])
    return Text(f"    {made['xep']} {made['algo']}: {made['hash']}")


def _told_verdict(judged: dict[str, Any]) -> Text | Finding:
    verdict, named = judged["verdict"], _named(judged)
    if verdict not in _HARMLESS:
        return _finding(verdict, named, judged["xep"])
    colour = "green" if verdict == CapsVerdict.OK else ""
    return Text("    ").append(verdict, colour).append(f": {named}")


def _named(judged: dict[str, Any]) -> str:
    """Return what was advertised in a few words; a peer's text is quoted."""
    hashes = judged["advertised"]
    told = [f"{shown(it['algo'])} {shown(it['value'])}" for it in hashes]
    named = ", ".join(told) or "no hash, or two by one function"
    why = _NO_NODE if judged["verdict"] == Match.NO_NODE else ""
    return f"{judged['xep']} advertised {named}{why}"


def _finding(code: str, text: str, section: str) -> Finding:
    return Finding(
        source=FindingSource.SCHEMA,
        code=code,
        level=Level.STATED,
        section=section,
        text=text,
    )
