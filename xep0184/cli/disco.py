"""``xep0184 disco``: who supports receipts, and what is odd about the answer."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

import click

from xep0184.cli.files import files_argument, reader_options
from xep0184.cli.output import place_of
from xep0184.disco import ODDITIES, support
from xep0184.quoting import printable, shown
from xep0184.recordings.advertising import answer_in
from xep0184.recordings.entry import Unreadable
from xep0184.support import Support

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xep0184.cli.files import Reader
    from xep0184.cli.output import Output
    from xep0184.disco import Answer, Identity
    from xep0184.recordings import Place

__all__ = ["disco"]


@click.command()
@files_argument
@reader_options
def disco(files: tuple[str, ...], reader: Reader, output: Output) -> None:
    """Say of each disco#info answer in FILE... whether it supports receipts.

    A FILE is as for check, or a single answer; - is standard input. The exit
    code is 0 if every answer says yes and is in order, 1 if one says no, is odd
    or cannot be read, or if there is none, 2 for a wrong call, 3 if a FILE
    cannot be read.
    """
    supported: Counter[str] = Counter()
    oddities: Counter[str] = Counter()
    for file in reader.files(files):
        for entry in reader.entries(file):
            if isinstance(entry.content, Unreadable):
                output.show_broken(entry.place, entry.content)
            elif (stanza := entry.evidence) and (answer := answer_in(stanza)):
                supported[support(answer.info)] += 1
                oddities.update(answer.oddities)
                plain = {**dataclasses.asdict(entry.place), **_plain(answer)}
                output.show(plain, _lines(entry.place, answer))
    counts = {
        "support": dict(supported),
        "oddities": dict(oddities),
        "broken": output.broken,
    }
    is_good = supported.keys() == {Support.YES.value}
    output.finish(
        counts,
        is_good=is_good and not oddities and not output.broken,
        hint="" if supported else "no disco#info answer found",
    )


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
        "support": support(info).value,
    }


_COLOURS = {Support.YES.value: "green", Support.NO.value: "red"}


def _lines(place: Place, answer: Answer) -> Iterator[str]:
    sender = "" if answer.from_ is None else f" {shown(answer.from_)}"
    identities = answer.info.identities if answer.info else ()
    kinds = ", ".join(map(_described, identities))
    what = answer.condition and f"error {shown(answer.condition)}"
    tail = f"  {what or kinds}" if what or kinds else ""
    supported = support(answer.info).value
    verdict = click.style(f"{supported:<7}", fg=_COLOURS.get(supported))
    yield f"{place_of(place)} {verdict}{sender}{tail}"
    for oddity in answer.oddities:
        yield f"    {oddity}: {ODDITIES[oddity]}"


def _described(identity: Identity) -> str:
    """Return an identity in a few words; a peer's text is quoted."""
    language = "" if identity.lang is None else f" [{printable(identity.lang)}]"
    name = "" if identity.name is None else f" {shown(identity.name)}"
    kind = f"{shown(identity.category)[1:-1]}/{shown(identity.type)[1:-1]}"
    return f"{kind}{language}{name}"
