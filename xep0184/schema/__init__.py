"""Validation of stanzas and payloads against the bundled schemas.

Two engines read the same schemas. libxml2 decides: it is fast and safe for large
input. xmlschema explains what libxml2 refused; it is imported on first use. A
payload that no schema declares passes inside a stanza (RFC 6120 §8.4); by itself it is
not valid, since there is nothing to match.

Nothing is fetched: the schemas are in the package, and schema locations named by an
instance are ignored. Needs the extra ``schema``.
"""

from __future__ import annotations

from importlib.util import find_spec

from xep0184.errors import MissingExtraError

if find_spec("lxml") is None:
    raise MissingExtraError(extra="schema", module="lxml")

from xep0184.schema.problem import Problem, Revision
from xep0184.schema.validation import ensure_valid, is_valid, problems

__all__ = ["Problem", "Revision", "ensure_valid", "is_valid", "problems"]
