"""Connections that are cut while the program goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .terminals import Profanity

if TYPE_CHECKING:
    from .bot import Bot
    from .scenario import Scenario
    from .terminals import Terminal

AGAIN = {"resend": {"delay": 1.0, "count": 3}, "timeout": 60}
WITH_RESUMPTION = ["xep_0115", "xep_0198"]


def lose_a_receipt(bot: Bot, juliet: Terminal) -> str:
    """Let a receipt be lost, then cut the connection; return the id of the message."""
    bot.wire.received(name="iq", type="result", from_=juliet.full)  # disco#info
    bot.settle()
    bot.wire.lose("received")
    id_ = bot.say(juliet.full, "o speak again")
    assert bot.wire.received(confirms=id_).lost
    bot.wire.cut()
    return id_


def test_a_message_is_sent_again_on_a_new_stream(scenario: Scenario) -> None:
    """If its receipt was lost with the old one."""
    scenario.befriend("romeo", "juliet")
    juliet = scenario.terminal(Profanity, "juliet")
    bot = scenario.bot("romeo", policy=AGAIN)
    id_ = lose_a_receipt(bot, juliet)
    bot.wait("started", count=2)
    juliet.wire.received(id=id_, count=2)
    assert not bot.wire.received(confirms=id_, count=2).lost
    assert bot.wait("delivered", id=id_)["sender"] == juliet.full


def test_a_stream_that_is_resumed_brings_the_receipt(scenario: Scenario) -> None:
    """The server sends again what was lost, so we do not; and we answer again."""
    scenario.befriend("romeo", "juliet")
    juliet = scenario.terminal(Profanity, "juliet")
    bot = scenario.bot("romeo", policy=AGAIN, plugins=WITH_RESUMPTION)
    id_ = lose_a_receipt(bot, juliet)
    bot.wait("resumed")
    assert not bot.wire.received(confirms=id_, count=2).lost
    assert bot.wait("delivered", id=id_)["sender"] == juliet.full
    assert len(juliet.wire.all("received", id=id_)) == 1

    juliet.say(bot.full, "ay me")
    request = bot.wire.received(body="ay me")
    assert bot.wire.sent(confirms=request.id).to == juliet.full
