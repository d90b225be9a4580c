"""Adding, moving and removing parts of a flow in the builder so that its ways stay joined.

Pure; works on the mapping of a definition. Who adds a step between two need not join them again,
and who removes one leaves no arrow into nothing.
"""

from flows.building import branches_of, find, free, places, then_of
from flows.shape import PERSON_KINDS, WAITING_KINDS

DONE = ("done", "完成", "Done")
REJECTED = ("rejected", "驳回", "Rejected")
REFUSALS = ("rejected", "refused")
BRANCH = "end branch"
# Keys that mean something for a kind only; they go when a step becomes another kind.
PERSONAL = ("who", "mode", "fills", "own_request", "signs_once", "needs", "reason")
OWN_KEYS = {
    "decision": ("when", "else"),
    "wait": ("until",),
    "subflow": ("flow",),
    "automatic": ("do",),
    "parallel": ("branches",),
}
LIMITED = PERSON_KINDS | {"wait", "subflow", "parallel"}


def act(mapping: dict, action: str, shown: str) -> str:
    """Carry out `verb.place` on the mapping; returns the code of the step to show. `shown` is the
    step the page shows now."""
    noun, verb, *rest = action.split(".")
    if noun == "step" and verb == "add":
        return _add(mapping, shown, *rest[:2])
    if noun in ("answer", "case", "limit"):
        lined = _drop_limit if (noun, verb) == ("limit", "remove") else _up
        lined(find(mapping, shown), noun, rest)
        return shown
    place = find(mapping, rest[0]) if rest else None
    if place is None:
        return shown
    if noun == "branch":
        return _branch(mapping, place.row, verb, rest[1:])
    if verb == "remove":
        return _remove(mapping, place)
    if verb in ("up", "down"):
        _move(mapping, place, verb)
    return rest[0]


def _add(mapping, shown, block="", branch="") -> str:
    """A step after the one shown, or at the end of the line named; it takes over its yes."""
    line, inside = mapping.setdefault("steps", []), False
    at = len(line)
    if block:
        owner = find(mapping, block)
        inner = branches_of(owner.row).get(branch) if owner else None
        if inner is None:
            return shown
        line, inside = inner.setdefault("steps", []), True
        at = len(line)
    elif (place := find(mapping, shown)) and not place.block:
        at = place.at + 1
    target = BRANCH if inside else _end(mapping, DONE)
    row = _new_step(mapping)
    if at:
        target = yes_of(line[at - 1]) or target
        _lead_yes(line[at - 1], row["step"])
    row["then"] = {"done": target}
    line.insert(at, row)
    return row["step"]


def _new_step(mapping, **fields) -> dict:
    taken = {place.row.get("step") for place in places(mapping)}
    return {"step": free("step", taken), "who": "owner", **fields}


def _end(mapping, end) -> str:
    """The first end of the flow that fits, made where there is none."""
    code, zh, en = end
    ends = mapping.setdefault("ends", {})
    if end is DONE and (yes := [key for key in ends if key not in REFUSALS]):
        return f"end {yes[0]}"
    if end is REJECTED and (no := [key for key in REFUSALS if key in ends]):
        return f"end {no[0]}"
    ends[code] = {"zh": zh, "en": en}
    return f"end {code}"


def _remove(mapping, place) -> str:
    """The step goes; what led to it leads to where its yes led. The last one of a branch takes
    the branch along."""
    code, target = place.row["step"], yes_of(place.row)
    del place.line[place.at]
    if not target or target == code:
        target = BRANCH if place.block else _end(mapping, DONE)
    for row in rows_of(mapping):
        lead_elsewhere(row, {code: target})
    if mapping.get("start") == code:
        del mapping["start"]
    if place.block and not place.line:
        block = find(mapping, place.block).row
        block["branches"] = {k: v for k, v in branches_of(block).items() if k != place.branch}
        return place.block
    near = place.line[max(place.at - 1, 0)] if place.line else {}
    return near.get("step", "")


def _move(mapping, place, verb):
    """Up or down in its line. Two that follow one another are joined in the new order."""
    other = place.at + (1 if verb == "down" else -1)
    if not 0 <= other < len(place.line):
        return
    first, second = place.line[min(place.at, other)], place.line[max(place.at, other)]
    if yes_of(first) == second["step"]:
        for row in rows_of(mapping):
            if row is not second and yes_of(row) == first["step"]:
                _lead_yes(row, second["step"])
        _lead_yes(first, yes_of(second))
        _lead_yes(second, first["step"])
        if mapping.get("start") == first["step"]:
            mapping["start"] = second["step"]
    place.line[place.at], place.line[other] = place.line[other], place.line[place.at]


def _branch(mapping, row, verb, rest) -> str:
    branches = dict(branches_of(row))
    if verb == "add":
        branches |= _new_branch(mapping, row)
    elif verb == "remove" and rest:
        branches.pop(rest[0], None)
    row["branches"] = branches
    return row["step"]


def _new_branch(mapping, row) -> dict:
    taken = {code for one in rows_of(mapping) for code in branches_of(one)}
    taken |= branches_of(row).keys()
    step = _new_step(mapping, kind="approval", zh="审批", en="Approve")
    step |= {
        "then": {"approve": BRANCH, "reject": _end(mapping, REJECTED)},
        "reason": "reject",
    }
    code = free("branch", taken)
    number = len(branches_of(row)) + 1
    return {code: {"zh": f"分支{number}", "en": f"Branch {number}", "steps": [step]}}


def _up(place, noun, rest):
    """An answer, a case or a limit one place up; the answer at the top is the yes."""
    at = _number(rest)
    if place is None or at < 1:
        return
    lines = {"case": place.row.get("when"), "limit": place.row.get("within_when")}
    rows = (lines[noun] or []) if noun in lines else list(then_of(place.row).items())
    if at < len(rows):
        rows[at - 1], rows[at] = rows[at], rows[at - 1]
    if noun == "answer":
        place.row["then"] = dict(rows)


def _drop_limit(place, _noun, rest):
    """A limit by condition goes."""
    lines, at = place.row.get("within_when") or [] if place else [], _number(rest)
    if 0 <= at < len(lines):
        del lines[at]
    if place and not lines:
        place.row.pop("within_when", None)


def _number(rest) -> int:
    return int(rest[0]) if rest and rest[0].isdecimal() and len(rest[0]) < 3 else -1


def take_kind(mapping: dict, code: str, kind: str) -> None:
    """The step shown becomes another kind."""
    place = find(mapping, code)
    if place is None or not kind or kind == place.row.get("kind", "task"):
        return
    old = place.row.pop("kind", "task")
    if kind != "task":
        place.row["kind"] = kind
    fit(mapping, place.row, old)


def fit(mapping, row, old: str) -> None:
    """A step that became another kind gets what that kind needs, and loses what it cannot use."""
    kind, target = row.get("kind", "task"), yes_of(row)
    inside = bool(find(mapping, row["step"]).block)
    target = target or (BRANCH if inside else _end(mapping, DONE))
    for key in OWN_KEYS.get(old, ()):
        row.pop(key, None)
    if kind not in PERSON_KINDS:
        for key in PERSONAL:
            row.pop(key, None)
    if kind not in LIMITED:
        for key in ("within", "green"):
            row.pop(key, None)
    if kind not in PERSON_KINDS | WAITING_KINDS:
        row.pop("within_when", None)
    if kind in PERSON_KINDS:
        row.setdefault("who", "owner")
    _fit_answers(mapping, row, kind, target, inside)


def _fit_answers(mapping, row, kind, target, inside):
    if kind == "decision":
        row.pop("then", None)
        row |= {"when": [], "else": target}
        return
    if kind == "approval":
        row["then"] = {"approve": target, "reject": _end(mapping, REJECTED)}
        row["reason"] = "reject"
    elif kind in PERSON_KINDS and "done" not in then_of(row) and "submit" not in then_of(row):
        row["then"] = {"done": target}
        row.pop("reason", None)
    elif kind not in PERSON_KINDS:
        row["then"] = {} if kind == "subflow" else {"done": target}
    needs = row.get("needs") or {}
    row["needs"] = {code: gates for code, gates in needs.items() if code in then_of(row)}
    if not row["needs"]:
        del row["needs"]
    if kind == "parallel":
        row["branches"] = {}
        for _n in range(2):
            row["branches"] |= _new_branch(mapping, row)


def cover(row, ends) -> None:
    """A subflow has an answer for every end of the other flow."""
    then = then_of(row)
    row["then"] = {code: then.get(code, "") for code in [*then, *ends]}


def rows_of(mapping):
    return [place.row for place in places(mapping)]


def yes_of(row) -> str:
    """Where the yes of a step leads; a decision without an answer leads to its else."""
    targets = list(then_of(row).values())
    return targets[0] if targets else row.get("else", "")


def _lead_yes(row, target):
    then = row.get("then")
    if isinstance(then, str):
        row["then"] = target
    elif then:
        row["then"] = {**then, next(iter(then)): target}
    elif "else" in row:
        row["else"] = target
    else:
        row["then"] = {"done": target}


def lead_elsewhere(row, moved):
    """Every way to a step that is gone leads where `moved` says."""
    then = row.get("then")
    if isinstance(then, str):
        row["then"] = moved.get(then, then)
    elif then:
        row["then"] = {code: moved.get(to, to) for code, to in then.items()}
    for case in row.get("when") or []:
        case["then"] = moved.get(case.get("then"), case.get("then", ""))
    if "else" in row:
        row["else"] = moved.get(row["else"], row["else"])
