"""Every law of a request at once, over random orders of messages, codes, details, staff and clock.

A thousand orders in every run; `--hypothesis-profile=long` plays 100,000. The same with the database and with crashes
stands in `tests/engine/test_random_lives.py`.
"""

from hypothesis import event, given, settings

from bot.core.clocks import due_at
from bot.core.effects import AmendRequest, OpenRequest, SendCode
from bot.core.tickets import PROVED_STATES, TRANSITIONS, State, level_needed

from .builders import ONE_MONTH
from .talks import Talk, talks
from .test_laws import all_parts, every, fixed_lines, opened, witnessed


@settings(max_examples=max(1000, settings().max_examples))
@given(talk=talks())
def test_the_life_of_a_request_keeps_every_law(talk: Talk) -> None:
    known: dict[str, State] = {}
    for scene, witness in witnessed(talk):
        # None is silently gone, whatever staff did between two messages.
        before = {request.reference: request.state for request in scene.before.requests}
        assert set(known) <= set(before)
        after = {request.reference: request for request in scene.decision.conversation.requests}
        assert set(before) <= set(after)

        # None is open without a proof of its level, of its own mailbox, that somebody has really given.
        for request, proof in opened(scene):
            needed = level_needed(request.right, request.kind, has_directory=talk.has_directory)
            assert proof is not None
            assert proof.level >= needed
            assert proof.subject == request.address
            assert not needed or witness.vouches_for(request.address, scene.turn.now)
            event(f"opened at level {needed}")

        # No step goes round the table, and each stands in an effect.
        moved = {e.reference: e.to for e in every(scene, AmendRequest) if e.to} | {
            e.request.reference: e.request.state for e in every(scene, OpenRequest)
        }
        for reference, request in after.items():
            was = before.get(reference)
            if was is not None and request.state is not was:
                assert request.state in TRANSITIONS[was]
                assert moved[reference] is request.state
            if was is None:
                assert reference in moved
            if request.state in PROVED_STATES and was not in PROVED_STATES:
                assert reference in {found.reference for found, _ in opened(scene)}

        # No deadline is later than the law, counted from receipt and from nothing else.
        for made in every(scene, OpenRequest):
            law = due_at(ONE_MONTH, scene.turn.message.received_at, time_zone=scene.playbook.time_zone)
            assert min(d.due_at for d in made.request.deadlines if d.step == "answer") <= law.due_at

        # No code but in its own mail; no address and no word of theirs in anything that is said.
        codes = [line for line in fixed_lines(all_parts(scene)) if line.key == "the_code"]
        assert len(codes) == len(every(scene, SendCode))
        said = " ".join(value for line in fixed_lines(all_parts(scene)) for value in line.values.values())
        assert "@" not in said.replace(scene.playbook.contact, "")
        assert "qwertz" not in said
        known = {reference: request.state for reference, request in after.items()}
