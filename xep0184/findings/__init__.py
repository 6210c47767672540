"""What a stanza is, and everything wrong or odd about it.

Puts side by side what three judges say about one element, without mixing them: its
form (what a lenient reader passes over), the schema, and the rules of the XEP. The
first judge is the parser: what is not XMPP's XML gives an error and no element;
`xml_finding` makes a finding of that error.
"""

from __future__ import annotations

from xep0184.findings.examining import examine, examine_all, findings
from xep0184.findings.finding import Finding, FindingSource, Report, StanzaKind
from xep0184.findings.validity import xml_finding

__all__ = [
    "Finding",
    "FindingSource",
    "Report",
    "StanzaKind",
    "examine",
    "examine_all",
    "findings",
    "xml_finding",
]
