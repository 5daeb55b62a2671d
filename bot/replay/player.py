"""Plays one conversation on a stage, turn by turn, and judges what followed.

Three outcomes: passed, failed, and no answer, where the reader abstained or the conversation cannot be played there.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.errors import BadSetting, PrivacyDeskError
from bot.logs import where_raised
from bot.replay.arriving import chat_arrival, mail_arrival, platform_arrival
from bot.replay.checks import Failure, judge, tables_named
from bot.replay.core_stage import core_stage
from bot.replay.places import BadConversation, Place
from bot.replay.road_stage import road_stage
from bot.replay.scene import Scene, Spoken
from bot.replay.script import Given, Said, Script, StaffMove, Turn
from bot.replay.stage import Clock, House, OpenStage, Props, Stage, props_for, shop_address

STAGES: dict[str, OpenStage] = {"core": core_stage, "road": road_stage}

_CODE = re.compile(r"(?<!\d)(\d{6})(?!\d)")
_ASKS_FOR_THE_ADDRESS = frozenset({"ask_address", "ask_address_only"})
_PLACEHOLDER = re.compile(r"\{(code|wrong_code|reference|address|message_id)(?::([a-z0-9_]+))?\}")


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
        results: list[TurnResult] = []
        for turn in self._script.turns:
            results.append(await self._turn(turn))
            if results[-1].outcome is not Outcome.PASSED:
                break
        return tuple(results)

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
                return await self._stage.look()
            case StaffMove():
                await self._stage.move(self._reference(turn.act.right, turn.act.place), turn.act)
                return await self._stage.look()
            case Said():
                self._writer = turn.act.sender or self._writer
                fill = self._filler(turn)
                headers = {name: fill(value) for name, value in turn.act.headers.items()}
                return await self._hear(
                    replace(turn.act, text=fill(turn.act.text), html=fill(turn.act.html), headers=headers)
                )

    async def _hear(self, said: Said) -> Scene:
        self._heard += 1
        brand, now = self._script.brand, self._clock.now
        if self._channel == "email":
            arrival = mail_arrival(
                said,
                brand=brand,
                shop=shop_address(brand),
                writer=self._writer,
                number=self._heard,
                answers=self._newest_mail() if said.thread == "reply" else None,
                now=now,
            )
            return await self._stage.hear(arrival, said.given)
        if said.platform:
            handed_on = platform_arrival(
                said.platform,
                brand=brand,
                channel=self._channel,
                writer=self._writer,
                number=self._heard,
                received_at=now - said.delayed,
            )
            return await self._stage.hear(handed_on, said.given)
        scene = await self._say(said.text, said.given, now - said.delayed, said.attachments)
        asked = {key for reply in scene.replies for key in reply.keys} & _ASKS_FOR_THE_ADDRESS
        if self._script.channel == "email" and asked:
            return _joined(scene, await self._say(self._writer, Given(), now))
        return scene

    async def _say(self, text: str, given: Given, received_at: datetime, files: tuple[str, ...] = ()) -> Scene:
        self._heard += 1
        arrival = chat_arrival(
            text,
            brand=self._script.brand,
            channel=self._channel,
            writer=self._writer,
            number=self._heard,
            received_at=received_at,
            attachments=files,
        )
        return await self._stage.hear(arrival, given)

    def _newest_mail(self) -> Spoken | None:
        """Our newest mail to whoever writes now."""
        mails = [
            one for one in self._post if one.outgoing.channel == "email" and one.outgoing.recipient == self._writer
        ]
        return mails[-1] if mails else None

    def _filler(self, turn: Turn) -> Callable[[str], str]:
        return lambda text: self._fill(text, turn)

    def _fill(self, text: str, turn: Turn) -> str:
        """Replace the placeholders. Raises `BadConversation` for one that nothing stands for yet."""
        return _PLACEHOLDER.sub(lambda found: self._stands_for(found.group(1), found.group(2) or "", turn.place), text)

    def _stands_for(self, name: str, which: str, place: Place) -> str:
        match name:
            case "code":
                return self._code(which, place)
            case "wrong_code":
                return self._wrong_code(int(which) if which.isdigit() else 1)
            case "reference":
                return self._reference(which, place)
            case "message_id":
                return self._message_id(place)
            case _:
                return self._writer

    def _codes(self) -> list[str]:
        """Every code that was mailed, oldest first."""
        found = [_CODE.search(one.text) for one in self._post if one.outgoing.kind == "code"]
        return [code.group(1) for code in found if code]

    def _code(self, which: str, place: Place) -> str:
        codes = self._codes()
        try:
            return codes[int(which) - 1 if which else -1]
        except (IndexError, ValueError):
            raise BadConversation(
                f"{place}: {{code}} stands for nothing, since {len(codes)} codes were mailed"
            ) from None

    def _wrong_code(self, number: int) -> str:
        """Six digits that no mail held."""
        mailed = set(self._codes())
        free = (f"{digits:06}" for digits in range(111111, 999999) if f"{digits:06}" not in mailed)
        return [next(free) for _ in range(number)][-1]

    def _message_id(self, place: Place) -> str:
        """Of our newest mail, whoever got it."""
        mails = [one.outgoing.message_id for one in self._post if one.outgoing.channel == "email"]
        if not mails:
            raise BadConversation(f"{place}: {{message_id}} stands for nothing, since no mail was sent")
        return mails[-1]

    def _reference(self, right: str, place: Place) -> str:
        found = [ticket.reference for ticket in self._scene.tickets if right in ("", ticket.right)]
        if not found:
            raise BadConversation(f"{place}: there is no request{f' for {right}' if right else ''} yet")
        return found[-1]


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
