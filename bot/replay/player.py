"""Plays one conversation on a stage, turn by turn, and judges what followed.

Three outcomes: passed, failed, and no answer, where the reader abstained or the conversation cannot be played there.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.channels import Arrival
from bot.core.tickets import State
from bot.errors import BadSetting, PrivacyDeskError, TheirFault
from bot.logs import where_raised
from bot.replay.arriving import chat_arrival, chat_name, mail_arrival, platform_arrival
from bot.replay.core_stage import core_stage
from bot.replay.judging import Failure, judge, tables_named
from bot.replay.placeholders import Known
from bot.replay.places import BadConversation, Place
from bot.replay.road_stage import road_stage
from bot.replay.scene import Scene, Spoken
from bot.replay.script import Existing, Given, Said, Script, StaffMove, Turn
from bot.replay.setting_up import asking, needs_proof, newest, proofs, way
from bot.replay.stage import Clock, House, OpenStage, Props, Stage, props_for, shop_address

STAGES: dict[str, OpenStage] = {"core": core_stage, "road": road_stage}

_ASKS_FOR_THE_ADDRESS = frozenset({"ask_address", "ask_address_only"})


class NotOffered(TheirFault):
    """Somebody presses a button that is not there."""


class Outcome(StrEnum):
    """How a conversation went."""

    PASSED = "passed"
    FAILED = "failed"
    NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnResult:
    """How one turn went."""

    place: Place
    outcome: Outcome
    scene: Scene
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one conversation went."""

    script: Script
    depth: str
    channel: str
    outcome: Outcome
    turns: tuple[TurnResult, ...] = ()
    #: Why there is no answer, "" where there is one.
    reason: str = ""
    seconds: float = 0.0
    #: SHA-256 of the policy that it was played with, "" without one.
    policy_sha256: str = ""

    @property
    def failures(self) -> tuple[Failure, ...]:
        return tuple(failure for turn in self.turns for failure in turn.failures)


async def play(script: Script, house: House, *, depth: str, channel: str = "") -> Result:
    """Play `script`; `channel` "" is its own. Raises `BadSetting` for a script that makes no sense."""
    began = time.perf_counter()
    channel = channel or script.channel
    if reason := _why_not(script, depth, channel):
        return Result(script=script, depth=depth, channel=channel, outcome=Outcome.NO_ANSWER, reason=reason)
    props = props_for(script, house)
    async with STAGES[depth](house, props) as stage:
        turns = await _Player(script, props, stage, channel).play()
    outcomes = {turn.outcome for turn in turns}
    outcome = next((one for one in (Outcome.FAILED, Outcome.NO_ANSWER) if one in outcomes), Outcome.PASSED)
    return Result(
        script=script,
        depth=depth,
        channel=channel,
        outcome=outcome,
        turns=turns,
        reason="the reader was unsure" if outcome is Outcome.NO_ANSWER else "",
        seconds=time.perf_counter() - began,
        policy_sha256=props.policy.sha256 if props.policy else "",
    )


def _why_not(script: Script, depth: str, channel: str) -> str:
    if depth not in script.depths:
        return f"it is not meant for the depth {depth}"
    return "" if channel in script.playable_on else f"it is not meant for the channel {channel}"


class _Player:
    """One talk under way: who got which mail, and how far it is."""

    def __init__(self, script: Script, props: Props, stage: Stage, channel: str) -> None:
        self._script = script
        self._clock: Clock = props.clock
        self._stage = stage
        self._channel = channel
        self._post: list[Spoken] = []
        self._scene = Scene()
        self._writer = script.sender
        self._heard = 0

    async def play(self) -> tuple[TurnResult, ...]:
        """Every turn up to the first that fails: what follows from a wrong turn says nothing."""
        await self._set_up()
        results: list[TurnResult] = []
        for turn in self._script.turns:
            results.append(await self._turn(turn))
            if results[-1].outcome is not Outcome.PASSED:
                break
        return tuple(results)

    async def _set_up(self) -> None:
        """Make the requests that are there already; what was mailed for them is over and done with."""
        begins, writer = self._clock.now, self._writer
        for one in self._script.existing:
            self._clock.now = one.received or begins - timedelta(days=1)
            if self._clock.now >= begins:
                raise BadConversation(f"{one.place}: what is there already came in before the conversation begins")
            await self._make(one)
        self._clock.now, self._writer = begins, writer
        self._post.clear()

    async def _make(self, one: Existing) -> None:
        await self._mail(asking(one))
        ticket = newest(one.right, self._scene)
        for text in proofs(one, self._script):
            if ticket is not None and needs_proof(ticket, one.to):
                await self._mail(Said(place=one.place, text=self._known().fill(text, one.place), sender=one.sender))
                ticket = newest(one.right, self._scene)
        if ticket is None or needs_proof(ticket, one.to):
            raise BadConversation(f"{one.place}: such a request cannot be made by mail with a code in this mode")
        for state in way(State(ticket.state), one.to):
            step = StaffMove(place=one.place, right=one.right, to=state, reason_code=one.reason_code, words=one.words)
            try:
                await self._stage.move(ticket.reference, step)
            except TheirFault as fault:
                raise BadConversation(f"{one.place}: {fault}") from fault
        self._scene = await self._stage.look()
        if not any(found.reference == ticket.reference and found.state == one.to for found in self._scene.tickets):
            raise BadConversation(f"{one.place}: no such request can come to the state {one.to}")

    async def _mail(self, said: Said) -> None:
        """A mail of the set-up, whatever the channel of the talk is."""
        self._writer = said.sender or self._script.sender
        self._scene = await self._stage.hear(self._mail_arrival(said), said.given, as_given=True)
        self._post += self._scene.spoken

    async def _turn(self, turn: Turn) -> TurnResult:
        self._clock.later(turn.after)
        try:
            self._scene = await self._with_rows(await self._act(turn), turn)
        except BadSetting:
            raise
        except Exception as fault:
            # A talk that breaks the desk is a failed talk; the others are still played.
            where = "" if isinstance(fault, PrivacyDeskError) else f" at {where_raised(fault)[-1]}"
            found = f"{type(fault).__name__}: {fault}{where}"
            failure = Failure(place=turn.place, expected="that it can be done", found=found)
            return TurnResult(place=turn.place, outcome=Outcome.FAILED, scene=self._scene, failures=(failure,))
        self._post += self._scene.spoken
        failures = judge(turn.expect, self._scene, self._filler(turn))
        return TurnResult(place=turn.place, outcome=self._outcome(turn, failures), scene=self._scene, failures=failures)

    async def _with_rows(self, scene: Scene, turn: Turn) -> Scene:
        tables = tables_named(turn.expect)
        return replace(scene, stored=await self._stage.stored(tables)) if tables else scene

    def _outcome(self, turn: Turn, failures: tuple[Failure, ...]) -> Outcome:
        if not failures:
            return Outcome.PASSED
        reading = self._scene.reading
        given = isinstance(turn.act, Said) and turn.act.given.doubt
        unsure = reading is not None and reading.abstained and not given
        return Outcome.NO_ANSWER if unsure else Outcome.FAILED

    async def _act(self, turn: Turn) -> Scene:
        match turn.act:
            case None:
                return await self._stage.wait()
            case StaffMove():
                await self._stage.move(self._known().reference(turn.act.right, turn.act.place), turn.act)
                return await self._stage.look()
            case Said():
                self._writer = turn.act.sender or self._writer
                fill = self._filler(turn)
                headers = {name: fill(value) for name, value in turn.act.headers.items()}
                return await self._hear(
                    replace(turn.act, text=fill(turn.act.text), html=fill(turn.act.html), headers=headers)
                )

    async def _hear(self, said: Said) -> Scene:
        brand, now = self._script.brand, self._clock.now
        if self._channel == "email":
            return await self._stage.hear(self._mail_arrival(said), said.given)
        if said.platform:
            self._heard += 1
            handed_on = platform_arrival(
                said.platform,
                brand=brand,
                channel=self._channel,
                writer=self._writer,
                number=self._heard,
                received_at=now - said.delayed,
            )
            return await self._stage.hear(handed_on, said.given)
        text = self._offered(said) if said.pressed else said.text
        scene = await self._say(text, said.given, now - said.delayed, said.attachments, pressed=said.pressed)
        asked = {key for reply in scene.replies for key in reply.keys} & _ASKS_FOR_THE_ADDRESS
        if self._script.channel == "email" and asked:
            return _joined(scene, await self._say(self._writer, Given(), now))
        return scene

    def _mail_arrival(self, said: Said) -> Arrival:
        self._heard += 1
        brand = self._script.brand
        return mail_arrival(
            said,
            brand=brand,
            shop=shop_address(brand),
            writer=self._writer,
            number=self._heard,
            answers=self._newest_mail() if said.thread == "reply" else None,
            now=self._clock.now,
        )

    def _offered(self, said: Said) -> str:
        """What the button with this label says. Raises `NotOffered`; a terminal has none, and one types there."""
        if self._channel == "terminal":
            return said.text
        chat = chat_name(self._channel, self._writer)
        lines = [one for one in self._post if one.outgoing.recipient == chat]
        buttons = lines[-1].buttons if lines else {}
        if said.text not in buttons:
            raise NotOffered(f"no button {said.text!r} is offered; there are {', '.join(buttons) or 'none'}")
        return buttons[said.text]

    async def _say(
        self,
        text: str,
        given: Given,
        received_at: datetime,
        files: tuple[str, ...] = (),
        *,
        pressed: bool = False,
    ) -> Scene:
        self._heard += 1
        arrival = chat_arrival(
            text,
            brand=self._script.brand,
            channel=self._channel,
            writer=self._writer,
            number=self._heard,
            received_at=received_at,
            attachments=files,
            pressed=pressed,
        )
        return await self._stage.hear(arrival, given)

    def _newest_mail(self) -> Spoken | None:
        """Our newest mail to whoever writes now."""
        mails = [
            one for one in self._post if one.outgoing.channel == "email" and one.outgoing.recipient == self._writer
        ]
        return mails[-1] if mails else None

    def _known(self) -> Known:
        return Known(post=tuple(self._post), scene=self._scene, writer=self._writer)

    def _filler(self, turn: Turn) -> Callable[[str], str]:
        known = self._known()
        return lambda text: known.fill(text, turn.place)


def _joined(first: Scene, second: Scene) -> Scene:
    """Two scenes as if one message had led to both."""
    return replace(
        second,
        reading=first.reading,
        rules=(*first.rules, *second.rules),
        replies=(*first.replies, *second.replies),
        codes=(*first.codes, *second.codes),
        staff=(*first.staff, *second.staff),
        forgotten=first.forgotten and second.forgotten,
    )
