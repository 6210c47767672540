"""The rules about receipts as one table, and the check of a message against it.

Each row of `RULES` names what it judges, the section that says so, and the keyword
as it stands there. Where no source says anything, this library decides: the level is
then DECISION, and the section is, for example, "decision D3". `DECISIONS` has the text
of each decision by its name ("D3"), and docs/rules.md lists all rules and decisions.
Code, documentation and tests are made from the rows: a rule that is not in the table
is not judged. Reading a message never depends on a rule.

>>> from xep0184.message import Message
>>> for rule in violations(Message(request=True)):
...     print(rule.level, rule.section, rule.text)
MUST XEP-0184 §7 The message asks for a receipt but has no id.
"""

from __future__ import annotations

from xep0184.rules.examples import EXAMPLES, Example
from xep0184.rules.judging import ensure_allowed, violations
from xep0184.rules.table import (
    DECISIONS,
    RULES,
    Level,
    Rule,
    RuleScope,
    Ruling,
    Severity,
    in_scope,
)

__all__ = [
    "DECISIONS",
    "EXAMPLES",
    "RULES",
    "Example",
    "Level",
    "Rule",
    "RuleScope",
    "Ruling",
    "Severity",
    "ensure_allowed",
    "in_scope",
    "violations",
]
