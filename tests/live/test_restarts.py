"""Cuts and restarts: nothing is lost, and nothing is shown twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .terminals import Profanity

if TYPE_CHECKING:
    from .scenario import Scenario

AGAIN = {"resend": {"delay": 1.0, "count": 3}, "timeout": 60}


@pytest.mark.core
def test_a_message_is_sent_again_after_a_lost_receipt_and_a_restart(
    scenario: Scenario,
) -> None:
    """The receipt for the repetition ends it."""
    scenario.befriend("romeo", "juliet")
    juliet = scenario.terminal(Profanity, "juliet")
    bot = scenario.bot("romeo", policy=AGAIN)
    bot.wire.received(name="iq", type="result", from_=juliet.full)  # disco#info
    bot.settle()

    bot.wire.lose("received")
    id_ = bot.say(juliet.full, "o speak again")
    assert bot.wire.received(confirms=id_).lost
    bot.kill()
    bot.wire.cut()
    bot.start()

    first = juliet.wire.received(id=id_)
    again = juliet.wire.received(id=id_, count=2)
    assert (again.body, again.asks) == (first.body, first.asks)
    assert not bot.wire.received(confirms=id_, count=2).lost
    assert bot.wait("delivered", id=id_)["sender"] == juliet.full


@pytest.mark.core
def test_a_repetition_is_answered_and_not_shown_after_a_restart(
    scenario: Scenario,
) -> None:
    """Our answer is lost, and we are restarted before the peer sends again."""
    scenario.befriend("romeo", "juliet")
    romeo = scenario.bot("romeo")
    juliet = scenario.bot("juliet", policy=AGAIN)
    juliet.wire.received(name="iq", type="result", from_=romeo.full)  # disco#info
    juliet.settle()

    romeo.wire.lose("sent")
    id_ = juliet.say(romeo.full, "ay me")
    assert romeo.wire.sent(confirms=id_).lost
    romeo.kill()
    romeo.wire.cut()
    romeo.start()

    romeo.wire.received(id=id_, count=2)
    assert not romeo.wire.sent(confirms=id_, count=2).lost
    assert juliet.wait("delivered", id=id_)["sender"] == romeo.full
    assert romeo.shown == ["ay me"]
