"""What a stanza is, and everything wrong or odd about it.

Lists the results of three separate checks of an element: of its form (mistakes that a
lenient reader ignores), of its schema, and of the rules of the XEP. Octets that are not
XMPP's XML are no element: the parser raises an error, and `xml_finding` makes a finding
of it.
"""

from __future__ import annotations

from xep0184.findings.codes import CODES
from xep0184.findings.examining import examine, examine_all, findings
from xep0184.findings.finding import Finding, FindingSource, Report, StanzaKind
from xep0184.findings.validity import xml_finding

__all__ = [
    "CODES",
    "Finding",
    "FindingSource",
    "Report",
    "StanzaKind",
    "examine",
    "examine_all",
    "findings",
    "xml_finding",
]
