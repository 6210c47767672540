"""Requests and answers between our plugin and other clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .terminals import Mcabber, Profanity

if TYPE_CHECKING:
    from .scenario import Scenario
    from .terminals import Terminal

ADDRESSES = pytest.mark.parametrize(
    "address", [pytest.param("bare", marks=pytest.mark.core), "full"]
)
PEERS = pytest.mark.parametrize("peer", [Profanity, Mcabber])


@PEERS
@ADDRESSES
def test_we_answer_a_peer(
    scenario: Scenario, peer: type[Terminal], address: str
) -> None:
    """The receipt goes to the client that asked, with the id of its message."""
    scenario.befriend("romeo", "juliet")
    bot = scenario.bot("romeo")
    juliet = scenario.terminal(peer, "juliet")
    juliet.wire.received(name="iq", type="result", from_=bot.full)  # disco#info
    bot.ping(juliet.full)

    juliet.say(getattr(bot, address), "ay me")
    request = juliet.wire.sent(body="ay me")
    assert request.asks
    receipt = bot.wire.sent(confirms=request.id)
    assert (receipt.to, receipt.type) == (juliet.full, "chat")
    arrived = juliet.wire.received(confirms=request.id)
    assert arrived.from_ == bot.full
    assert bot.shown == ["ay me"]


@PEERS
@ADDRESSES
def test_a_peer_answers_us(
    scenario: Scenario, peer: type[Terminal], address: str
) -> None:
    """The answer is matched to the message."""
    scenario.befriend("romeo", "juliet")
    juliet = scenario.terminal(peer, "juliet")
    bot = scenario.bot("romeo")
    bot.wire.received(name="presence", from_=juliet.full)

    id_ = bot.say(getattr(juliet, address), "o speak again")
    assert juliet.wire.received(id=id_).asks
    assert juliet.wire.sent(confirms=id_).to == bot.full
    bot.wire.received(confirms=id_)
    bot.wait("delivered", id=id_)


@pytest.mark.parametrize("server", ["ejabberd"], indirect=True)
def test_an_id_with_control_characters_survives(scenario: Scenario) -> None:
    """Slixmpp, and Prosody too, would write them so that blanks arrive."""
    scenario.befriend("romeo", "juliet")
    romeo, juliet = scenario.bot("romeo"), scenario.bot("juliet")
    juliet.wire.received(name="presence", from_=romeo.full)

    message = f"<message to='{romeo.full}' id='a&#9;b&#10;c&#13;d'>"
    payload = "<body>ay me</body><request xmlns='urn:xmpp:receipts'/>"
    juliet.tell("raw", f"{message}{payload}</message>")
    assert romeo.wire.received(body="ay me").id == "a\tb\nc\rd"
    assert romeo.wire.sent(confirms="a\tb\nc\rd").to == juliet.full
    assert juliet.wire.received(confirms="a\tb\nc\rd").from_ == romeo.full
