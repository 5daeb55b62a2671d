"""What can go wrong with a policy, a brand or a question file, each told in one clear line.

PolicyError                   theirs: shown to the operator as it stands
├── NotAPolicy                the file is empty, binary, too big, or no policy
├── BrandError                a brand file that cannot be read
├── CatalogueError            a topic file that cannot be read
└── QuestionFileError         an evaluation file that cannot be read
"""


class PolicyError(Exception):
    """A policy, or a file that belongs to one, cannot be used as it is."""


class NotAPolicy(PolicyError):
    """The file is not a privacy policy that can be read."""


class BrandError(PolicyError):
    """A brand's folder or file cannot be used."""


class CatalogueError(PolicyError):
    """A topic file cannot be used."""


class QuestionFileError(PolicyError):
    """A file of evaluation questions cannot be used."""
