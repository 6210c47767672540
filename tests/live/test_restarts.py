"""Cuts and restarts: nothing is lost, and nothing is shown twice."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from .terminals import Mcabber, Profanity

if TYPE_CHECKING:
    from .scenario import Scenario
    from .terminals import Terminal

AGAIN = {"resend": {"delay": 1.0, "count": 3}, "timeout": 60}


@pytest.mark.parametrize(
    "peer", [pytest.param(Profanity, marks=pytest.mark.core), Mcabber]
)
def test_a_message_is_sent_again_after_a_lost_receipt_and_a_restart(
    scenario: Scenario, peer: type[Terminal]
) -> None:
    """The receipt for the repetition ends it."""
    scenario.befriend("romeo", "juliet")
    juliet = scenario.terminal(peer, "juliet")
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
    romeo.wait("answered", id=id_)
    romeo.kill()
    romeo.wire.cut()
    romeo.start()

    romeo.wire.received(id=id_, count=2)
    assert not romeo.wire.sent(confirms=id_, count=2).lost
    assert juliet.wait("delivered", id=id_)["sender"] == romeo.full
    assert romeo.count("came", id=id_) == 1


@pytest.mark.core
def test_a_bot_is_killed_during_a_conversation(scenario: Scenario) -> None:
    """Each message is shown once, and confirmed once it is processed, not before."""
    scenario.befriend("romeo", "juliet")
    juliet = scenario.terminal(Profanity, "juliet")
    bot = scenario.bot("romeo", policy=AGAIN)
    bot.wire.received(name="iq", type="result", from_=juliet.full)  # disco#info

    # Both ask and answer.
    juliet.say(bot.bare, "ay me")
    before = juliet.wire.sent(body="ay me")
    juliet.wire.received(confirms=before.id)
    spoken = bot.say(juliet.full, "o speak again")
    bot.wait("delivered", id=spoken)

    # It is killed with a message that it has received and not processed, and with
    # one of its own that is not confirmed as far as it knows.
    bot.tell("hold")
    bot.settle()
    juliet.say(bot.bare, "o romeo, romeo")
    unprocessed = bot.wire.received(body="o romeo, romeo")
    bot.wait("came", id=unprocessed.id)
    bot.wire.lose("received")
    unknown = bot.say(juliet.full, "shall i hear more")
    assert bot.wire.received(confirms=unknown).lost
    bot.kill()
    bot.wire.cut()
    assert bot.wire.all("sent", confirms=unprocessed.id) == []

    # Its user is offline meanwhile.
    juliet.wire.received(name="presence", type="unavailable", from_=bot.full)
    juliet.say(bot.bare, "what's in a name")
    offline = juliet.wire.sent(body="what's in a name")

    # It starts again, and asks the archive for what it missed.
    bot.start()
    bot.query("set", bot.bare, "<query xmlns='urn:xmpp:mam:2' queryid='missed'/>")
    for request in (unprocessed, offline):
        juliet.wire.received(confirms=request.id)
    bot.wait("delivered", id=unknown)
    juliet.say(bot.full, "dost thou love me")
    after = juliet.wire.sent(body="dost thou love me")
    juliet.wire.received(confirms=after.id)
    bot.settle()

    logging.getLogger(__name__).info("\n%s", bot.log())
    requests = (before, unprocessed, offline, after)
    assert sorted(bot.shown) == sorted(str(it.body) for it in requests)
    answered = [len(bot.wire.all("sent", confirms=it.id)) for it in requests]
    assert answered == [1, 1, 1, 1]
    assert len(juliet.wire.all("received", id=spoken)) == 1
    # Prosody's archive has the lost receipt; with ejabberd the message is sent again.
    repetitions = len(juliet.wire.all("received", id=unknown)) - 1
    assert repetitions == 1 if scenario.server.name == "ejabberd" else repetitions <= 1
