"""`privacy-desk` with a reader that finds nothing, in each of its processes: what is left is the road itself."""

import bot.wiring.desk
from bot.cli import main
from intents.reading import Reading


class NoReader:
    """A classifier to which every mail is ordinary."""

    problem = ""

    def read(self, text: str, *, subject: str = "", channel: str = "email") -> Reading:
        return Reading()


setattr(bot.wiring.desk, "make_classifier", NoReader)  # noqa: B010

if __name__ == "__main__":
    main()
