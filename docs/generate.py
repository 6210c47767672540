"""Writes the pages that are made from the package: ``python docs/generate.py``."""

from __future__ import annotations

from pathlib import Path

from xep0184.conformance import requirements
from xep0184.rules import DECISIONS, RuleScope, in_scope

RULES = Path(__file__).parent / "rules.md"
REQUIREMENTS = Path(__file__).parent / "requirements.md"
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

The numbers that the vectors of `xep0184.conformance` name in `requirements`, made from
`index.json` beside the vectors by `python docs/generate.py`. The keyword is how binding
a requirement is for this library, and the section is what it rests on. `(d)` and
`decision`: no source says so in this way; this library decides so."""


def requirements_page() -> str:
    """Return the page about the requirements, made from the index of the vectors."""
    lines, topic = [_REQUIREMENTS_HEAD], ""
    for number, it in requirements().items():
        if it.topic != topic:
            topic = it.topic
            lines += ["", f"## {topic}", ""]
            lines += ["| id | keyword | section | requirement |", "|---|---|---|---|"]
        lines.append(f"| {number} | {it.keyword} | {it.section} | {it.text} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    REQUIREMENTS.write_text(requirements_page(), encoding="utf-8")
    RULES.write_text(rules_page(), encoding="utf-8")
