"""``xep0184 caps``: what an answer hashes to, and whether that was advertised."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

import click

from xep0184 import jid, stream
from xep0184.caps import (
    DEFAULT_ALGORITHMS,
    Caps,
    Hash,
    Verdict,
    advertisement_of,
    digest,
    ver,
    verify,
)
from xep0184.cli.answers import Place, answer_in, broken_line, elements
from xep0184.cli.files import files_argument, format_option
from xep0184.errors import BuildError, FormatError, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xep0184._xml import LxmlElement
    from xep0184.caps import Advertised, Advertisement
    from xep0184.disco import Answer, Info

__all__ = ["caps"]

_HASHES: Final[tuple[tuple[str, str, Callable[[Info, str], str]], ...]] = (
    ("XEP-0115", "sha-1", ver),
    *(("XEP-0390", algorithm, digest) for algorithm in DEFAULT_ALGORITHMS),
)


@click.command()
@files_argument
@format_option
@click.option(
    "--verify",
    "verifying",
    is_flag=True,
    help="Hold each answer against what its sender advertises in the same FILE.",
)
def caps(files: tuple[str, ...], style: str, *, verifying: bool) -> None:
    """Hash each disco#info answer in FILE..., as XEP-0115 and XEP-0390 have it.

    A FILE is a recorded stream or a single answer; - is standard input. What a
    server advertises in its stream features is held against the answer of the
    domain that the recording is addressed to. The exit code is 0 if all is in
    order, 1 if an answer has no hash, is not what was advertised or cannot be
    read, or if there is nothing to hash or to verify, 2 for a wrong call, 3 if a
    FILE cannot be read.
    """
    tally = _Tally(as_json=style == "json", verifying=verifying)
    for file in files:
        recording = _Recording()
        for place, content in elements(file, tally.unreadable):
            if isinstance(content, stream.Broken):
                tally.broken(place, content)
                continue
            if verifying:
                recording.note(place.number, content)
            if answer := answer_in(content):
                recording.answers.append((place, answer))
            if not verifying:
                tally.flush(recording)
        tally.flush(recording)
    tally.summary()
    sys.exit(tally.exit_code)


@dataclass(slots=True)
class _Recording:
    """Who advertises what in one file, from which stanza on."""

    answers: list[tuple[Place, Answer]] = field(
        default_factory=list[tuple[Place, "Answer"]]
    )
    advertised: dict[jid.JID | None, list[tuple[int, Advertisement]]] = field(
        default_factory=dict[jid.JID | None, list[tuple[int, "Advertisement"]]]
    )
    server: jid.JID | None = None

    def note(self, number: int, stanza: LxmlElement) -> None:
        """Take note of what a stanza advertises, and of whose recording it is."""
        recipient = _jid(stanza.get("to"))
        if recipient is not None and self.server is None:
            self.server = jid.JID(None, recipient.domain)
        found = advertisement_of(stanza)
        if found is None or found.preferred is None:
            return
        # Features have no sender; whose they are may become known only later.
        known = self.advertised.setdefault(_jid(stanza.get("from")), [])
        if not known or known[-1][1] != found:
            known.append((number, found))

    def advertised_by(self, sender: str | None, number: int) -> Iterator[Advertised]:
        """Yield what an entity advertised last, or else first, of each kind."""
        who = _jid(sender)
        key = None if who == self.server else who
        known = self.advertised.get(key, []) if who else []
        earlier = [found for at, found in known if at < number]
        for found in earlier[-1:] or [found for _, found in known[:1]]:
            yield from filter(None, (found.caps, found.hashes))


def _jid(text: str | None) -> jid.JID | None:
    try:
        return jid.parse(text or "")
    except FormatError:
        return None


class _Tally:
    """Prints what is found and counts it."""

    def __init__(self, *, as_json: bool, verifying: bool) -> None:
        self.unreadable: list[str] = []
        self._as_json = as_json
        self._verifying = verifying
        self._verdicts: Counter[str] = Counter()
        self._answers = self._refused = self._broken = 0

    @property
    def exit_code(self) -> int:
        if self.unreadable:
            return 3
        if self._verifying:
            good = self._verdicts.keys() == {Verdict.OK.value}
        else:
            good = bool(self._answers) and not self._refused
        return 0 if good and not self._broken else 1

    def broken(self, place: Place, broken: stream.Broken) -> None:
        self._broken += 1
        if self._as_json:
            _print({**place.plain, "broken": str(broken.error)})
        else:
            click.echo(broken_line(place, broken))

    def flush(self, recording: _Recording) -> None:
        """Judge the answers that were held back."""
        for place, answer in recording.answers:
            if answer.info is not None:
                advertised = recording.advertised_by(answer.from_, place.number)
                self._judge(place, answer, answer.info, advertised)
        recording.answers.clear()

    def _judge(
        self, place: Place, answer: Answer, info: Info, advertised: Iterator[Advertised]
    ) -> None:
        hashes = [_hashed(xep, name, made, info) for xep, name, made in _HASHES]
        verdicts = [
            _verdict(each, info) for each in (advertised if self._verifying else ())
        ]
        self._answers += 1
        self._refused += any(each.error is not None for each in hashes)
        self._verdicts.update(each.verdict for each in verdicts)
        if self._as_json:
            found = {
                "from": answer.from_,
                "hashes": [asdict(each) for each in hashes],
                "verdicts": [asdict(each) for each in verdicts],
            }
            _print({**place.plain, **found})
        else:
            _print_lines(place, answer.from_, hashes, verdicts)

    def summary(self) -> None:
        """Print what was counted, or that there was nothing to count."""
        if self._as_json:
            counts = {
                "answers": self._answers,
                "refused": self._refused,
                "verdicts": dict(self._verdicts),
                "broken": self._broken,
                "unreadable": len(self.unreadable),
                "exit_code": self.exit_code,
            }
            _print({"summary": counts})
        elif not self.unreadable and not self._answers:
            click.echo("xep0184: no disco#info answer found", err=True)
        elif self._verifying and self._answers and not self._verdicts:
            click.echo("xep0184: nobody advertises what is answered", err=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hashed:
    """A hash of an answer, or why it has none."""

    xep: str
    algo: str
    hash: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """What was advertised, and what an answer makes of it."""

    xep: str
    advertised: tuple[Hash, ...]
    verdict: str


def _hashed(
    xep: str, name: str, made: Callable[[Info, str], str], info: Info
) -> _Hashed:
    try:
        return _Hashed(xep=xep, algo=name, hash=made(info, name))
    except BuildError as error:
        return _Hashed(xep=xep, algo=name, error=str(error))


def _verdict(advertised: Advertised, info: Info) -> _Judged:
    verdict = verify(advertised, info).value
    if isinstance(advertised, Caps):
        hashes = (Hash(advertised.hash or "", advertised.ver or ""),)
        return _Judged(xep="XEP-0115", advertised=hashes, verdict=verdict)
    return _Judged(xep="XEP-0390", advertised=advertised.hashes, verdict=verdict)


def _print(entry: dict[str, object]) -> None:
    click.echo(json.dumps(entry))


def _print_lines(
    place: Place, sender: str | None, hashes: list[_Hashed], verdicts: list[_Judged]
) -> None:
    click.echo(str(place) if sender is None else f"{place} {shown(sender)}")
    for each in hashes:
        made = each.hash or f"none: {each.error}"
        click.echo(f"    {each.xep} {each.algo}: {made}")
    for judged in verdicts:
        named = ", ".join(
            f"{shown(hash_.algo)} {shown(hash_.value)}" for hash_ in judged.advertised
        )
        colour = "green" if judged.verdict == Verdict.OK.value else "red"
        verdict = click.style(judged.verdict, fg=colour)
        click.echo(f"    {verdict}: {judged.xep} advertised {named or 'nothing'}")
