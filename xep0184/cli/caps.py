"""``xep0184 caps``: what an answer hashes to, and whether that was advertised."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from xep0184._value import value
from xep0184.caps import (
    DEFAULT_ALGORITHMS,
    CapsVerdict,
    digest,
    ver,
    verify,
)
from xep0184.cli.files import files_argument, reader_options
from xep0184.cli.output import place_of
from xep0184.disco import Match
from xep0184.errors import BuildError
from xep0184.quoting import shown
from xep0184.recordings.advertising import Advertising, answer_in
from xep0184.recordings.entry import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from xep0184.cli.files import Reader
    from xep0184.cli.output import Output
    from xep0184.disco import Info
    from xep0184.recordings import Place
    from xep0184.recordings.advertising import Held, Offer

__all__ = ["caps"]

_HASHES: Final[tuple[tuple[str, str, Callable[[Info, str], str]], ...]] = (
    ("XEP-0115", "sha-1", ver),
    *(("XEP-0390", algorithm, digest) for algorithm in DEFAULT_ALGORITHMS),
)
_HARMLESS: Final = {CapsVerdict.OK.value, Match.NO_NODE.value}
_NO_NODE: Final = "; the answer has no node, so it answers no query for this hash"


@click.command()
@files_argument
@reader_options
@click.option(
    "--verify",
    "verifying",
    is_flag=True,
    help="Hold each answer against what its sender advertises in the same FILE.",
)
def caps(
    files: tuple[str, ...], reader: Reader, output: Output, *, verifying: bool
) -> None:
    """Hash each disco#info answer in FILE..., as XEP-0115 and XEP-0390 have it.

    A FILE is a recorded stream or a single answer; - is standard input. What a
    server advertises in its stream features is held against the answer of the
    domain that the recording is addressed to. An answer without node that does not
    have the advertised hash has the verdict no-node: it answers no query for that
    hash, and is not counted as wrong. The exit code is 0 if all is in
    order, 1 if an answer has no hash, is not what was advertised or cannot be
    read, or if there is nothing to hash or to verify, 2 for a wrong call, 3 if a
    FILE cannot be read. Of what is advertised the first 16 hashes are told, the
    first 128 characters of each, and how many more there are: "more", in JSON.
    What there was no room to remember is counted: "forgotten".
    """
    tally = _Tally(output, verifying=verifying)
    for file in reader.files(files):
        recording = Advertising()
        for entry in reader.entries(file):
            if isinstance(entry.content, Unreadable):
                output.show_broken(entry.place, entry.content)
            if (stanza := entry.evidence) is None:
                continue
            if verifying:
                recording.note(stanza.element)
            if answer := answer_in(stanza):
                recording.hold(entry.place, answer)
            tally.judge(recording.ready() if verifying else recording.rest())
        tally.judge(recording.rest())
        tally.forgotten += recording.forgotten
    output.finish(tally.plain, is_good=tally.is_good, hint=tally.hint)


class _Tally:
    """Shows what is found and counts it."""

    def __init__(self, output: Output, *, verifying: bool) -> None:
        self.forgotten: int = 0
        self._output = output
        self._verifying = verifying
        self._verdicts: Counter[str] = Counter()
        self._answers = self._refused = 0

    @property
    def is_good(self) -> bool:
        if self._verifying:
            good = bool(self._verdicts[CapsVerdict.OK.value])
            good = good and self._verdicts.keys() <= _HARMLESS
        else:
            good = bool(self._answers) and not self._refused
        return good and not self._output.broken

    @property
    def plain(self) -> dict[str, object]:
        counts: dict[str, object] = {
            "answers": self._answers,
            "refused": self._refused,
            "verdicts": dict(self._verdicts),
            "broken": self._output.broken,
        }
        return {**counts, "forgotten": self.forgotten} if self.forgotten else counts

    @property
    def hint(self) -> str:
        if not self._answers:
            return "no disco#info answer found"
        if self.forgotten:
            return f"{self.forgotten} forgotten, for want of room"
        if self._verifying and not self._verdicts:
            return "nobody advertises what is answered"
        return ""

    def judge(self, answers: Iterable[Held]) -> None:
        """Print what answers hash to, and hold them against what was advertised."""
        for held in answers:
            if held.answer.info is not None:
                self._judge(held, held.answer.info)

    def _judge(self, held: Held, info: Info) -> None:
        sender = held.answer.from_
        hashes = [_hashed(xep, name, made, info) for xep, name, made in _HASHES]
        verdicts = [
            _Judged(offer=offer, verdict=_verdict(offer, held.answer.node, info))
            for offer in held.offers
        ]
        self._answers += 1
        self._refused += any(each.error is not None for each in hashes)
        self._verdicts.update(each.verdict for each in verdicts)
        told = {
            "from": sender,
            "hashes": [asdict(each) for each in hashes],
            "verdicts": [each.plain for each in verdicts],
        }
        lines = _lines(held.place, sender, hashes, verdicts)
        self._output.show({**asdict(held.place), **told}, lines)


@value(kw_only=True)
class _Hashed:
    """A hash of an answer, or why it has none."""

    xep: str
    algo: str
    hash: str | None = None
    error: str | None = None


@value(kw_only=True)
class _Judged:
    """What was advertised, and what an answer makes of it."""

    offer: Offer
    verdict: str

    @property
    def plain(self) -> dict[str, object]:
        told: dict[str, object] = {
            "xep": self.offer.xep,
            "advertised": [asdict(each) for each in self.offer.told],
            "verdict": self.verdict,
        }
        return {**told, "more": self.offer.more} if self.offer.more else told


def _verdict(offer: Offer, node: str | None, info: Info) -> str:
    """Return the verdict, or NO_NODE for what answers no query for the hash."""
    verdict = verify(offer.judged, info)
    if verdict is CapsVerdict.MISMATCH and node is None:
        return Match.NO_NODE.value
    return verdict.value


def _hashed(
    xep: str, name: str, made: Callable[[Info, str], str], info: Info
) -> _Hashed:
    try:
        return _Hashed(xep=xep, algo=name, hash=made(info, name))
    except BuildError as error:
        return _Hashed(xep=xep, algo=name, error=str(error))


def _lines(
    place: Place, sender: str | None, hashes: list[_Hashed], verdicts: list[_Judged]
) -> Iterator[str]:
    yield place_of(place) + ("" if sender is None else f" {shown(sender)}")
    for each in hashes:
        made = each.hash or f"none: {each.error}"
        yield f"    {each.xep} {each.algo}: {made}"
    for judged in verdicts:
        named = ", ".join(
            f"{shown(hash_.algo)} {shown(hash_.value)}" for hash_ in judged.offer.told
        )
        named += f", … and {judged.offer.more} more" if judged.offer.more else ""
        colour = "green" if judged.verdict == CapsVerdict.OK.value else "red"
        verdict = click.style(judged.verdict, fg=colour)
        told = f"    {verdict}: {judged.offer.xep} advertised {named or 'nothing'}"
        if judged.verdict == Match.NO_NODE.value:
            told += _NO_NODE
        yield told
