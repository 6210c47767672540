"""Determines support by asking the entity: disco#info (XEP-0030, XEP-0184 §6).

Reads and writes queries and answers, and tells whether an answer lists support for
receipts. `xep0184.caps` verifies answers by their hash; `xep0184.discovery` decides
whom to ask and for whom an answer counts.
"""

from __future__ import annotations

from xep0184.disco.answers import (
    answer_of,
    from_element,
    match,
    parse,
    query_of,
    support,
)
from xep0184.disco.info import (
    FORM_TYPE,
    ODDITIES,
    Answer,
    Condition,
    DataForm,
    Field,
    Identity,
    Info,
    Match,
    Oddity,
    Query,
)
from xep0184.disco.iqs import complete, query, refuse, reply, serialize

__all__ = [
    "FORM_TYPE",
    "ODDITIES",
    "Answer",
    "Condition",
    "DataForm",
    "Field",
    "Identity",
    "Info",
    "Match",
    "Oddity",
    "Query",
    "answer_of",
    "complete",
    "from_element",
    "match",
    "parse",
    "query",
    "query_of",
    "refuse",
    "reply",
    "serialize",
    "support",
]
