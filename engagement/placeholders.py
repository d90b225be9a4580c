"""Placeholders in the text of a mailing: {name}, {salutation}, {account}, {manager},
{manager_phone}. Nothing else may stand in braces."""

import re

NAMES = ("name", "salutation", "account", "manager", "manager_phone")
KNOWN = " ".join(f"{{{name}}}" for name in NAMES)
# What may be empty without making the sentence wrong: "Dear Wang Bo" needs no title.
MAY_BE_EMPTY = frozenset({"salutation"})
FOUND = re.compile(r"\{([^{}\s]*)\}")
WIDE = str.maketrans("｛｝", "{}")


def used_in(*texts: str) -> set[str]:
    """The placeholders that stand in the texts."""
    return {name for text in texts for name in FOUND.findall(text) if name in NAMES}


def wrong_in(text: str) -> list[str]:
    """What stands in braces, also wide ones, and is no placeholder; a brace that stands alone."""
    narrow = text.translate(WIDE)
    wrong = [f"{{{name}}}" for name in FOUND.findall(narrow) if name not in NAMES]
    wrong += [name for name in FOUND.findall(narrow) if name in NAMES and f"{{{name}}}" not in text]
    rest = FOUND.sub("", narrow)
    wrong += [mark for mark in "{}" if mark in rest]
    return list(dict.fromkeys(wrong))


def fill(text: str, values: dict[str, str]) -> str:
    """The text for one person, in one pass: what a value holds is not looked at again."""
    filled = FOUND.sub(lambda hit: values.get(hit[1], hit[0]), text)
    return re.sub(r"[ \t]+(?=[,，。.!！:：])", "", filled)


def lacking(names: set[str], values: dict[str, str]) -> set[str]:
    """Which of the placeholders have nothing to say."""
    return {name for name in names - MAY_BE_EMPTY if not values.get(name)}


def number_of(text: str) -> str:
    """A phone number as gateways want it: digits, and a plus before a country. "" where the text
    cannot be one."""
    plain = re.sub(r"[\s().\-/·–—]", "", text.strip())
    return plain if re.fullmatch(r"\+?[0-9]{7,15}", plain) else ""
