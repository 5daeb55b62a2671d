"""The shop's own customer directory: whether somebody knows about a mailbox what only its customer and the shop know.

Law: all or nothing, and no oracle. What is compared are keyed hashes; which detail failed, and whether the mailbox is
known at all, is told to nobody and takes the same time.
"""

from bot.directory.csv_file import CsvDirectory
from bot.directory.matching import compare, runs
from bot.directory.protocol import CustomerDirectory, DirectoryUnavailable, Record
from bot.directory.sql_query import SqlDirectory

__all__ = ["CsvDirectory", "CustomerDirectory", "DirectoryUnavailable", "Record", "SqlDirectory", "compare", "runs"]
