"""What the plugin for slixmpp has in common with slixmpp's own, and what is its own.

`test_examples` tries it like the examples for other stacks; the client is the same.
"""

from __future__ import annotations

import importlib
import os
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

import xep0184
from xep0184 import Resend, ns
from xep0184.receipts import Delivered, ReceiptsPolicy, Repeated, ResendStanza

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

if "slixmpp" in os.environ.get("XEP0184_STACKS", ""):
    importlib.import_module("slixmpp")
else:
    pytest.importorskip("slixmpp", exc_type=ImportError)

NAMES: Final = runpy.run_path(str(Path(__file__).parent / "test_examples.py"))
FRIEND: Final = NAMES["FRIEND"]
ASKED: Final = NAMES["ASKED"]
RECEIVED: Final = NAMES["RECEIVED"]
SM: Final = "urn:xmpp:sm:3"


@pytest.fixture
def start() -> Iterator[Callable[..., Any]]:
    """Give what starts a client with a configuration of the plugin."""
    started: list[Any] = []

    def start(**config: object) -> Any:  # noqa: ANN401
        client = type("Configured", (NAMES["Slixmpp"],), {"config": config})()
        started.append(client)
        client.know("juliet@capulet.lit")
        client.plugin = client.xmpp.plugin["xep_0184"]
        client.events = []
        for name in ("received", "delivered", "repeated", "resend"):
            client.xmpp.add_event_handler(
                f"receipt_{name}",
                lambda it, name=name: client.events.append((name, it)),
            )
        return client

    yield start
    for each in started:
        each.stop()


def test_the_stanza_has_the_interfaces_of_slixmpp(start: Callable[..., Any]) -> None:
    """As slixmpp's own tests of its plugin have it (its test_stanza_xep_0184)."""
    client = start()
    message = client.xmpp.Message()
    assert message["request_receipt"] is False
    message["request_receipt"] = True
    assert message["request_receipt"] is True
    assert [child.tag for child in message.xml] == [ns.REQUEST_TAG]
    ack = client.xmpp.Message()
    ack["receipt"] = "1"
    (received,) = ack.xml
    assert (received.tag, received.attrib) == (ns.RECEIVED_TAG, {"id": "1"})


def test_the_configuration_is_that_of_slixmpp(start: Callable[..., Any]) -> None:
    """Answers come by themselves, requests do not."""
    client = start()
    assert (client.plugin.auto_ack, client.plugin.auto_request) == (True, False)
    client.send(FRIEND, "out")
    (message,) = client.messages()
    assert not message.request
    client.receive(NAMES["incoming"](ASKED))
    assert client.acked() == ["in"]


def test_a_request_of_the_application_is_tracked(start: Callable[..., Any]) -> None:
    """By slixmpp's interface; its event has the ack message."""
    client = start()
    message = client.xmpp.make_message(FRIEND, "o speak again", mtype="chat")
    message["request_receipt"] = True
    message.send()
    client.wait(0)
    (written,) = client.messages()
    client.receive(NAMES["incoming"](RECEIVED.replace("out", "x")))
    assert client.events == []
    client.receive(NAMES["incoming"](RECEIVED.replace("out", written.id)))
    (_, delivered), (name, stanza) = client.events
    assert (delivered.id, name) == (written.id, "received")
    assert stanza["receipt"] == written.id
    assert isinstance(delivered, Delivered)


def test_an_application_may_take_its_time(start: Callable[..., Any]) -> None:
    """Nothing is confirmed before it says so; saying it twice is no mistake."""
    client = start(auto_ack=False)
    stanzas: list[Any] = []
    client.xmpp.add_event_handler("message", stanzas.append)
    client.receive(NAMES["incoming"](ASKED))
    assert client.acked() == []
    client.plugin.ack(stanzas[0])
    client.plugin.ack(stanzas[0])
    client.plugin.ack(client.xmpp.Message())
    client.wait(0)
    assert client.acked() == ["in"]


def test_a_repetition_is_an_event_and_no_message(start: Callable[..., Any]) -> None:
    """An application that knows nothing of repetitions does not show it twice."""
    client = start()
    client.receive(NAMES["incoming"](ASKED))
    client.receive(NAMES["incoming"](ASKED))
    assert [body for body, _ in client.shown] == ["ay me"]
    ((name, action),) = client.events
    assert (name, action.id) == ("repeated", "in")
    assert isinstance(action, Repeated)


def test_an_archive_is_given_whole(start: Callable[..., Any]) -> None:
    """Also those messages that the application had before."""
    from slixmpp.xmlstream.handler import Callback
    from slixmpp.xmlstream.matcher import MatchXPath

    client = start()
    stanzas: list[Any] = []
    results = MatchXPath("{jabber:client}message/{urn:xmpp:mam:2}result")
    client.xmpp.register_handler(Callback("results", results, stanzas.append))
    client.receive(NAMES["incoming"](ASKED))
    client.query_archive()
    result = "result xmlns='urn:xmpp:mam:2' queryid='q' id='1'"
    message = NAMES["wrapped"](result, NAMES["incoming"](ASKED), NAMES["ACCOUNT"])
    client.receive(message)
    assert len(stanzas) == 1
    assert client.acked() == ["in"]


def test_a_disabled_plugin_does_nothing(start: Callable[..., Any]) -> None:
    """It leaves no filter, no handler, no timer and no feature behind."""
    client = start(auto_request=True, policy=ReceiptsPolicy(timeout=0.2))
    client.send(FRIEND, "out")
    client.written()
    client.xmpp.plugin.disable("xep_0184")
    client.receive(NAMES["incoming"](ASKED))
    assert client.acked() == []
    client.send(FRIEND, "other")
    client.wait(0.3)
    assert [message.request for message in client.messages()] == [False]
    assert client.told(xep0184.receipts.UnconfirmedMessage) == []


CAPS: Final = (
    "<presence xmlns='jabber:client' from='{}'><c xmlns='http://jabber.org/protocol/caps'"
    " hash='sha-1' node='n' ver='QgayPKawpkPSDYmwT/WM94uAlu0='/></presence>"
)


def test_a_query_times_out(start: Callable[..., Any]) -> None:
    """A presence sets the timer: then another client of the same hash is asked."""
    client = start(policy=ReceiptsPolicy(query_timeout=0.5))
    for resource in ("balcony", "hall"):
        client.receive(CAPS.format(f"juliet@capulet.lit/{resource}"))
    (query,) = client.written()
    client.wait(0.6)
    (other,) = client.written()
    assert {query.get("to"), other.get("to")} == {
        "juliet@capulet.lit/balcony",
        "juliet@capulet.lit/hall",
    }


def test_the_timer_is_set_for_the_earliest_deadline(start: Callable[..., Any]) -> None:
    """One that is set already is later: that of a query."""
    policy = ReceiptsPolicy(resend=Resend(delay=0.02, count=1), resend_bare=True)
    client = start(auto_request=True, policy=policy)
    client.receive(CAPS.format(FRIEND))
    client.send("juliet@capulet.lit", "out")
    client.wait(0.05)
    assert [message.id for message in client.messages()] == ["out", "out"]


def test_a_plugin_may_be_registered_late(start: Callable[..., Any]) -> None:
    """It takes part in the stream that is there."""
    client = start()
    client.xmpp.plugin.disable("xep_0184")
    client.xmpp.register_plugin("xep_0184")
    client.know("juliet@capulet.lit")
    client.receive(NAMES["incoming"](ASKED))
    assert client.acked() == ["in"]


def test_a_snapshot_may_be_saved_before_the_answer(start: Callable[..., Any]) -> None:
    """A program that is killed in between finds the answer in it."""
    client = start(auto_ack=False)
    stanzas: list[Any] = []
    client.xmpp.add_event_handler("message", stanzas.append)
    client.receive(NAMES["incoming"](ASKED))
    client.plugin.ack(stanzas[0])
    saved = client.plugin.receipts.snapshot(0.0, 0.0)
    assert client.messages() == []
    second = start(auto_ack=False)
    second.plugin.receipts.restore(saved, 0.0, 0.0)
    second.plugin._carry_out()  # noqa: SLF001
    assert second.acked() == ["in"]


def test_a_stanza_to_send_again_after_a_restart_is_an_event(
    start: Callable[..., Any],
) -> None:
    """Only the application has it then."""
    first, second = (
        start(
            auto_request=True,
            policy=ReceiptsPolicy(
                resend=Resend(delay=delay, count=1), resend_bare=True
            ),
        )
        for delay in (60, 0.02)
    )
    first.send("juliet@capulet.lit", "out")
    saved = first.plugin.receipts.snapshot(0.0, 0.0)
    second.plugin.receipts.restore(saved, 0.0, 0.0)
    second.plugin._carry_out()  # noqa: SLF001
    second.wait(0.05)
    ((name, action),) = second.events
    assert (name, action.id) == ("resend", "out")
    assert isinstance(action, ResendStanza)


def test_an_answer_waits_for_the_stream(start: Callable[..., Any]) -> None:
    """It goes out when the stream is resumed (XEP-0198 §5)."""
    client = start(auto_ack=False)
    stanzas: list[Any] = []
    client.xmpp.add_event_handler("message", stanzas.append)
    client.receive(NAMES["incoming"](ASKED))
    client.cut()
    client.plugin.ack(stanzas[0])
    client.xmpp.init_parser()
    client.xmpp.connection_made(NAMES["Transport"](client._written))  # noqa: SLF001
    client.octets = b""
    client.wait(0)
    assert client.octets == b""
    client.xmpp.event("session_resumed", None)
    client.wait(0)
    assert client.acked() == ["in"]


def test_an_answer_counts_as_a_stanza(start: Callable[..., Any]) -> None:
    """Both sides of a stream number what is sent (XEP-0198 §4)."""
    client = start()
    client.xmpp.register_plugin("xep_0198")
    management = client.xmpp.plugin["xep_0198"]
    management.enabled_out = True
    client.receive(NAMES["incoming"](ASKED, stanza_id="a&#10;b"))
    assert (management.seq, client.acked()) == (1, ["a\nb"])


def test_a_repetition_counts_as_a_stanza(start: Callable[..., Any]) -> None:
    """Whichever plugin comes first: the server counts it, too (XEP-0198 §4)."""
    client = start()
    client.xmpp.register_plugin("xep_0198")
    client.connect()
    client.know("juliet@capulet.lit")
    management = client.xmpp.plugin["xep_0198"]
    management.enabled_in, management.handled = True, 0
    for _ in range(2):
        client.receive(NAMES["incoming"](ASKED))
    assert (management.handled, client.acked()) == (2, ["in", "in"])
