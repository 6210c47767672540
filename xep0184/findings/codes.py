"""Every code that a check can report, by the row that explains it.

Most are rules of the table. The others are what the parser, the schema and the reading
of a recording find: they are judged elsewhere, and only explained here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184.errors import XMLCode
from xep0184.rules import RULES, Level, Rule, RuleScope

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CODES", "RECOVERED", "SCHEMA", "row"]

RECOVERED: Final = "recovered"
"""The code of a stanza that may be part of something broken."""
SCHEMA: Final = "schema"
"""The code of a problem with a schema."""


def row(code: str, level: Level, section: str, text: str) -> Rule:
    """Return a row for what is judged elsewhere."""
    return Rule(
        scope=RuleScope.FORM,
        id=code,
        level=level,
        section=section,
        binds="" if level in {Level.NOTE, Level.DECISION} else "entity",
        text=text,
    )


CODES: Final[Mapping[str, Rule]] = {
    rule.id: rule
    for rule in (
        *(it for it in RULES if it.scope in {RuleScope.FORM, RuleScope.STANZA}),
        row(
            XMLCode.RESTRICTED,
            Level.MUST_NOT,
            "RFC 6120 §11.1",
            "The stanza holds XML that XMPP forbids, such as a comment.",
        ),
        row(
            XMLCode.NOT_WELL_FORMED,
            Level.MUST_NOT,
            "RFC 6120 §11.3",
            "The stanza is not well-formed XML.",
        ),
        row(
            XMLCode.ENCODING,
            Level.MUST_NOT,
            "RFC 6120 §11.6",
            "The stream is not in UTF-8, or begins with a byte order mark.",
        ),
        row(
            XMLCode.LIMIT,
            Level.DECISION,
            "decision D34",
            "The stanza is larger than the limits, so it is not read.",
        ),
        row(
            RECOVERED,
            Level.NOTE,
            "RFC 6120 §11",
            "The stanza may be part of the broken piece before it, so it proves"
            " nothing.",
        ),
        row(
            SCHEMA,
            Level.STATED,
            "RFC 6120 §8",
            "The stanza or a payload of it does not match its schema.",
        ),
    )
}
"""The rows by their codes."""
