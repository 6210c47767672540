"""``xep0184 disco`` and ``xep0184 caps``: the disco#info answers of a recording.

Who supports receipts, what is odd about the answers, and whether what they hash to was
advertised.
"""

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
from xep0184.cli.item import Item, item_of
from xep0184.disco import ODDITIES, Match, support
from xep0184.errors import BuildError
from xep0184.findings import Finding, FindingSource
from xep0184.quoting import shown
from xep0184.recordings import Direction
from xep0184.recordings.advertising import Advertising, answer_in
from xep0184.rules import Level
from xep0184.support import Support

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from xep0184.caps import AnyCaps
    from xep0184.cli.files import Reader
    from xep0184.cli.tally import Tally
    from xep0184.disco import Answer, Info, Oddity
    from xep0184.recordings import Entry, Redactor
    from xep0184.recordings.advertising import Held

__all__ = ["caps", "disco"]

_NO_ANSWER: Final = "no disco#info answer found"
_COLOURS: Final = {Support.YES.value: "green", Support.NO.value: "red"}
_HASHES: Final[tuple[tuple[str, str, Callable[[Info, str], str]], ...]] = (
    ("XEP-0115", "sha-1", ver),
    *(("XEP-0390", algorithm, digest) for algorithm in DEFAULT_ALGORITHMS),
)
_HARMLESS: Final = frozenset({CapsVerdict.OK.value, Match.NO_NODE.value})


@click.command()
@reader_options
def disco(reader: Reader) -> None:
    """Report whether the disco#info answers in FILE... support receipts.

    A FILE is as for check, or a single answer; - is standard input. The exit
    code is 0 if every answer says yes and is in order.

    Example: xep0184 disco answer.xml
    """
    tally = reader.tally
    tally.order("support", "findings")
    for file in reader.files:
        for entry, stanza in reader.stanzas(file):
            if answer := answer_in(stanza):
                item = _answer_item(entry, answer, reader.redactor)
                tally.count("support", item.kind)
                reader.reporter.report(item)
    supported = tally.counts["support"]
    is_supported = supported.keys() == {Support.YES.value}
    tally.has_findings = not is_supported or tally.counts["findings"].total() > 0
    reader.finish("" if supported else _NO_ANSWER)


def _answer_item(entry: Entry, answer: Answer, redactor: Redactor) -> Item:
    """Return what is told of an answer: support, and a condition or names."""
    supported = support(answer.info).value
    identities = answer.info.identities if answer.info else ()
    names = [shown(redactor.text(it.name)) for it in identities if it.name]
    condition = answer.condition and f"error {shown(answer.condition)}"
    return item_of(
        entry,
        supported,
        colour=_COLOURS.get(supported, ""),
        words=condition or ", ".join(names),
        findings=tuple(map(_finding, answer.oddities)),
        told={"condition": answer.condition},
    )


def _finding(oddity: Oddity) -> Finding:
    text, _, section = ODDITIES[oddity].rstrip(").").rpartition(" (")
    return _stated(oddity, text, section)


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
        return _NO_ANSWER
    if forgotten := answers["forgotten"]:
        return f"{forgotten} forgotten because there was no room"
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
        return told, _stated("no-hash", f"{name}: {error}", xep)
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
        return told, _stated(verdict, text, xep)
    colour = "green" if verdict == CapsVerdict.OK else ""
    return told, Text("    ").append(verdict, colour).append(f": {text}")


def _stated(code: str, text: str, section: str) -> Finding:
    """Return what a section states without a word such as MUST, as a finding."""
    return Finding(
        source=FindingSource.FORM,
        code=code,
        level=Level.STATED,
        section=section,
        text=text,
    )
