"""``xep0184 disco``: who supports receipts, and what is odd about the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from xep0184.cli.files import reader_options
from xep0184.cli.item import Item, item_of, stated
from xep0184.disco import ODDITIES, support
from xep0184.quoting import shown
from xep0184.recordings.advertising import answer_in
from xep0184.support import Support

if TYPE_CHECKING:
    from xep0184.cli.files import Reader
    from xep0184.disco import Answer, Oddity
    from xep0184.findings import Finding
    from xep0184.recordings import Entry, Redactor

__all__ = ["disco"]


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
                item = _item(entry, answer, reader.redactor)
                tally.count("support", item.kind)
                reader.reporter.report(item)
    supported = tally.counts["support"]
    is_supported = supported.keys() == {Support.YES.value}
    tally.has_findings = not is_supported or tally.counts["findings"].total() > 0
    reader.finish("" if supported else "no disco#info answer found")


_COLOURS = {Support.YES.value: "green", Support.NO.value: "red"}


def _item(entry: Entry, answer: Answer, redactor: Redactor) -> Item:
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
    return stated(oddity, text, section)
