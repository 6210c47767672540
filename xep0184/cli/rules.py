"""``xep0184 rules``: what a rule says, who says so, and examples."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click
from rich.text import Text

from xep0184.cli.item import COLOURS
from xep0184.cli.style import OutputFormat, style_of_stdout
from xep0184.findings import CODES
from xep0184.quoting import beginning
from xep0184.recordings.reasons import REASONS, REFUSALS
from xep0184.rules import DECISIONS, EXAMPLES, RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xep0184.rules import Rule

__all__ = ["rules"]

_LONG: Final = 500  # characters; only the example for the limits is longer


@click.command()
@click.argument("rule_id", required=False, metavar="[ID]")
def rules(rule_id: str | None) -> None:
    """Explain a rule: its text, its source, and examples.

    Without ID, list everything that check can report. An ID is what check and trace
    print, or the reason of request and ack.

    Example: xep0184 rules missing-id
    """
    style = style_of_stdout(OutputFormat.TEXT, "auto")
    for line in _list() if rule_id is None else _explained(rule_id):
        for part in style.fit(line):
            sys.stdout.write(f"{part}\n")


def _list() -> Iterator[Text]:
    for rule in CODES.values():
        line = Text(f"{rule.id} ", end="")
        line.append(rule.level.value, COLOURS[rule.level.severity])
        yield line.append(f": {rule.text} ({rule.section})")


def _explained(rule_id: str) -> Iterator[Text]:
    traced = (it.row for it in (*REASONS.values(), *REFUSALS.values()))
    rows = dict.fromkeys((*RULES, *CODES.values(), *traced))
    found = [rule for rule in rows if rule.id == rule_id]
    if not found:
        message = f"There is no rule {rule_id!r}; xep0184 rules lists them."
        raise click.UsageError(message)
    for rule in found:
        yield from _explanation(rule)
    if example := EXAMPLES.get(rule_id):
        for title, stanza in (("breaks", example.breaks), ("keeps", example.keeps)):
            yield Text(f"An example that {title} it:")
            tags = beginning(stanza, width=_LONG).replace("><", ">\n<")
            yield from (Text(f"    {line}") for line in tags.split("\n"))


def _explanation(rule: Rule) -> Iterator[Text]:
    yield Text(f"{rule.id}: {rule.text}")
    binds = f", binds the {rule.binds}" if rule.binds else ""
    line = Text("    ", end="")
    line.append(rule.level.value, COLOURS[rule.level.severity])
    yield line.append(f", {rule.section}{binds}")
    if decision := DECISIONS.get(rule.section.removeprefix("decision ")):
        yield Text(f"    {decision}")
