"""Decode bytes of a named character set.

Only the sets listed here are looked up; every other name (utf-7, punycode, unicode_escape, zlib, ...) is never handed
to the codec registry. Nothing in here raises.
"""

#: Name as mails spell it, squeezed to letters and digits -> Python codec.
CODECS: dict[str, str] = {
    "usascii": "ascii",
    "ascii": "ascii",
    "ansix341968": "ascii",
    "646": "ascii",
    "utf8": "utf-8",
    "unicode11utf8": "utf-8",
    "utf8mb4": "utf-8",
    "utf16": "utf-16",
    "utf16le": "utf-16-le",
    "utf16be": "utf-16-be",
    "utf32": "utf-32",
    "latin1": "cp1252",
    "iso88591": "cp1252",
    "iso885911987": "cp1252",
    "iso88592": "iso8859-2",
    "iso88593": "iso8859-3",
    "iso88594": "iso8859-4",
    "iso88595": "iso8859-5",
    "iso88596": "iso8859-6",
    "iso88597": "iso8859-7",
    "iso88598": "iso8859-8",
    "iso88598i": "iso8859-8",
    "iso88599": "iso8859-9",
    "iso885910": "iso8859-10",
    "iso885911": "cp874",
    "iso885913": "iso8859-13",
    "iso885914": "iso8859-14",
    "iso885915": "iso8859-15",
    "iso885916": "iso8859-16",
    "windows874": "cp874",
    "tis620": "cp874",
    "windows1250": "cp1250",
    "windows1251": "cp1251",
    "windows1252": "cp1252",
    "windows1253": "cp1253",
    "windows1254": "cp1254",
    "windows1255": "cp1255",
    "windows1256": "cp1256",
    "windows1257": "cp1257",
    "windows1258": "cp1258",
    "cp1250": "cp1250",
    "cp1251": "cp1251",
    "cp1252": "cp1252",
    "cp437": "cp437",
    "cp850": "cp850",
    "ibm850": "cp850",
    "macintosh": "mac-roman",
    "xmacroman": "mac-roman",
    "koi8r": "koi8-r",
    "koi8u": "koi8-u",
    "iso2022jp": "iso2022_jp_2",
    "shiftjis": "cp932",
    "sjis": "cp932",
    "xsjis": "cp932",
    "windows31j": "cp932",
    "cp932": "cp932",
    "eucjp": "euc_jp",
    "euckr": "cp949",
    "ksc56011987": "cp949",
    "ks_c_56011987": "cp949",
    "cp949": "cp949",
    "iso2022kr": "iso2022_kr",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "cp936": "gb18030",
    "hzgb2312": "hz",
    "big5": "cp950",
    "big5hkscs": "big5hkscs",
    "cp950": "cp950",
}

_LONGEST_NAME = 40


def codec_of(name: str) -> str:
    """The codec for a charset as a mail names it, "" where it is not on the list."""
    if len(name) > _LONGEST_NAME:
        return ""
    return CODECS.get("".join(c for c in name.lower() if c.isascii() and c.isalnum()), "")


def decode(data: bytes, charset: str) -> str:
    """Text of `data`; what cannot be decoded as claimed is read as UTF-8, else as Latin-1."""
    codec = codec_of(charset)
    if codec and codec not in ("ascii", "utf-8"):
        return data.decode(codec, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace") if codec == "utf-8" else data.decode("cp1252", "replace")
