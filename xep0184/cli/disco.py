"""``xep0184 disco``: who supports receipts, and what is odd about the answer."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from xep0184.cli.files import files_argument, format_option, place_of, reader_options
from xep0184.disco import ODDITIES, support
from xep0184.quoting import printable, shown
from xep0184.recordings.advertising import answer_in
from xep0184.recordings.entry import Unreadable
from xep0184.support import Support

if TYPE_CHECKING:
    from xep0184.cli.files import Reader
    from xep0184.disco import Answer, Identity
    from xep0184.recordings import Place

__all__ = ["disco"]


@click.command()
@files_argument
@format_option
@reader_options
def disco(files: tuple[str, ...], style: str, reader: Reader) -> None:
    """Say of each disco#info answer in FILE... whether it supports receipts.

    A FILE is as for check, or a single answer; - is standard input. The exit
    code is 0 if every answer says yes and is in order, 1 if one says no, is odd
    or cannot be read, or if there is none, 2 for a wrong call, 3 if a FILE
    cannot be read.
    """
    tally = _Tally(reader.unreadable, as_json=style == "json")
    for file in reader.files(files):
        for entry in reader.entries(file):
            if isinstance(entry.content, Unreadable):
                tally.broken(entry.place, entry.content)
            elif (stanza := entry.evidence) and (answer := answer_in(stanza)):
                tally.answer(entry.place, answer)
    tally.summary()
    sys.exit(tally.exit_code)


class _Tally:
    """Prints what is found and counts it."""

    def __init__(self, unreadable: list[str], *, as_json: bool) -> None:
        self.unreadable = unreadable
        self._as_json = as_json
        self._support: Counter[str] = Counter()
        self._oddities: Counter[str] = Counter()
        self._broken = 0

    @property
    def exit_code(self) -> int:
        if self.unreadable:
            return 3
        good = self._support.keys() == {Support.YES.value}
        return 0 if good and not self._oddities and not self._broken else 1

    def broken(self, place: Place, broken: Unreadable) -> None:
        self._broken += 1
        if self._as_json:
            _print({**dataclasses.asdict(place), "broken": str(broken.error)})
        else:
            click.echo(f"{place_of(place)} broken: {printable(str(broken.error))}")

    def answer(self, place: Place, answer: Answer) -> None:
        supported = support(answer.info).value
        self._support[supported] += 1
        self._oddities.update(answer.oddities)
        if self._as_json:
            _print(
                {**dataclasses.asdict(place), **_plain(answer), "support": supported}
            )
        else:
            _print_lines(place, answer, supported)

    def summary(self) -> None:
        if self._as_json:
            counts = {
                "support": dict(self._support),
                "oddities": dict(self._oddities),
                "broken": self._broken,
                "unreadable": len(self.unreadable),
                "exit_code": self.exit_code,
            }
            _print({"summary": counts})
        elif not self._support and not self.unreadable:
            click.echo("xep0184: no disco#info answer found", err=True)


def _plain(answer: Answer) -> dict[str, object]:
    info = answer.info
    return {
        "from": answer.from_,
        "node": answer.node,
        "condition": answer.condition,
        "identities": [dataclasses.asdict(each) for each in info.identities]
        if info
        else [],
        "features": list(info.features) if info else [],
        "oddities": list(answer.oddities),
    }


def _print(entry: dict[str, object]) -> None:
    click.echo(json.dumps(entry))


_COLOURS = {Support.YES.value: "green", Support.NO.value: "red"}


def _print_lines(place: Place, answer: Answer, supported: str) -> None:
    sender = "" if answer.from_ is None else f" {shown(answer.from_)}"
    identities = answer.info.identities if answer.info else ()
    kinds = ", ".join(map(_described, identities))
    what = answer.condition and f"error {shown(answer.condition)}"
    tail = f"  {what or kinds}" if what or kinds else ""
    verdict = click.style(f"{supported:<7}", fg=_COLOURS.get(supported))
    click.echo(f"{place_of(place)} {verdict}{sender}{tail}")
    for oddity in answer.oddities:
        click.echo(f"    {oddity}: {ODDITIES[oddity]}")


def _described(identity: Identity) -> str:
    """Return an identity in a few words; a peer's text is quoted."""
    language = "" if identity.lang is None else f" [{printable(identity.lang)}]"
    name = "" if identity.name is None else f" {shown(identity.name)}"
    kind = f"{shown(identity.category)[1:-1]}/{shown(identity.type)[1:-1]}"
    return f"{kind}{language}{name}"
