"""Requests and answers between our plugin and other clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .terminals import Mcabber, Profanity

if TYPE_CHECKING:
    from .scenario import Scenario
    from .terminals import Terminal

PEERS = pytest.mark.parametrize("peer", [Profanity, Mcabber])


@PEERS
@pytest.mark.parametrize("address", ["bare", "full"])
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
@pytest.mark.parametrize("address", ["bare", "full"])
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
