"""Parses and checks the XML of one stanza, and escapes text (RFC 6120 §11).

`parse` reads octets with expat and builds an element of the standard library;
`check` applies the same rules to an element that another parser made; `to_octets`
writes one. Stanzas and their namespaces have no meaning here, except in
`error_condition`.
"""

from __future__ import annotations

from xep0184.xml.conditions import error_condition
from xep0184.xml.elements import ElementLike, check
from xep0184.xml.escapes import escape_attribute, escape_text, is_writable
from xep0184.xml.limits import DEFAULT_LIMITS, Limits, SourceForm
from xep0184.xml.parser import Source, element_of, parse, unchecked_element_of, wrapper
from xep0184.xml.writing import to_octets

__all__ = [
    "DEFAULT_LIMITS",
    "ElementLike",
    "Limits",
    "Source",
    "SourceForm",
    "check",
    "element_of",
    "error_condition",
    "escape_attribute",
    "escape_text",
    "is_writable",
    "parse",
    "to_octets",
    "unchecked_element_of",
    "wrapper",
]
