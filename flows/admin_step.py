"""The step that the builder shows: each of its inputs with what it holds and what it offers."""

from django.utils.translation import gettext as _

from documents.building import SIGNS, condition_of
from flows import building
from flows.admin_choices import Choices, kinds_of_steps, label_of, milestones, modes, units
from flows.building import BLANKS, N_OF_M, USER, branches_of, then_of, words
from flows.definition import MODE, OUTCOMES
from flows.shape import PERSON_KINDS, WAITING_KINDS


def shown_step(choices: Choices, place) -> dict:
    """Everything the template of one step needs."""
    row = place.row
    kind = row.get("kind", "task")
    by_person = kind in PERSON_KINDS
    adapter = choices.adapter
    statuses = list(adapter.statuses.items()) if adapter else []
    return {
        "code": row["step"],
        "name": label_of(row),
        "row": row,
        "kind": kind,
        "kinds": kinds_of_steps(),
        "by_person": by_person,
        "statuses": statuses if not place.block or row.get("status") else [],
        "limits": _limits(row) if by_person or kind in WAITING_KINDS or _limited(row) else [],
        "limit_lines": _limit_lines(choices, row, by_person or kind in WAITING_KINDS),
        "who": _rules(choices, row, "who") if by_person else [],
        "copy": _rules(choices, row, "copy"),
        "people": choices.people if _names_people(row) else [],
        "mode": _mode(row),
        "modes": modes(),
        "need": _need(row),
        "milestones": [
            (code, said, code in words(row.get("milestone"))) for code, said in milestones()
        ],
        "fills": _fills(choices, row) if by_person or row.get("fills") else [],
        "answers": _answers(choices, place, by_person) if kind != "decision" else [],
        "cases": _cases(choices, place) if kind == "decision" else [],
        "otherwise": choices.targets(place, row.get("else", "")) if kind == "decision" else [],
        "until": _condition(choices, row.get("until", ""), "until-") if kind == "wait" else None,
        "actions": list(adapter.actions.items()) if adapter and kind == "automatic" else [],
        "flows": choices.flows if kind == "subflow" else [],
        "branches": [
            {"code": code, "row": inner, "name": label_of(inner)}
            for code, inner in branches_of(row).items()
        ],
        "marks": _marks(row, kind),
        "more": any(key in row for key in (*building.MARKS, "copy", "milestone", "help")),
    }


def _limited(row) -> bool:
    return bool(row.get("within") or row.get("green"))


def _limits(row, prefix="s-") -> list[dict]:
    labels = {"within": _("Time limit"), "green": _("Time limit in the green channel")}
    found = []
    for key, label in labels.items():
        parts = building.limit_parts(row.get(key, ""))
        fresh = {"key": f"{prefix}{key}", "label": label, "units": units(parts["unit"])}
        found.append({**fresh, **parts})
    return found


def _limit_lines(choices, row, has_use) -> list[dict]:
    """Limits by condition, and an empty line where the step has use for one."""
    present = row.get("within_when") or []
    blanks = BLANKS if has_use or present else 0
    return [
        {
            "at": k,
            "last": k >= len(present),
            "condition": _condition(choices, line.get("if", ""), f"limit{k}-"),
            "limits": _limits(line, f"limit{k}-"),
        }
        for k, line in enumerate([*present, *({} for _n in range(blanks))])
    ]


def _rules(choices, row, key) -> list[dict]:
    present = words(row.get(key))
    groups = choices.rules(present, row["step"])
    rows = []
    for k, rule in enumerate([*present, *[""] * BLANKS]):
        named = rule == USER or rule.startswith(f"{USER} ")
        rows.append(
            {
                "prefix": f"{key}{k}-",
                "value": USER if named else rule,
                "named": named,
                "user": rule.removeprefix(USER).strip() if named else "",
                "groups": groups,
            }
        )
    return rows


def _names_people(row) -> bool:
    return any(rule.startswith(USER) for key in ("who", "copy") for rule in words(row.get(key)))


def _mode(row) -> str:
    found = MODE.fullmatch(row.get("mode", "") or "any")
    return (found["name"] or N_OF_M) if found else N_OF_M


def _need(row) -> str:
    found = MODE.fullmatch(row.get("mode", ""))
    return (found["need"] or "") if found else row.get("mode", "").partition(" ")[0]


def _fills(choices, row) -> list[dict]:
    present = words(row.get("fills"))
    known = dict(choices.forms)
    strange = [(code, code) for code in present if code not in known]
    return [
        {"name": f"fills{k}", "value": code, "offered": [*choices.forms, *strange]}
        for k, code in enumerate([*present, *[""] * BLANKS])
    ]


def _answers(choices, place, by_person) -> list[dict]:
    row = place.row
    own, needs, reasons = choices.mapping.get("outcomes") or {}, row.get("needs") or {}, []
    reasons = words(row.get("reason"))
    offered = choices.answers(place)
    rows = []
    for k, (code, to) in enumerate([*then_of(row).items(), *[("", "")] * BLANKS]):
        to = "end done" if to == "end" else to
        named = own.get(code, {}) if code in own or code not in OUTCOMES else None
        rows.append(
            {
                "prefix": f"out{k}-",
                "at": k,
                "code": code,
                "name": dict(offered).get(code, ""),
                "to": to,
                "offered": offered,
                "names": named if by_person else None,
                "targets": choices.targets(place, to),
                "needs": _needs(choices, f"out{k}-need", words(needs.get(code))),
                "reason": code in reasons,
            }
        )
    return rows


def _needs(choices, prefix, present) -> list[dict]:
    known = {value for _label, pairs in choices.gates for value, _said in pairs}
    strange = [(gate, gate) for gate in present if gate not in known]
    groups = [*choices.gates, *([(_("as written"), strange)] if strange else [])]
    return [
        {"name": f"{prefix}{n}", "value": gate, "groups": groups}
        for n, gate in enumerate([*present, *[""] * BLANKS])
    ]


def _cases(choices, place) -> list[dict]:
    rows = [*(place.row.get("when") or []), *({} for _n in range(BLANKS))]
    return [
        {
            "at": k,
            "prefix": f"case{k}-",
            "to": row.get("then", ""),
            "targets": choices.targets(place, row.get("then", "")),
            "condition": _condition(choices, row.get("if", ""), f"case{k}-"),
        }
        for k, row in enumerate(rows)
    ]


def _condition(choices, text, prefix) -> dict:
    """One comparison as three parts; what says more, or names something else, as written."""
    parts = condition_of(text) if text else {"name": "", "sign": "=", "value": ""}
    if parts is None or (parts["name"] and parts["name"] not in dict(choices.fields)):
        parts, written = {"name": "", "sign": "=", "value": ""}, text
    else:
        written = ""
    return {
        "prefix": prefix,
        **parts,
        "text": written,
        "fields": choices.fields,
        "signs": SIGNS,
        "values": list(choices.values.get(parts["name"], {}).items()),
    }


def _marks(row, kind) -> list[tuple[str, str, bool]]:
    said = {
        "own_request": _("who started the flow may approve this step"),
        "signs_once": _("ask again who approved the step before"),
        "skip": _("may be skipped with a reason"),
        "proposed": _("this step is a proposal"),
    }
    shown = dict(said)
    if kind != "approval":
        shown = {
            k: v for k, v in said.items() if k not in ("own_request", "signs_once") or k in row
        }
    return [(mark, label, row.get(mark) == building.MARKS[mark]) for mark, label in shown.items()]
