"""Archives of the server (XEP-0313): what they send was said before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .terminals import Profanity

if TYPE_CHECKING:
    from .scenario import Scenario

RESULT = "{urn:xmpp:mam:2}result"
QUERY = "<query xmlns='urn:xmpp:mam:2' queryid='q'/>"


@pytest.mark.core
def test_what_was_answered_is_not_answered_from_the_archive(scenario: Scenario) -> None:
    """Neither is what a stranger sends as if it came from an archive."""
    scenario.befriend("romeo", "juliet")
    scenario.register("tybalt")
    romeo, tybalt = map(scenario.bot, ("romeo", "tybalt"))
    juliet = scenario.terminal(Profanity, "juliet")
    juliet.say(romeo.bare, "ay me")
    request = juliet.wire.sent(body="ay me")
    juliet.wire.received(confirms=request.id)

    romeo.query("set", romeo.bare, QUERY)
    results = [it.inner for it in romeo.wire.all("received", child=RESULT)]
    assert [(it.id, it.asks) for it in results if it and it.body] == [
        (request.id, True)
    ]
    forged = (
        f"<result xmlns='urn:xmpp:mam:2' queryid='q' id='1'><forwarded"
        f" xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' id='forged'"
        f" from='{juliet.full}' to='{romeo.bare}' type='chat'><body>no</body>"
        "<request xmlns='urn:xmpp:receipts'/></message></forwarded></result>"
    )
    tybalt.say(romeo.full, "", more=forged)
    romeo.wire.received(child=RESULT, from_=tybalt.full)
    romeo.settle()
    answers = [it for it in romeo.wire.all("sent", name="message") if it.confirms]
    assert [it.confirms for it in answers] == [request.id]


def test_what_is_new_to_the_client_is_answered_from_the_archive(
    scenario: Scenario,
) -> None:
    """Another client of the account got it and did not answer."""
    scenario.befriend("romeo", "juliet")
    phone = scenario.bot("romeo", "phone")
    phone.tell("hold")
    juliet = scenario.terminal(Profanity, "juliet")
    juliet.wire.received(name="presence", from_=phone.full)
    juliet.say(scenario.bare("romeo"), "ay me")
    request = phone.wire.received(body="ay me")

    desk = scenario.bot("romeo", "desk")
    desk.query("set", desk.bare, QUERY)
    assert desk.wire.sent(confirms=request.id).to == juliet.full
    assert juliet.wire.received(confirms=request.id).from_ == desk.full


@pytest.mark.core
def test_the_archive_is_read_whole(scenario: Scenario) -> None:
    """What was shown before is in it, too, although it is not shown again."""
    scenario.befriend("romeo", "juliet")
    bot = scenario.bot("romeo", plugins=["xep_0115", "xep_0313"])
    juliet = scenario.terminal(Profanity, "juliet")
    juliet.say(bot.bare, "ay me")
    request = juliet.wire.sent(body="ay me")
    juliet.wire.received(confirms=request.id)

    bot.tell("archive")
    assert request.id in bot.wait("archive")["ids"]
    bot.settle()
    assert bot.shown == ["ay me"]
    assert len(bot.wire.all("sent", confirms=request.id)) == 1
