"""Who may not see the user's presence learns nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .terminals import Profanity

if TYPE_CHECKING:
    from .scenario import Scenario


@pytest.mark.core
def test_a_stranger_gets_no_receipt(scenario: Scenario) -> None:
    """The message is shown; neither a receipt nor a query shows that we are online."""
    scenario.register("romeo", "tybalt")
    bot = scenario.bot("romeo")
    tybalt = scenario.terminal(Profanity, "tybalt")

    tybalt.say(bot.bare, "boy")
    request = bot.wire.received(body="boy")
    assert request.asks
    bot.settle()
    assert bot.shown == ["boy"]
    assert [it for it in bot.wire.all("sent") if it.to and tybalt.bare in it.to] == []


def test_only_a_contact_is_answered(scenario: Scenario) -> None:
    """From the moment on at which the roster says so, and no longer than that."""
    scenario.register("romeo", "juliet")
    bot = scenario.bot("romeo")
    juliet = scenario.bot("juliet")
    ids: list[str] = []
    for allow in ("", "subscribed", "unsubscribed"):
        if allow == "subscribed":
            juliet.send(f"<presence to='{bot.bare}' type='subscribe'/>")
            bot.wire.received(name="presence", type="subscribe", from_=juliet.bare)
        if allow:
            bot.send(f"<presence to='{juliet.bare}' type='{allow}'/>")
            juliet.wire.received(name="presence", type=allow, from_=bot.bare)
            bot.settle()
        ids.append(juliet.say(bot.full, "ay me"))
        assert bot.wire.received(id=ids[-1]).asks
        bot.settle()
    sent = [it.confirms for it in bot.wire.all("sent", name="message")]
    assert sent == [ids[1]]


def test_a_message_to_nobody_comes_back(scenario: Scenario) -> None:
    """The application learns it."""
    scenario.register("romeo")
    bot = scenario.bot("romeo")
    nobody = scenario.bare("nobody")
    id_ = bot.say(nobody, "is anybody there")
    assert bot.wire.sent(id=id_).asks
    assert bot.wire.received(name="message", id=id_).type == "error"
    assert bot.wait("bounced", id=id_)["sender"] == nobody
