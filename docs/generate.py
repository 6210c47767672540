"""Writes the pages that are made from the package: ``python docs/generate.py``."""

from __future__ import annotations

import re
from pathlib import Path

import diagrams
import fields
import logs
import refusals
import tables

from xep0184.conformance import requirements
from xep0184.rules import DECISIONS, RuleScope, in_scope

_HEAD = """\
# Rules

Made from `xep0184.rules.RULES` by `python docs/generate.py`. In a decision
the first rule that applies is the reason.

The level is the keyword of RFC 2119 as it stands in the cited section, or one of these:

- `stated`: the section says so without a keyword, in its text or in a schema;
- `decision`: no source says so; this library decides so, as listed [below](#decisions);
- `note`: a remark; nothing is wrong.

"Binds" is whom the source binds: the sender of a message, the recipient of a content
message (who sends the ack message), a client, a server, or any entity. `xep0184 check`
fails for every level except `MAY`, `decision` and `note`.

Sources: XEP-0184 1.4.0, XEP-0280 1.0.1, XEP-0297 1.0, RFC 6120, RFC 6121."""
_TITLES = {
    RuleScope.FORM: "The form of an element that came in",
    RuleScope.STANZA: "A message, about to be sent or come in",
    RuleScope.REQUEST: "Whether to ask for a receipt",
    RuleScope.ACK: "Whether to acknowledge a message",
}


def rules_page() -> str:
    """Return the page about the rules, made from the table that the code judges by."""
    lines = [_HEAD]
    for scope in RuleScope:
        lines += ["", f"## {_TITLES[scope]}", ""]
        lines += ["| id | level | source | binds | rule |", "|---|---|---|---|---|"]
        lines += [
            f"| `{it.id}` | {it.level} | {it.section} | {it.binds} | {it.text} |"
            for it in in_scope(scope)
        ]
    lines += ["", "## Decisions", "", "| name | decision |", "|---|---|"]
    lines += [f"| {name} | {text} |" for name, text in DECISIONS.items()]
    return "\n".join(lines) + "\n"


_REQUIREMENTS_HEAD = """\
# Requirements

What this library has to do, made from the index and the vectors of
`xep0184.conformance` by `python docs/generate.py`.

- id: the number that vectors and tests name;
- keyword: how binding it is for this library. `(d)` and `decision`: no source says so
  in this way; this library decides so;
- section: what it rests on;
- vectors, tests: how many [vectors](conformance.md) and which test modules prove it."""
_REQUIREMENTS_TABLE = """\
| id | keyword | section | requirement | vectors | tests |
|---|---|---|---|---|---|"""


def requirements_page() -> str:
    """Return the page about the requirements and what proves them."""
    lines, topic = [_REQUIREMENTS_HEAD], ""
    for number, it in requirements().items():
        if it.topic != topic:
            topic = it.topic
            lines += ["", f"## {topic}", "", _REQUIREMENTS_TABLE]
        count, tests = tables.proofs(number)
        row = (number, it.keyword, it.section, it.text, str(count), tests)
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines) + "\n"


_ERRORS_HEAD = """\
# Codes

Every code that the library gives, made from its enumerations by
`python docs/generate.py`. A code is stable; its text is not. The ids of the rules are
in [Rules](../rules.md).

An error has a `code` and, if it is about one argument, a `field`; see
[xep0184.errors](api/errors.md). The exit codes of the command are in
[check](../check.md#exit-codes).

"""
_THREATS = Path(__file__).parent / "explanation" / "threats.md"


def threats_page() -> str:
    """Return the page about threats with its tables made again."""
    page = _THREATS.read_text("utf-8")
    made = (tables.bounds_of_reading(), tables.bounds_of_keeping())
    parts = re.split(r"(?<=\n\n)\| what \| at most .*?\n(?=\n)", page, flags=re.DOTALL)
    return "".join(text + table for text, table in zip(parts, (*made, ""), strict=True))


PAGES = {
    "logs.md": logs.logs_page,
    "rules.md": rules_page,
    "requirements.md": requirements_page,
    "reference/codes.md": lambda: _ERRORS_HEAD + tables.codes().rstrip("\n") + "\n",
    "reference/fields.md": fields.fields_page,
    "explanation/refused-receipts.md": refusals.refused_receipts_page,
    "explanation/omitted-requests.md": refusals.omitted_requests_page,
    "explanation/broken-rules.md": refusals.broken_rules_page,
    "explanation/threats.md": threats_page,
    "diagrams/layers.svg": diagrams.layers,
    "diagrams/states.svg": diagrams.states,
    "diagrams/flow.svg": diagrams.flow,
}
"""What is made, by its place in this folder."""

if __name__ == "__main__":
    for name, make in PAGES.items():
        Path(__file__).parent.joinpath(name).write_text(make(), "utf-8")
