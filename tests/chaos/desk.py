"""The real command as a process of its own, with a reader that needs no model: `python -m tests.chaos.desk serve`."""

from bot.cli import main
from bot.wiring import desk
from tests.engine.fakes import OneSentence, ToldReader


def run() -> None:
    """The reader and the answerer are the only parts that are not the real ones."""
    desk.make_classifier = ToldReader  # type: ignore[assignment]
    desk.make_answerer = lambda settings: None  # type: ignore[assignment, return-value]
    desk.PolicyOracle = lambda store, answerer: OneSentence()  # type: ignore[assignment, misc]
    main()


if __name__ == "__main__":
    run()
