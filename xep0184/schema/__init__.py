"""Which elements match the schemas, and what is wrong with those that do not.

Two engines read the same schemas. libxml2 judges: it is quick and total.
xmlschema explains what libxml2 refused, and is imported when that is asked for.
So both doors always agree. A payload that no schema declares passes inside a
stanza (RFC 6120 §8.4); by itself it is not valid, there is nothing to match.

Nothing is fetched: the schemas lie in the package, and what an instance says
about the place of its schema is not followed. Nothing here stops a parse.
"""

from __future__ import annotations

from xep0184.schema.problem import Problem, Revision
from xep0184.schema.validation import ensure_valid, is_valid, problems

__all__ = ["Problem", "Revision", "ensure_valid", "is_valid", "problems"]
