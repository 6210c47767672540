"""Method one of determining support: ask the entity (XEP-0030, XEP-0184 §6).

Reads and writes disco#info queries and answers and says what an answer means for
receipts. Which answer to believe of whom is the business of `xep0184.caps` and
`xep0184.discovery`.
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
