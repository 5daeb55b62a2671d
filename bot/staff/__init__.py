"""What staff do to a request: each act checked by the table of states, on record, and told to the person.

Law: the command line and the console call these functions and nothing else.
"""

from bot.staff.answering import answer, answer_item, assign, hand_back, undo
from bot.staff.by_hand import DOORS, TakenDown, add
from bot.staff.clerk import Clerk, Done
from bot.staff.joining import join, part, unlink
from bot.staff.proving import confirm, refuse, release
from bot.staff.second_person import approve, cancel, complete, decline, deny
from bot.staff.timing import extend, hold, may_extend, may_hold, resume
from bot.staff.working import close_item, note, take

__all__ = [
    "DOORS",
    "Clerk",
    "Done",
    "TakenDown",
    "add",
    "answer",
    "answer_item",
    "approve",
    "assign",
    "cancel",
    "close_item",
    "complete",
    "confirm",
    "decline",
    "deny",
    "extend",
    "hand_back",
    "hold",
    "join",
    "may_extend",
    "may_hold",
    "note",
    "part",
    "refuse",
    "release",
    "resume",
    "take",
    "undo",
    "unlink",
]
