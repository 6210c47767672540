"""Messages that waited while the user was offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .terminals import Profanity

if TYPE_CHECKING:
    from .scenario import Scenario


@pytest.mark.core
def test_what_comes_before_the_roster_is_answered_after_it(scenario: Scenario) -> None:
    """Nobody knows before who may see the presence; a stranger is never answered."""
    scenario.befriend("romeo", "juliet")
    scenario.register("tybalt")
    juliet = scenario.terminal(Profanity, "juliet")
    tybalt = scenario.terminal(Profanity, "tybalt")
    juliet.say(scenario.bare("romeo"), "ay me")
    tybalt.say(scenario.bare("romeo"), "boy")
    expected = juliet.wire.sent(body="ay me"), tybalt.wire.sent(body="boy")

    bot = scenario.bot("romeo", roster=False)
    for request in expected:
        assert bot.wire.received(id=request.id).asks
    bot.settle()
    assert sorted(bot.shown) == ["ay me", "boy"]
    assert bot.wire.all("sent", name="message") == []

    bot.tell("roster")
    assert bot.wire.sent(name="message").to == juliet.full
    juliet.wire.received(confirms=expected[0].id)
    bot.settle()
    assert len(bot.wire.all("sent", name="message")) == 1


def test_an_answer_that_waits_survives_a_restart(scenario: Scenario) -> None:
    """The message was processed before the restart, and is not shown again."""
    scenario.befriend("romeo", "juliet")
    juliet = scenario.terminal(Profanity, "juliet")
    bot = scenario.bot("romeo", roster=False)
    juliet.say(bot.full, "ay me")
    request = bot.wire.received(body="ay me")
    bot.settle()
    assert bot.shown == ["ay me"]
    assert bot.wire.all("sent", name="message") == []

    bot.kill()
    bot.start()
    bot.settle()
    assert bot.wire.all("sent", name="message") == []
    bot.tell("roster")
    assert bot.wire.sent(confirms=request.id).to == juliet.full
    assert juliet.wire.received(confirms=request.id).from_ == bot.full
    assert bot.count("came") == 1
