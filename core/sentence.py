"""A filter said as a sentence whose words are the controls (筛选句).

The sentence is one translatable string with a place for each word, so that Chinese and English
may order them differently:

    Sentence(_("Show accounts of {owner}, tier is {tier}"), [Word("owner", ...), Word("tier", ...)])
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    selected: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Word:
    """One control. `text` is what the sentence says now, `label` names the condition.

    kind: one (radio), many (checkboxes), text, number (from, to), dates (from, to). One and many
    use `options`; text uses `value`; number and dates send `<name>_from` and `<name>_to`.
    """

    name: str
    label: str
    text: str = ""
    kind: str = "one"
    options: tuple[Option, ...] = ()
    value: str = ""
    low: str = ""
    high: str = ""

    @property
    def long(self) -> bool:
        """More options than the eye takes in: the menu gets a field that narrows them."""
        return len(self.options) > 12


@dataclass
class Sentence:
    """`words` have their place in the text; `more` are conditions one may add.

    `keep` are the other parts of the address (order, columns, view) that a change must not lose.
    `target` is the id of the element that htmx replaces; without one the page loads anew.
    """

    text: str
    words: Iterable[Word]
    more: Iterable[Word] = ()
    keep: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    target: str = ""

    @property
    def pieces(self) -> list[dict]:
        """The sentence cut at its places: {"text": …} and {"word": …}."""
        by_name = {word.name: word for word in self.words}
        pieces = []
        for n, part in enumerate(PLACE.split(str(self.text))):
            if n % 2 and part in by_name:
                pieces.append({"word": by_name[part]})
            elif part:
                pieces.append({"text": part})
        return pieces

    @property
    def added(self) -> list[Word]:
        """Conditions that hold beside the sentence; each says itself."""
        return [word for word in self.more if word.text]

    @property
    def addable(self) -> list[Word]:
        return [word for word in self.more if not word.text]


def options(
    choices: Iterable[tuple], chosen: Iterable, counts: Mapping | None = None
) -> tuple[Option, ...]:
    """Options from (value, label) pairs; `chosen` are the values in force."""
    wanted = {str(value) for value in chosen}
    return tuple(
        Option(str(value), str(label), str(value) in wanted, (counts or {}).get(value))
        for value, label in choices
    )


def said(chosen: Iterable[str], otherwise: str, joint: str) -> str:
    """The words of a many-choice: "Core, Strategic or Important"; none is `otherwise`.

    `joint` is the translated " or " before the last one.
    """
    labels = [str(label) for label in chosen]
    if not labels:
        return str(otherwise)
    comma = "、" if str(joint).strip() == "或" else ", "
    return labels[0] if len(labels) == 1 else f"{comma.join(labels[:-1])}{joint}{labels[-1]}"
