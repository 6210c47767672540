"""What can be wrong with a stanza, and the code that refuses it."""

from __future__ import annotations

from typing import Final

from xep0184._value import value
from xep0184.errors import XMLCode

__all__ = ["BREACHES", "Breach"]


@value(kw_only=True)
class Breach:
    """One way to break a stanza.

    Attributes:
        code: What refuses it.
        before: Octets before the stanza.
        after: Octets after it.
        child: What stands among its children.
        encoding: How the stanza itself is encoded.
    """

    code: XMLCode
    before: bytes = b""
    after: bytes = b""
    child: str = ""
    encoding: str = "utf-8"


BREACHES: Final = (
    Breach(code=XMLCode.ENCODING, before=b"\xef\xbb\xbf"),
    Breach(code=XMLCode.ENCODING, before=b"<?xml version='1.0' encoding='latin1'?>"),
    Breach(code=XMLCode.ENCODING, encoding="utf-16"),
    Breach(code=XMLCode.ENCODING, encoding="utf-16-le"),
    Breach(code=XMLCode.ENCODING, encoding="utf-32-be"),
    Breach(code=XMLCode.LIMIT, after=b" " * 262_144),
    Breach(code=XMLCode.LIMIT, child="<x>" * 64 + "</x>" * 64),
    Breach(code=XMLCode.LIMIT, child="<x/>" * 8_192),
    Breach(code=XMLCode.NOT_WELL_FORMED, after=b"\0"),
    Breach(code=XMLCode.NOT_WELL_FORMED, after=b"\xff"),
    Breach(code=XMLCode.NOT_WELL_FORMED, after=b"<message/>"),
    Breach(code=XMLCode.NOT_WELL_FORMED, after=b"x"),
    Breach(code=XMLCode.NOT_WELL_FORMED, before=b"x"),
    Breach(code=XMLCode.NOT_WELL_FORMED, child="&#0;"),
    Breach(code=XMLCode.NOT_WELL_FORMED, child="<x>"),
    Breach(code=XMLCode.NOT_WELL_FORMED, child="<x a='1' a='2'/>"),
    Breach(code=XMLCode.NOT_WELL_FORMED, child="<undeclared:x/>"),
    Breach(code=XMLCode.RESTRICTED, after=b"<!-- -->"),
    Breach(code=XMLCode.RESTRICTED, before=b"<!DOCTYPE message>"),
    Breach(code=XMLCode.RESTRICTED, before=b"<?xml version='1.1'?>"),
    Breach(code=XMLCode.RESTRICTED, child="<!-- -->"),
    Breach(code=XMLCode.RESTRICTED, child="<?pi?>"),
)
