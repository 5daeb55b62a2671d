"""Acts that close a request: done, refused, or not wanted any more."""

from collections.abc import Sequence

from bot.core import letters
from bot.core.effects import Quotation
from bot.core.tickets import DENIAL_REASONS, State
from bot.staff.clerk import Clerk, Done, carry_out, find
from bot.store import NotAllowed
from policy_faq import import_policy


async def complete(
    clerk: Clerk, reference: str, *, kept: str = "", policy_lines: Sequence[int] = (), words: str = ""
) -> Done:
    """It is done. `kept` says what had to be kept and why, where an erasure was not done in full."""
    detail = await find(clerk, reference)
    request = detail.request
    quoted = await quoted_lines(clerk, request.brand, policy_lines)
    told = letters.completed(reference, request.right, kept=kept, quoted=quoted, words=words)
    return await carry_out(clerk, detail, to=State.COMPLETED, told=told)


async def deny(clerk: Clerk, reference: str, *, reason: str, words: str, policy_lines: Sequence[int] = ()) -> Done:
    """Refused, with a reason of the closed list, the words that the person is told, and how to complain."""
    detail = await find(clerk, reference)
    request = detail.request
    if reason not in DENIAL_REASONS or not words.strip():
        raise NotAllowed(
            "A denial needs words for the person and one of the reasons $reasons.", reasons=", ".join(DENIAL_REASONS)
        )
    quoted = await quoted_lines(clerk, request.brand, policy_lines)
    playbook = clerk.playbooks[request.brand]
    told = letters.denied(playbook, reference, request.right, reason=reason, words=words, quoted=quoted)
    return await carry_out(clerk, detail, to=State.DENIED, reason_code=reason, words=words, told=told)


async def cancel(clerk: Clerk, reference: str, *, words: str = "") -> Done:
    """The person does not want it any more."""
    detail = await find(clerk, reference)
    told = letters.cancelled(reference, detail.request.right, words=words)
    return await carry_out(clerk, detail, to=State.CANCELLED, told=told)


async def quoted_lines(clerk: Clerk, brand: str, lines: Sequence[int]) -> tuple[Quotation, ...]:
    """Lines of the policy in force as they stand. Raises `NotAllowed` for one that says nothing."""
    if not lines:
        return ()
    stored = await clerk.store.policy_in_force(brand)
    if stored is None:
        raise NotAllowed("The brand $brand has no policy to quote.", brand=brand)
    policy = import_policy(stored.raw, name=stored.name)
    quoted = []
    for number in lines:
        span = policy.line_span(number)
        if span is None:
            raise NotAllowed("Line $number of the policy says nothing.", number=number)
        text = policy.text[span[0] : span[1]]
        quoted.append(
            Quotation(
                text=text,
                section="",
                first_line=number,
                last_line=number,
                policy_sha256=policy.sha256,
                policy_date=policy.dated,
            )
        )
    return tuple(quoted)
