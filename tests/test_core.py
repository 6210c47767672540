"""The core needs the standard library alone; what needs an extra says which."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from xep0184.errors import MissingExtraError

WITHOUT_EXTRAS = """if True:
    import sys
    for name in ("lxml", "xmlschema", "hypothesis", "click", "rich"):
        sys.modules[name] = None
"""


def run(code: str) -> str:
    """Run code in an interpreter that has no extra and return what it printed."""
    command = [sys.executable, "-I", "-c", WITHOUT_EXTRAS + code]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def test_the_core_works_without_any_extra() -> None:
    """Reading, deciding, writing, tracking, disco, caps, wrappers, recordings."""
    printed = run("""
    from io import BytesIO
    from xml.etree import ElementTree
    import xep0184
    octets = (b"<message xmlns='jabber:client' from='n@s.lit/w' id='a'>"
              b"<body>hi</body><request xmlns='urn:xmpp:receipts'/></message>")
    me = xep0184.jid.parse("k@r.lit/throne")
    for source in (octets, octets.decode(), ElementTree.fromstring(octets)):
        message = xep0184.envelope.unwrap(source, account=me).message
        print(message == xep0184.parse(octets) == xep0184.from_element(source))
    print(xep0184.to_element(message).tag)
    element = ElementTree.fromstring(octets)
    xep0184.add_request(element)
    tracker = xep0184.Tracker(me)
    print(len(tracker), xep0184.findings.findings(octets).__class__.__name__)
    answer = xep0184.disco.parse(
        "<iq xmlns='jabber:client' type='result' id='1'><query"
        " xmlns='http://jabber.org/protocol/disco#info'>"
        "<feature var='urn:xmpp:receipts'/></query></iq>")
    print(xep0184.disco.support(answer.info), xep0184.caps.ver(answer.info))
    print(xep0184.discovery.Discovery.__name__)
    print([piece.line for piece in xep0184.stream.read(BytesIO(octets))])
    """)
    assert printed.splitlines() == [
        *["True"] * 3,
        "{jabber:client}message",
        "0 generator",
        "yes BU8l8wpx4J15lZF5a166BQRnd7w=",
        "Discovery",
        "[1]",
    ]


@pytest.mark.parametrize(
    ("statement", "extra"),
    [
        ("import xep0184.schema", "schema"),
        ("import xep0184; xep0184.schema", "schema"),
        ("import xep0184.strategies", "testing"),
        ("import xep0184.__main__ as it; it.main()", "cli"),
    ],
)
def test_a_missing_extra_is_one_sentence(statement: str, extra: str) -> None:
    """It names the module that is missing and the command that installs it."""
    printed = run(f"""
    try:
        {statement}
    except (ImportError, SystemExit) as error:
        print(error)
    """)
    assert printed.count("\n") == 0
    assert printed.endswith(f"run: pip install 'xep0184[{extra}]'")


def test_the_schema_room_needs_lxml(monkeypatch: pytest.MonkeyPatch) -> None:
    """The import says which extra to install."""
    pytest.importorskip("lxml")
    schema = importlib.import_module("xep0184.schema")
    monkeypatch.setitem(sys.modules, "lxml", None)
    with pytest.raises(MissingExtraError, match="schema"):
        importlib.reload(schema)
