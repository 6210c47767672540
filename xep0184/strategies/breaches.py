"""Ways to break the XML of a stanza, each with the code of its `XMLError`."""

from __future__ import annotations

from typing import Final

from xep0184._value import value
from xep0184.errors import XMLCode

__all__ = ["BREACHES", "Breach"]


@value(kw_only=True)
class Breach:
    """One way to break a stanza.

    Attributes:
        code: The code of the error.
        before: Octets to put before the stanza.
        after: Octets to put after it.
        child: Text to put among its children.
        encoding: The encoding of the stanza.
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
