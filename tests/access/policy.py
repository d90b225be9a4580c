"""Who gets what on every address. A route without a line here fails the suite.

A line maps methods to a Rule. What a rule does not say follows from the house rules: not signed in
is 302 (page) or 401 (API), a hidden or absent record 404, a visible one without the right 403, a
read token never writes (403), and a refusal changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from uuid import UUID

from engagement import links
from tests.world import MISSING, ROLES, SEE_ALL, SEE_OWN

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
ALL = frozenset(ROLES)
# Who may, among those who see the manager's account (`own`) or the stranger's (`foreign`).
EDITORS = frozenset({"manager", "write_token", "director", "general_manager", "administrator"})
LINE = frozenset({"director", "general_manager", "administrator"})
ADMIN = frozenset({"administrator"})
# Posts that enter nothing: one without rights, one that keeps people and settings.
CLERKS = frozenset({"functional", "keeper"})
KEEPERS = ADMIN | {"keeper"}
LEADERS = LINE | {"sibling"}
IMPORTERS = LEADERS | {"rival"}
RIGHTLESS = ALL - CLERKS


@dataclass(frozen=True)
class Rule:
    """`noun` names the record of the address (see World); `sees(side)` who sees it, where that
    differs from the account's; `may` who is let through; `ok` their statuses; `data(world, side)`
    the body, or the query of a GET; `path` fixed values of other parameters."""

    noun: str = ""
    sees: Callable | None = None
    may: frozenset = ALL
    ok: frozenset = frozenset({200})
    refused: frozenset = frozenset({403})
    anonymous: frozenset | None = None
    public: bool = False
    data: Callable | None = None
    path: dict = field(default_factory=dict, hash=False)
    # Who has the right to the page at all; others are refused before anything is looked up.
    gate: frozenset = ALL
    # The target is named in the body, not in the address.
    in_body: bool = False
    own_only: bool = False
    any_method: bool = False


def everybody(side):
    return ALL


def statuses(*codes) -> frozenset:
    return frozenset(codes)


def page(noun="", **kw) -> dict:
    return {"GET": Rule(noun=noun, **kw)}


def action(noun="", *, ok=(302,), **kw) -> dict:
    return {"POST": Rule(noun=noun, ok=statuses(*ok), **kw)}


def form(noun="", *, done=(422, 302), **kw) -> dict:
    data = kw.pop("data", None)
    return {
        "GET": Rule(noun=noun, **kw),
        "POST": Rule(noun=noun, ok=statuses(*done), data=data, **kw),
    }


def api(**methods) -> dict:
    """Rules of an API route; OPTIONS answers whoever may read it."""
    rules = dict(methods)
    one = next(iter(rules.values()))
    rules["OPTIONS"] = Rule(noun=one.noun, sees=one.sees)
    return rules


def sent(**body):
    """A body with fixed values; functions are asked for theirs."""
    return lambda world, side: {
        name: value(world, side) if callable(value) else value for name, value in body.items()
    }


def of(noun, attr="pk"):
    """An attribute of the target, or a number where there is no target."""
    return lambda world, side: getattr(
        getattr(world.foreign if side == "foreign" else world.own, noun), attr
    )


def survey_token(world, side):
    """The link of the contact of `own`, which was answered and is over."""
    return links.new_token(world.own.invitation.nonce)


WRITABLE = ALL - {"read_token"}
version = {
    noun: of(noun, "version") for noun in ("account", "contact", "opportunity", "product", "user")
}
OPEN = Rule(public=True, ok=statuses(200, 302))
LOGIN = {
    "GET": Rule(public=True, ok=statuses(200, 301, 302, 401, 403, 404, 405), any_method=True),
    "POST": Rule(public=True, ok=statuses(200, 301, 302, 400, 401, 403, 404, 405, 422, 429)),
}
ADMIN_PAGES = {
    "GET": Rule(
        may=KEEPERS,
        ok=statuses(200, 302, 403, 404, 405),
        refused=statuses(302, 403, 404),
        own_only=True,
        any_method=True,
    ),
    "POST": Rule(
        may=KEEPERS,
        ok=statuses(200, 302, 400, 403, 404, 405),
        refused=statuses(302, 403, 404),
        own_only=True,
    ),
}


def writes(noun, body, *, may=EDITORS, ok=(200,), **kw):
    return api(
        POST=Rule(noun=noun, may=may, ok=statuses(*ok), data=sent(**body), **kw),
    )


API = {
    "api:root": api(GET=Rule()),
    "api:schema": api(GET=Rule()),
    "api:docs": page(),
    "api:unknown": {
        method: Rule(ok=statuses(404), path={"rest": "nothing/here/"})
        for method in ("GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS")
    },
    "api:account-list": api(
        GET=Rule(),
        POST=Rule(may=RIGHTLESS, ok=statuses(201), data=sent(name="A new customer")),
    ),
    "api:account-detail": api(
        GET=Rule("account"),
        PATCH=Rule(
            "account",
            may=EDITORS,
            data=sent(version=version["account"], phone="025-1"),
        ),
    ),
    "api:account-change-tier": writes(
        "account",
        {"tier": lambda w, s: w.tiers["strategic"].pk, "reason": "grows"},
        may=LINE,
    ),
    "api:account-transfer": writes(
        "account", {"to": lambda w, s: w.rival.pk, "reason": "moves"}, may=LINE, ok=(200, 204)
    ),
    "api:account-archive": writes("account", {"reason": "closed"}, may=LINE),
    "api:account-restore": writes("account", {}, may=LINE),
    "api:account-move-in-group": writes("account", {"parent": None}),
    "api:account-set-credit-grade": writes(
        "account", {"grade": "A", "reason": "paid", "effective_on": "2026-01-01"}, may=LINE
    ),
    "api:contact-list": api(
        GET=Rule(), POST=Rule(may=RIGHTLESS, ok=statuses(201), data=sent(name="A new person"))
    ),
    "api:contact-detail": api(
        GET=Rule("contact"),
        PATCH=Rule("contact", may=EDITORS, data=sent(version=version["contact"], phone="025-2")),
    ),
    "api:contact-archive": writes("contact", {"reason": "retired"}, ok=(200, 204)),
    "api:contact-add-role": writes("contact", {"account": of("account")}, ok=(400,)),
    "api:opportunity-list": api(
        GET=Rule(), POST=Rule(may=RIGHTLESS, ok=statuses(201), data=sent(name="A new deal"))
    ),
    "api:opportunity-summary": api(GET=Rule()),
    "api:opportunity-detail": api(
        GET=Rule("opportunity"),
        PATCH=Rule(
            "opportunity",
            may=EDITORS,
            data=sent(version=version["opportunity"], next_step="call"),
        ),
    ),
    "api:opportunity-move": writes("opportunity", {"milestone": "proposed"}),
    "api:opportunity-win": writes("opportunity", {"closed_on": lambda w, s: str(w.today)}),
    "api:opportunity-lose": writes(
        "opportunity", {"closed_on": lambda w, s: str(w.today), "reason": "price"}
    ),
    "api:opportunity-reopen": writes("won", {"reason": "mistake"}),
    "api:opportunity-archive": writes("opportunity", {"reason": "double"}),
    "api:opportunity-restore": writes("opportunity", {}),
    "api:opportunity-set-lines": writes(
        "opportunity",
        {"lines": lambda w, s: [{"product": w.products.two.pk, "quantity": "2"}]},
    ),
    "api:product-list": api(
        GET=Rule(),
        POST=Rule(may=KEEPERS, ok=statuses(201), data=sent(code="NEW-1", name_en="New")),
    ),
    "api:product-detail": api(
        GET=Rule("product", sees=everybody),
        PATCH=Rule(
            "product",
            sees=everybody,
            may=KEEPERS,
            data=sent(version=version["product"], name_en="Renamed"),
        ),
    ),
    "api:user-list": api(
        GET=Rule(), POST=Rule(may=KEEPERS, ok=statuses(201), data=sent(username="newcomer"))
    ),
    "api:user-detail": api(
        GET=Rule("user", sees=everybody),
        PATCH=Rule(
            # The manager may more than the keeper, who therefore does not edit them (T31).
            "user",
            sees=everybody,
            may=ADMIN,
            data=sent(version=version["user"], phone="1"),
        ),
    ),
    "api:user-deactivate": writes("user", {}, may=ADMIN, sees=everybody),
    "api:user-reactivate": writes("user", {}, may=ADMIN, sees=everybody),
}


def personal(side):
    """Rows of the manager are nobody else's, whatever their rights; likewise the stranger's."""
    return frozenset({"manager"}) if side == "own" else frozenset()


def own_notices(side):
    """Over the API the manager's tokens read them too."""
    return frozenset({"manager", "read_token", "write_token"}) if side == "own" else frozenset()


CORE = {
    "home": page(ok=statuses(302)),
    "core:search": page(data=sent(q="canary")),
    "core:view_save": form(),
    "core:view_edit": form("view", sees=personal, done=(422, 302)),
    "core:view_delete": action("view", sees=personal),
    "core:token_list": page(),
    "core:token_create": action(ok=(422,)),
    "core:token_revoke": action("token", sees=personal),
    "core:language": {"POST": Rule(public=True, ok=statuses(302), data=sent(language="en"))},
    "health_live": {"GET": OPEN},
    "health_ready": {"GET": replace(OPEN, ok=statuses(200, 503))},
}

NOTICE = {"noun": "notice", "sees": personal}
NOTIFICATIONS = {
    "notifications:notification_count": {"GET": replace(OPEN, ok=statuses(200, 204))},
    "notifications:notification_list": page(),
    "notifications:notification_read_all": action(),
    "notifications:notification_open": action(**NOTICE),
    "notifications:notification_read": action(**NOTICE),
    "notifications:preferences": form(done=(302, 422)),
    "notifications:operation": page(may=KEEPERS),
    "notifications:delivery_resend": action("delivery", sees=everybody, gate=KEEPERS),
    "notifications:delivery_close": action("delivery", sees=everybody, gate=KEEPERS),
    "notifications:letter_list": page(may=ADMIN),
    "notifications:letter": page(may=ADMIN, ok=statuses(404), path={"name": "0" * 32}),
}
API |= {
    "api:notification-list": api(GET=Rule()),
    "api:notification-detail": api(GET=Rule("notice", sees=own_notices)),
    "api:notification-read": api(POST=Rule("notice", sees=own_notices, may=WRITABLE, data=sent())),
    "api:notification-read-all": api(POST=Rule(may=WRITABLE, data=sent())),
}


def sub(name):
    """The id of something that hangs on the target (see World)."""
    return lambda world, side: getattr(
        getattr(getattr(world, side, None), name, None), "pk", MISSING
    )


def both(noun):
    """Ticked rows: one's own alone, or one's own together with a foreign one (T6)."""
    return lambda world, side: {
        "ids": [getattr(world.own, noun).pk]
        + ([getattr(world.foreign, noun).pk] if side == "foreign" else [])
    }


def sees_batch(side):
    return LINE if side == "own" else frozenset({"general_manager", "administrator"})


BATCH = {"noun": "batch", "sees": sees_batch, "gate": IMPORTERS}
IMPORTS = {
    "core:import_list": page(may=IMPORTERS),
    "core:import_create": form(may=IMPORTERS),
    "core:import_template": page(may=IMPORTERS, path={"kind": "accounts"}),
    "core:import_detail": page(**BATCH),
    "core:import_columns": form(**BATCH),
    "core:import_read": action(**BATCH),
    "core:import_check": action(**BATCH),
    "core:import_progress": page(ok=statuses(302), **BATCH),
    "core:import_cell": action(ok=(422,), **BATCH),
    "core:import_alike": action(ok=(422,), **BATCH),
    "core:import_decide": action(ok=(422,), **BATCH),
    "core:import_commit": action(**BATCH),
    "core:import_undo": action(**BATCH),
    "core:import_errors": page(path={"form": "csv"}, **BATCH),
}

API_BATCH = {"noun": "batch", "sees": sees_batch, "gate": IMPORTERS | {"read_token"}}
API |= {
    "api:import-list": api(GET=Rule(), POST=Rule(may=IMPORTERS, ok=statuses(400))),
    "api:import-detail": api(GET=Rule("batch", sees=sees_batch)),
    "api:import-lines": api(GET=Rule("batch", sees=sees_batch)),
    "api:import-check": api(POST=Rule(**API_BATCH)),
    "api:import-commit": api(POST=Rule(**API_BATCH)),
    "api:import-undo": api(POST=Rule(ok=statuses(400), **API_BATCH)),
}

ACCOUNTS = {
    "accounts:account_list": page(),
    "accounts:account_export": page(may=RIGHTLESS, data=sent(format="xlsx")),
    "accounts:account_bulk": {
        "POST": Rule("account", in_body=True, data=both("account"), may=RIGHTLESS),
        "GET": Rule(ok=statuses(200, 302)),
    },
    "accounts:account_board": page(),
    "accounts:followed": page(),
    "accounts:account_tree": page(),
    "accounts:account_create": form(may=RIGHTLESS),
    "accounts:account_duplicates": page(may=RIGHTLESS, data=sent(name="canary")),
    "accounts:account_options": page(data=sent(q="canary")),
    "accounts:people_options": page(),
    "accounts:handover": form(may=LEADERS),
    "accounts:account_detail": page("account"),
    "accounts:account_people": page("account"),
    "accounts:account_team": page("account"),
    "accounts:account_history": page("account"),
    "accounts:account_children": page("account"),
    "accounts:account_edit": form("account", may=EDITORS),
    "accounts:account_cell": form("account", may=EDITORS, path={"field": "phone"}),
    "accounts:account_change_tier": form("account", may=LINE),
    "accounts:account_move": action("account", may=LINE, ok=(204,)),
    "accounts:account_transfer": form("account", may=LINE),
    "accounts:account_set_credit": form("account", may=LINE),
    "accounts:account_classify": form("account", may=EDITORS),
    # The group above is hidden from the manager and the director.
    "accounts:account_move_in_group": form("account", may=LINE - {"director"}),
    "accounts:account_archive": form("account", may=LINE),
    "accounts:account_restore": action("account", may=LINE),
    "accounts:account_star": action("account"),
    "accounts:account_merge": form("account", may=LINE, done=(200, 422)),
    "accounts:account_assign": form("account", may=EDITORS),
    "accounts:assignment_end": form(
        "account", may=EDITORS, path={"assignment_pk": sub("assignment")}
    ),
    "accounts:account_serve": form("account", may=LINE),
    "accounts:service_end": form("account", may=LINE, path={"served_pk": sub("service")}),
    "accounts:site_create": form("account", may=EDITORS),
    "accounts:site_edit": form("account", may=EDITORS, path={"site_pk": sub("site")}),
    "accounts:trait_answer": form(
        "account", may=EDITORS, path={"trait_pk": lambda world, side: world.trait.pk}
    ),
    "accounts:contact_list": page(),
    "accounts:contact_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "accounts:contact_bulk": {
        "POST": Rule("contact", in_body=True, data=both("contact"), may=RIGHTLESS),
        "GET": Rule(ok=statuses(200, 302)),
    },
    "accounts:contact_options": page(data=sent(q="canary")),
    "accounts:contact_create": form(may=RIGHTLESS),
    "accounts:contact_detail": page("contact"),
    "accounts:contact_edit": form("contact", may=EDITORS),
    "accounts:contact_cell": form("contact", may=EDITORS, path={"field": "mobile"}),
    "accounts:contact_role_create": form("contact", may=EDITORS),
    "accounts:contact_role_edit": form("contact", may=EDITORS, path={"role_pk": sub("role")}),
    "accounts:contact_role_end": form("contact", may=EDITORS, path={"role_pk": sub("role")}),
    "accounts:contact_change_employer": form("contact", may=EDITORS),
    "accounts:contact_merge": form("contact", may=EDITORS, done=(200, 422)),
    "accounts:contact_archive": form("contact", may=EDITORS),
    "accounts:contact_star": action("contact"),
    "accounts:contact_personal_data": action("contact", may=LINE, ok=(200,)),
    "accounts:contact_anonymise": form("contact", may=LINE),
}

DEAL = {"noun": "opportunity", "may": EDITORS}
OPPORTUNITIES = {
    "opportunities:opportunity_list": page(),
    "opportunities:opportunity_board": page(),
    "opportunities:opportunity_create": form(may=RIGHTLESS),
    "opportunities:opportunity_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "opportunities:opportunity_bulk": {
        "POST": Rule("opportunity", in_body=True, data=both("opportunity"), gate=RIGHTLESS)
    },
    "opportunities:owner_options": page(),
    "opportunities:product_options": page(),
    "opportunities:opportunity_detail": page("opportunity"),
    "opportunities:opportunity_edit": form(**DEAL),
    "opportunities:opportunity_cell": form(path={"field": "amount"}, **DEAL),
    "opportunities:opportunity_move": form(**DEAL),
    "opportunities:opportunity_win": form(**DEAL),
    "opportunities:opportunity_lose": form(**DEAL),
    "opportunities:opportunity_reopen": form(**DEAL),
    "opportunities:opportunity_step": form(**DEAL),
    "opportunities:opportunity_archive": form(**DEAL),
    "opportunities:opportunity_restore": action(**DEAL),
    "opportunities:opportunity_owner": form(**DEAL),
    "opportunities:opportunity_member_add": form(**DEAL),
    "opportunities:opportunity_member_remove": action(
        path={"member_pk": sub("deal_member")}, **DEAL
    ),
    "opportunities:account_opportunities": page("account"),
    "opportunities:account_summary": page("account"),
    "opportunities:product_list": page(),
    "opportunities:product_export": page(may=RIGHTLESS, data=sent(format="xlsx")),
    "opportunities:product_create": form(may=KEEPERS),
    "opportunities:product_detail": page("product", sees=everybody),
    "opportunities:product_edit": form("product", sees=everybody, may=KEEPERS),
}


def uuid_of(world, side):
    found = getattr(getattr(world, side, None), "attachment", None)
    return found.uuid if found else UUID(int=MISSING)


FILE = {"noun": "attachment", "path": {"uuid": uuid_of}}
FORM = {"code": "world_form"}
POLICY_CODE = {"code": "world_policy"}
OF_ACCOUNT = {"kind": "account"}
DOCUMENTS = {
    "documents:document_list": page(),
    "documents:document_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "documents:template_list": page(),
    "documents:document_start": form(done=(422,), path=FORM),
    "documents:document_detail": page("document"),
    "documents:document_file": page("document"),
    "documents:document_compare": page("document"),
    "documents:document_revise": action("filed", may=EDITORS),
    "documents:document_archive": form("document", may=EDITORS),
    "documents:document_fill": form("document", may=EDITORS, done=(302, 409, 422)),
    "documents:document_save": action("document", may=EDITORS, ok=(302,)),
    "documents:document_file_add": action(
        "document", may=EDITORS, ok=(422,), path={"field": "papers"}
    ),
    "documents:document_file_remove": action(
        "document",
        may=frozenset(),
        refused=statuses(403, 404),
        path={"field": "papers", "uuid": uuid_of},
    ),
    "documents:account_documents": page("account"),
    "documents:comment_add": action("account", path=OF_ACCOUNT, data=sent(text="a word")),
    "documents:comment_remove": action(
        "comment",
        may=frozenset({"manager", "write_token", "general_manager", "administrator"}),
    ),
    "documents:attachment_add": action("account", path=OF_ACCOUNT, ok=(422,)),
    "documents:attachment_open": page(**FILE),
    "documents:attachment_view": page(**FILE),
    "documents:attachment_preview": page(**FILE),
    "documents:attachment_remove": action(may=EDITORS, **FILE),
    "documents:policy_list": page(),
    "documents:policy_detail": page(path=POLICY_CODE),
    "documents:policy_acknowledge": action(path=POLICY_CODE, data=sent(number="1")),
}

API |= {
    "api:document-list": api(
        GET=Rule(), POST=Rule(ok=statuses(400), may=WRITABLE, data=sent(template="world_form"))
    ),
    "api:document-detail": api(
        GET=Rule("document"),
        PATCH=Rule(
            "document",
            may=EDITORS,
            data=sent(version=of("document", "version"), answers=lambda w, s: {"words": "new"}),
        ),
    ),
    "api:document-complete": writes("document", {}),
    "api:attachment-list": api(GET=Rule(), POST=Rule(ok=statuses(400), may=WRITABLE)),
    "api:attachment-detail": api(GET=Rule("attachment")),
    "api:attachment-content": api(GET=Rule("attachment")),
}

KPI = {"kpi:dashboard": page(), "kpi:dashboard_export": page(may=RIGHTLESS)}

TEAMS = {
    "teams:profile": form(done=(422, 302, 200)),
    "teams:demo_login": {
        "POST": Rule("user", public=True, ok=statuses(404)),
        "GET": Rule("user", public=True, ok=statuses(404, 405)),
    },
    "teams:email_closed": LOGIN,
}

ALLAUTH = dict.fromkeys(
    (
        "account_login",
        "account_logout",
        "account_inactive",
        "account_signup",
        "account_reauthenticate",
        "account_email",
        "account_email_verification_sent",
        "account_change_password",
        "account_set_password",
        "account_reset_password",
        "account_confirm_login_code",
        "account_confirm_email",
        "account_reset_password_from_key_done",
        "account_reset_password_from_key",
        "account_reset_password_done",
        "mfa_index",
        "mfa_authenticate",
        "mfa_reauthenticate",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_reauthenticate_webauthn",
        "mfa_remove_webauthn",
        "mfa_edit_webauthn",
        "mfa_login_webauthn",
        "socialaccount_login_cancelled",
        "socialaccount_login_error",
        "socialaccount_signup",
        "socialaccount_connections",
        "openid_connect_login",
        "openid_connect_callback",
        "login/social/*",
    ),
    LOGIN,
)

LONGER = {"until": "2099-12-31", "reason": "audit"}
PLANNING = {
    "api:file-change-list": api(GET=Rule(), POST=Rule(ok=statuses(400))),
    "api:file-change-detail": api(GET=Rule("file_change")),
    "api:file-change-accept": writes("file_change", {}),
    "api:file-change-refuse": writes("file_change", {"reason": "known to be wrong"}),
    "api:filed-document-list": api(GET=Rule()),
    "api:filed-document-detail": api(GET=Rule("document")),
    "api:filed-document-prolong": writes("document", LONGER, ok=(400,)),
    "api:filed-document-put-away": writes("document", {"reason": "over"}, ok=(400,)),
    "api:filed-file-list": api(GET=Rule()),
    "api:filed-file-detail": api(GET=Rule("attachment")),
    "api:filed-file-prolong": writes("attachment", LONGER, ok=(400,)),
    "api:filed-file-put-away": writes("attachment", {"reason": "over"}, ok=(400,)),
    "api:registration-list": api(GET=Rule(), POST=Rule(ok=statuses(400))),
    "api:registration-detail": api(
        GET=Rule("registration"),
        PATCH=Rule(
            "registration",
            may=EDITORS,
            data=sent(version=of("registration", "version"), deal_name="A deal"),
        ),
    ),
    # Surveys, opinions, improvements. The page of a link is for whoever has it; without the seal
    # of its form nothing is taken.
    "engagement:survey_answer": {
        "GET": Rule(public=True, ok=statuses(200), path={"token": survey_token}),
        "POST": Rule(public=True, ok=statuses(403), path={"token": survey_token}),
    },
    "engagement:survey_list": page(),
    "engagement:survey_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "engagement:survey_create": form(may=RIGHTLESS, done=(422,)),
    "engagement:survey_detail": page("survey"),
    "engagement:survey_edit": form("survey", may=EDITORS, done=(302, 422)),
    "engagement:survey_add": form("survey", may=EDITORS, done=(422,)),
    "engagement:survey_move": action(
        "survey", may=EDITORS, ok=(422,), data=sent(do="schedule", version=1)
    ),
    "engagement:survey_preview": page("survey"),
    "engagement:recipient_list": page(),
    "engagement:recipient_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "engagement:recipient_detail": page("invitation"),
    "engagement:recipient_leave_out": action("invitation", may=EDITORS, ok=(422,)),
    "engagement:recipient_revoke": action("invitation", may=EDITORS),
    "engagement:response_list": page(),
    "engagement:response_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "engagement:response_detail": page("survey_answer"),
    "engagement:account_satisfaction": page("account"),
    "engagement:opinion_list": page(),
    "engagement:opinion_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "engagement:opinion_create": form(may=RIGHTLESS, done=(422,)),
    "engagement:opinion_detail": page("opinion"),
    "engagement:opinion_edit": form("opinion", may=EDITORS, done=(302, 422)),
    "engagement:opinion_move": action(
        "opinion", may=EDITORS, ok=(302, 422), data=sent(do="take", version=1)
    ),
    "engagement:action_list": page(),
    "engagement:action_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "engagement:action_detail": page("improvement"),
    "engagement:action_edit": form("improvement", may=EDITORS, done=(302, 422)),
    "engagement:action_end": action("improvement", may=EDITORS, ok=(302, 422)),
    "api:survey-list": api(GET=Rule(), POST=Rule(ok=statuses(400))),
    "api:survey-detail": api(
        GET=Rule("survey"),
        PATCH=Rule("survey", may=EDITORS, ok=statuses(400), data=sent(version=1, name="New")),
    ),
    "api:survey-schedule": writes("survey", {}, ok=(400,)),
    "api:survey-close": writes("survey", {}, ok=(400,)),
    "api:survey-answer-list": api(GET=Rule()),
    "api:survey-answer-detail": api(GET=Rule("survey_answer")),
    "api:opinion-list": api(GET=Rule(), POST=Rule(ok=statuses(400))),
    "api:opinion-detail": api(
        GET=Rule("opinion"),
        PATCH=Rule("opinion", may=EDITORS, data=sent(version=1, topic="Topic")),
    ),
    "api:opinion-close": writes("opinion", {"answer": "Told them."}),
    "api:improvement-list": api(GET=Rule()),
    "api:improvement-detail": api(
        GET=Rule("improvement"),
        PATCH=Rule("improvement", may=EDITORS, data=sent(version=1, title="Title")),
    ),
    "api:improvement-complete": writes("improvement", {"result": "Done so."}),
    "planning:registration_list": page(),
    "planning:registration_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "planning:registration_start": form("account", may=EDITORS, done=(302, 422)),
    "planning:registration_detail": page("registration"),
    "planning:registration_answer": action("registration", may=frozenset(), refused=statuses(404)),
    "planning:registration_edit": form("registration", may=EDITORS, done=(302, 409, 422)),
    "planning:file_list": page(),
    "planning:file_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "planning:change_list": page(),
    "planning:change_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "planning:change_accept": form("file_change", may=EDITORS, done=(302, 409)),
    "planning:change_refuse": form("file_change", may=EDITORS),
    "planning:account_file": page("account"),
    "planning:filed_prolong": form("document", may=EDITORS, path={"kind": "document"}),
    "planning:filed_put_away": form("document", may=EDITORS, path={"kind": "document"}),
    "planning:account_card": page("account"),
    "planning:account_collect": action("account", may=EDITORS),
    "planning:account_confirm": action("account", may=EDITORS),
    "planning:account_propose": form("account", done=(422,)),
    "planning:account_point": form("account", may=EDITORS, path={"point": "strategy"}),
}

# The manager holds the items of their account; whoever sees it may look.
HOLDER = frozenset({"manager", "write_token"})
ANSWERS = HOLDER | ADMIN
OF_FLOW = {"path": {"code": "W-1"}}
FLOWS = {
    "flows:my_work": page(),
    "flows:item_batch": action(ok=(200,), data=sent(ids=lambda w, s: w.own.flow_item.pk)),
    "flows:item_create": form(done=(422,)),
    "flows:item_detail": page("work_item"),
    "flows:item_answer": form("flow_item", may=HOLDER),
    "flows:item_delegate": form("flow_item", may=HOLDER, done=(422,)),
    "flows:item_sign": form("flow_item", may=HOLDER, done=(422,)),
    "flows:item_return": form("flow_item", may=HOLDER, done=(422,)),
    "flows:item_suspend": form("flow_item", may=HOLDER, done=(422,)),
    "flows:item_reassign": form("flow_item", may=ADMIN, done=(422,)),
    "flows:item_excuse": form("flow_item", may=ADMIN, done=(422,)),
    "flows:item_claim": action("flow_item", may=HOLDER),
    "flows:item_fill": action("flow_item", may=HOLDER, path={"code": "world_form"}),
    "flows:item_resume": action("flow_item", may=HOLDER),
    "flows:item_take_back": action("flow_item", may=frozenset()),
    "flows:on_time": page(),
    "flows:on_time_items": page(),
    "flows:on_time_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "flows:template_list": page(),
    "flows:template_detail": page(**OF_FLOW),
    "flows:runs_move": form(may=KEEPERS, done=(200,), **OF_FLOW),
    "flows:run_start": form(done=(422,), **OF_FLOW),
    "flows:run_list": page(),
    "flows:run_detail": page("flow_run"),
    "flows:run_withdraw": form("flow_run", may=HOLDER, done=(422,)),
    "flows:run_cancel": form("flow_run", may=ANSWERS, done=(422,)),
    "flows:run_skip": form("flow_run", may=ANSWERS, done=(422,)),
    "flows:run_nudge": action("flow_run", may=ANSWERS),
}

# What nothing here takes: it shows who is let through without a rule that refuses later on.
WRONG = {"nonsense": 1}


def answers_item(body, **more):
    return writes("flow_item", body, **({"may": frozenset({"manager", "write_token"})} | more))


API |= {
    "api:run-list": api(GET=Rule(), POST=Rule(ok=statuses(400))),
    "api:run-detail": api(GET=Rule("flow_run")),
    "api:run-trail": api(GET=Rule("flow_run")),
    "api:run-withdraw": writes("flow_run", WRONG, may=HOLDER, ok=(400,)),
    "api:run-cancel": writes("flow_run", {"reason": "no need"}, may=ANSWERS),
    "api:run-skip": writes("flow_run", {"reason": "known"}, may=ANSWERS),
    "api:run-nudge": writes("flow_run", {}, may=ANSWERS),
    "api:work-item-list": api(
        GET=Rule(),
        POST=Rule(
            may=WRITABLE,
            ok=statuses(201),
            data=sent(title="To do", assignee=lambda w, s: w.member.pk),
        ),
    ),
    "api:work-item-answer-many": api(
        POST=Rule(
            may=WRITABLE,
            data=sent(items=lambda w, s: [w.own.flow_item.pk], outcome="done"),
        )
    ),
    "api:work-item-detail": api(GET=Rule("flow_item")),
    "api:work-item-answer": answers_item({"outcome": "done"}),
    "api:work-item-return": answers_item(WRONG, ok=(400,)),
    "api:work-item-sign": answers_item({"signer": lambda w, s: w.member.pk, "where": "before"}),
    "api:work-item-claim": answers_item(WRONG, ok=(400,)),
    "api:work-item-delegate": answers_item({"to": lambda w, s: w.member.pk}),
    "api:work-item-reassign": answers_item(
        {"to": lambda w, s: w.member.pk, "reason": "ill"}, may=ADMIN
    ),
    "api:work-item-suspend": answers_item({"reason": "the customer"}),
    "api:work-item-resume": answers_item(WRONG, ok=(400,)),
    "api:work-item-excuse": answers_item({"reason": "storm"}, may=ADMIN, ok=(400,)),
    "api:work-item-drop": writes("work_item", {"reason": "no need"}, may=ANSWERS),
    "api:work-item-take-back": answers_item({}, may=frozenset()),
}
# Whoever sees an account speaks with the customer; who wrote it down and the line correct it.
COMMUNICATIONS = {
    "api:communication-list": api(GET=Rule(), POST=Rule(ok=statuses(400))),
    "api:communication-detail": api(
        GET=Rule("communication"),
        PATCH=Rule(
            "communication",
            may=EDITORS,
            data=sent(version=of("communication", "version"), content="corrected"),
        ),
    ),
    "api:communication-answer": writes("communication", {"answer": "Done"}, may=WRITABLE),
    "engagement:communication_list": page(),
    "engagement:communication_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "engagement:communication_create": form(done=(422,)),
    "engagement:communication_detail": page("communication"),
    "engagement:communication_edit": form("communication", may=EDITORS, done=(422,)),
    "engagement:communication_answer": form("communication", done=(422,)),
    "engagement:account_log": form("account", done=(422,)),
    "engagement:account_timeline": page("account"),
    "engagement:contact_communications": page("contact"),
    "engagement:contact_due_list": page(),
    "engagement:contact_due_export": page(may=RIGHTLESS, data=sent(format="csv")),
}


def sees_mailing(side):
    """Whose it is and their line; no team member."""
    return (SEE_OWN if side == "own" else SEE_ALL) - {"member"}


def way_out(world, side):
    """The link of a message to the contact of `own`."""
    return links.new_token(world.own.recipient.nonce, links.UNSUBSCRIBE)


MAILING = {"noun": "mailing", "sees": sees_mailing}
MAILED = {"noun": "recipient", "sees": sees_mailing}
SENDER = frozenset({"manager", "write_token"})
# Who runs it or may release it; what they ask for does not fit a draft.
STEERS = SENDER | LINE
MAILINGS = {
    # Reading the page changes nothing; a POST that does not say so is refused.
    "engagement:unsubscribe": {
        "GET": Rule(public=True, ok=statuses(200), path={"token": way_out}),
        "POST": Rule(public=True, ok=statuses(403), path={"token": way_out}),
    },
    "engagement:mailing_list": page(),
    "engagement:mailing_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "engagement:mailing_create": {
        "GET": Rule(may=RIGHTLESS),
        "POST": Rule(
            "contact", in_body=True, data=both("contact"), may=RIGHTLESS, gate=RIGHTLESS
        ),
    },
    "engagement:mailed_list": page(),
    "engagement:mailed_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "engagement:mailed_leave_out": form(**MAILED, may=SENDER, done=(422,)),
    "engagement:mailing_detail": page(**MAILING),
    "engagement:mailing_edit": form(**MAILING, may=SENDER, done=(422,)),
    "engagement:mailing_progress": page(**MAILING),
    "engagement:mailing_send": action(**MAILING, may=SENDER, ok=(422,), data=sent(do="now")),
    "engagement:mailing_move": action(
        **MAILING, may=STEERS, ok=(422,), data=sent(do="stop", version=1)
    ),
    "api:mailing-list": api(GET=Rule(), POST=Rule(ok=statuses(400))),
    "api:mailing-detail": api(
        GET=Rule(**MAILING),
        PATCH=Rule(**MAILING, may=SENDER, data=sent(version=1, name="New")),
    ),
    "api:mailing-send": writes("mailing", {}, may=SENDER, ok=(400,), sees=sees_mailing),
    "api:mailing-release": writes(
        "mailing", {}, may=LINE, ok=(400,), sees=sees_mailing
    ),
    "api:mailing-take-back": writes(
        "mailing", {}, may=STEERS, ok=(400,), sees=sees_mailing
    ),
    "api:mailing-stop": writes("mailing", {}, may=STEERS, ok=(400,), sees=sees_mailing),
    "api:mailing-drop": writes("mailing", {}, may=SENDER, sees=sees_mailing),
    "api:mailing-recipient-list": api(GET=Rule()),
    "api:mailing-recipient-detail": api(GET=Rule(**MAILED)),
}
VISITS = {
    "api:visit-list": api(GET=Rule(), POST=Rule(ok=statuses(400))),
    "api:visit-detail": api(
        GET=Rule("visit"),
        PATCH=Rule(
            "visit", may=EDITORS, data=sent(version=of("visit", "version"), agenda="Another")
        ),
    ),
    "api:visit-move": writes(
        "visit", {"starts_at": "2099-01-01T10:00:00Z", "reason": "they travel"}
    ),
    "api:visit-cancel": writes("visit", {"reason": "they are ill"}),
    "api:visit-hand-in": writes("visit", {}, ok=(400,)),
    "api:visit-check-in": writes("visit", {"place": "The gate"}, may=HOLDER),
    "api:visit-record": writes("visit", {}, ok=(400,), may=WRITABLE),
    "engagement:visit_detail": page("visit"),
    "engagement:visit_answer": action("visit", may=frozenset(), refused=statuses(404)),
    "engagement:visit_list": page(),
    "engagement:visit_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "engagement:visit_create": form(done=(200,)),
    "engagement:visit_clash": page(),
    "engagement:visit_brief": page("visit"),
    "engagement:visit_edit": form("visit", may=EDITORS, done=(422,)),
    "engagement:visit_move": form("visit", may=EDITORS, done=(422,)),
    "engagement:visit_cancel": form("visit", may=EDITORS, done=(422,)),
    "engagement:visit_check_in": form("visit", may=HOLDER, done=(422,)),
    "engagement:visit_record": form("visit", may=EDITORS, done=(422,)),
    "engagement:visit_commit": form("visit", may=EDITORS, done=(422,)),
}
# Planning by programme is for who enters things; whose visits it are is asked for each account.
CADENCE = {
    "kpi:my_day": page(),
    "engagement:visit_calendar": page(),
    "engagement:calendar_move": form("visit", may=EDITORS, done=(422,)),
    "engagement:calendar_feed": page(),
    "engagement:calendar_feed_create": action(ok=(200,)),
    "engagement:calendar_feed_end": action(),
    "engagement:calendar_ics": {
        "GET": replace(OPEN, ok=statuses(404), path={"token": "never-given-out"})
    },
    "engagement:cadence_list": page(),
    "engagement:cadence_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "engagement:cadence_compliance": page(),
    "engagement:programme": form(may=RIGHTLESS, done=(422,)),
}


def sees_claim(side):
    """What was spent is for the claimant, the account's manager, their line: no team member."""
    return (SEE_OWN if side == "own" else SEE_ALL) - {"member"}


CLAIM = {"noun": "expense_claim", "sees": sees_claim}
CLAIMANT = frozenset({"manager", "write_token", "administrator"})
ENGAGEMENT = {
    "engagement:expense_list": page(),
    "engagement:expense_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "engagement:expense_detail": page(**CLAIM),
    "engagement:expense_edit": form(may=CLAIMANT, **CLAIM),
    "engagement:expense_answer": action(may=frozenset(), refused=statuses(404), **CLAIM),
    "engagement:expense_print": page(path={"what": "voucher"}, **CLAIM),
    "engagement:account_expenses": page("account"),
    "engagement:expense_create": form("account", done=(422,)),
    "engagement:expense_reckon": action("account", ok=(200,)),
}
API |= {
    "api:expense-claim-list": api(GET=Rule(), POST=Rule(ok=statuses(400))),
    "api:expense-claim-detail": api(
        GET=Rule(**CLAIM),
        PATCH=Rule(
            may=CLAIMANT,
            data=sent(version=of("expense_claim", "version"), purpose="A dinner"),
            **CLAIM,
        ),
    ),
}


def sees_report(side):
    """A signed report holds sums of the whole house: for who leads or plans, and who signed."""
    return LEADERS | ({"manager"} if side == "own" else set())


REPORT = {"noun": "callback_report", "sees": sees_report}
CALLBACKS = {
    "engagement:callback_list": page(),
    "engagement:callback_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "engagement:callback_create": form(done=(200,)),
    "engagement:callback_round": page(),
    "engagement:callback_detail": page("callback"),
    "engagement:callback_answer": action("callback", may=frozenset(), refused=statuses(404)),
    "engagement:callback_edit": form("callback", may=EDITORS, done=(422,)),
    "engagement:callback_move": form("callback", may=EDITORS, done=(422,)),
    "engagement:callback_shift": form("callback", may=EDITORS, done=(422,)),
    "engagement:callback_cancel": form("callback", may=EDITORS, done=(422,)),
    "engagement:callback_call": form("callback", may=EDITORS, done=(422,)),
    "engagement:callback_action": form("held_callback", may=EDITORS, done=(422,)),
    "engagement:callback_pass_on": form("held_callback", may=frozenset(), path={"line": 1}),
    "engagement:callback_print": page("held_callback"),
    # Whoever sees callbacks sees what they come to; signing is the post's that the settings name.
    "engagement:callback_report": {"GET": Rule(), "POST": Rule(may=frozenset())},
    "engagement:callback_report_export": page(may=RIGHTLESS, data=sent(format="csv")),
    "engagement:callback_report_detail": page(**REPORT),
    "engagement:callback_report_file": page(data=sent(format="csv"), **REPORT),
}
API |= {
    "api:callback-list": api(GET=Rule(), POST=Rule(ok=statuses(400))),
    "api:callback-detail": api(
        GET=Rule("callback"),
        PATCH=Rule(
            "callback",
            may=EDITORS,
            data=sent(version=of("callback", "version"), topic="Another"),
        ),
    ),
    "api:callback-move": writes(
        "callback", {"planned_at": "2099-01-01T10:00:00Z", "reason": "they travel"}
    ),
    "api:callback-cancel": writes("callback", {"reason": "they closed"}),
    "api:callback-contact": writes("callback", {"satisfaction": 4}),
    "api:callback-not-reached": writes("callback", {"next_at": "2099-01-01T10:00:00Z"}),
    "api:callback-give-up": writes("callback", {"reason": "nobody there"}),
    "api:callback-report": api(GET=Rule(data=sent(begins="2026-01-01", ends="2026-01-31"))),
}
POLICY = {
    **CALLBACKS,
    **CADENCE,
    **COMMUNICATIONS,
    **MAILINGS,
    **PLANNING,
    **VISITS,
    **ENGAGEMENT,
    **API,
    **CORE,
    **IMPORTS,
    **ACCOUNTS,
    **OPPORTUNITIES,
    **DOCUMENTS,
    **FLOWS,
    **KPI,
    **TEAMS,
    **NOTIFICATIONS,
    **ALLAUTH,
    "admin:*": ADMIN_PAGES,
    "admin/*": ADMIN_PAGES,
}
GLOBS = [pattern for pattern in POLICY if "*" in pattern]


def line_for(route) -> dict | None:
    if route.key in POLICY:
        return POLICY[route.key]
    for pattern in GLOBS:
        if fnmatch(route.key, pattern) or fnmatch(route.pattern, pattern):
            return POLICY[pattern]
    return None


def rule_for(route, method) -> Rule | None:
    line = line_for(route)
    return line and line.get(method)
