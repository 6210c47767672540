"""Writes the pages that are made from the package: ``python docs/generate.py``."""

from __future__ import annotations

from pathlib import Path

from xep0184.rules import RuleScope, of

RULES = Path(__file__).parent / "rules.md"
_TITLES = {
    RuleScope.FORM: "The form of an element that came in",
    RuleScope.STANZA: "A message, about to be sent or come in",
    RuleScope.REQUEST: "Whether to ask for a receipt",
    RuleScope.ACK: "Whether to answer with one",
}


def rules_page() -> str:
    """Return the page about the rules, made from the table the code judges by."""
    lines = [
        "# Rules",
        "",
        "Made from `xep0184.rules.RULES` by `python docs/generate.py`. In a decision",
        "the first rule that applies is the reason.",
    ]
    for scope in RuleScope:
        lines += ["", f"## {_TITLES[scope]}", "", "| id | level | source | rule |"]
        lines += ["|---|---|---|---|"]
        lines += [
            f"| `{rule.id}` | {rule.level} | {rule.section} | {rule.text} |"
            for rule in of(scope)
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    RULES.write_text(rules_page(), encoding="utf-8")
