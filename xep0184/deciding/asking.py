"""Decides whether a message may ask for a receipt (XEP-0184 §5).

The rules are checked in the order of the table in `xep0184.rules`, and the first that
applies is the answer. The answer never depends on earlier receipts (XEP-0184 §5.1,
§5.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184 import jid, rules
from xep0184._value import value
from xep0184.message import MessageType
from xep0184.rules import RuleScope, Ruling
from xep0184.support import Support

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xep0184.jid import JID
    from xep0184.message import Message
    from xep0184.rules import Rule

__all__ = ["DEFAULT_REQUEST_POLICY", "RequestPolicy", "may_request"]


@value(kw_only=True)
class RequestPolicy:
    """What the user wants where XEP-0184 says MAY or SHOULD about asking.

    Attributes:
        bare: Whether to ask in messages to a bare JID, which can reach any client.
        unknown: Whether to ask a full JID as long as its support is unknown.
        groupchat: Whether to ask in groupchat messages, which is NOT RECOMMENDED
            (XEP-0184 §5.3).
        content_only: Whether to ask only in messages with a body or an encrypted
            payload.

    >>> from xep0184.message import Message
    >>> may_request(Message(to="a@b"), policy=RequestPolicy(bare=False)).reason
    'policy'
    """

    bare: bool = True
    unknown: bool = True
    groupchat: bool = False
    content_only: bool = False


DEFAULT_REQUEST_POLICY: Final = RequestPolicy()


def may_request(
    message: Message,
    /,
    *,
    account: JID | None = None,
    support: Support = Support.UNKNOWN,
    policy: RequestPolicy = DEFAULT_REQUEST_POLICY,
) -> Ruling:
    """Decide whether a message that is about to be sent may ask for a receipt.

    Args:
        message: The message, with or without ``<request/>``. Only its `to`, `type`,
            receipts and content matter.
        account: The account's own JID, whose normaliser is used for the recipient. If
            it is None, messages to the account itself are not recognised, and the
            normaliser is `xep0184.jid.normalise`.
        support: What is known about the support of the full JID that the message is
            sent to. It is not used for a bare JID, whose support cannot be known.
        policy: What the user wants where XEP-0184 leaves a choice.

    Returns:
        The answer, with the first rule that applies. For ``query-first``, find out
        whether the full JID supports receipts, by disco#info or from its presence; the
        policy says whether to ask until then.

    >>> from xep0184.message import Message
    >>> may_request(Message(to="northumberland@shakespeare.lit")).allowed
    True
    >>> may_request(Message(to="n@shakespeare.lit/x"), support=Support.NO).reason
    'unsupported'
    """
    normaliser = jid.normalise if account is None else account.normaliser
    to = jid.parse_or_none(message.to, normaliser=normaliser)
    is_full = to is not None and to.is_full
    reason = (
        _reason_in_recipient(message, to, account)
        or _reason_in_policy(message, policy, is_full=is_full)
        or (_BY_SUPPORT.get(support) if is_full else None)
        or "allowed"
    )
    allowed = reason == "allowed" or (reason == "query-first" and policy.unknown)
    return Ruling(allowed, _RULES[reason])


def _reason_in_recipient(
    message: Message, to: JID | None, account: JID | None
) -> str | None:
    if message.is_ack:
        return "is-ack"
    if message.type == MessageType.ERROR:
        return "error-type"
    if to is None:
        return "no-recipient" if message.to is None else "bad-recipient"
    if account is not None and to == account.bare:
        return "self"
    return None


def _reason_in_policy(
    message: Message, policy: RequestPolicy, *, is_full: bool
) -> str | None:
    is_groupchat = message.type == MessageType.GROUPCHAT
    if is_groupchat and not policy.groupchat:
        return "groupchat"
    if policy.content_only and not message.has_content:
        return "no-content"
    if not (policy.bare or is_full or is_groupchat):
        return "policy"
    return None


_BY_SUPPORT: Final = {Support.NO: "unsupported", Support.UNKNOWN: "query-first"}
_RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule for rule in rules.in_scope(RuleScope.REQUEST)
}
