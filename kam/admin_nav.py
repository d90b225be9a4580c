"""The administration's side bar, colours and head, for `settings.UNFOLD`."""

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

PEOPLE, SETTINGS = "manage_people", "manage_settings"


def _may(*rights):
    return lambda request: any(request.user.has_right(right) for right in rights)


def _item(title, icon, name, *rights, **more):
    link = reverse_lazy(f"admin:{name}")
    return {"title": title, "icon": icon, "link": link, "permission": _may(*rights), **more}


def _list(title, icon, model, *rights):
    return _item(title, icon, f"{model}_changelist", *(rights or (PEOPLE, SETTINGS)))


NAVIGATION = [
    {
        "title": _("People and organisation"),
        "items": [
            _list(_("People"), "person", "teams_user"),
            _list(_("Organisation"), "account_tree", "teams_unit"),
            _list(_("Posts and rights"), "badge", "teams_post"),
            _list(_("Virtual teams"), "groups", "teams_virtualteam"),
        ],
    },
    {
        "title": _("Sorting accounts"),
        "items": [
            _list(_("Tier schemes"), "layers", "accounts_tierscheme"),
            _list(_("Schemes of divisions"), "swap_horiz", "accounts_divisiontierscheme"),
            _list(_("Tier mappings"), "conversion_path", "accounts_tiermapping"),
            _list(_("Industries"), "factory", "accounts_industry"),
            _list(_("Qualification traits"), "checklist", "accounts_qualificationtrait"),
        ],
    },
    {
        "title": _("Flows and work"),
        "items": [
            _list(_("Flows"), "route", "flows_flowtemplate"),
            _list(_("Flows that start by themselves"), "play_circle", "flows_flowbinding"),
            _list(_("Settings of flows"), "timer", "flows_flowsettings"),
        ],
    },
    {
        "title": _("Engagement"),
        "items": [
            _list(_("Cadences"), "event_repeat", "engagement_cadencerule"),
            _list(_("Settings of cadences"), "tune", "engagement_cadencesettings"),
            _list(_("Reminders of visits"), "alarm", "engagement_remindersettings"),
            _list(_("Answers to customers"), "reply", "engagement_communicationsettings"),
            _list(_("Settings of callbacks"), "phone_callback", "engagement_callbacksettings"),
            _list(_("Themes of opinions"), "label", "engagement_opiniontheme"),
            _list(_("Texts of mailings"), "drafts", "engagement_mailingtemplate"),
            _list(_("Settings of mailings"), "campaign", "engagement_mailingsettings"),
            _list(_("Categories and limits of expenses"), "sell", "engagement_expensecategory"),
            _list(_("Settings of expense claims"), "tune", "engagement_expensesettings"),
        ],
    },
    {
        "title": _("Records"),
        "items": [
            _list(_("Accounts"), "apartment", "accounts_account"),
            _list(_("Contacts"), "contacts", "accounts_contact"),
            _list(_("Opportunities"), "handshake", "opportunities_opportunity"),
            _list(_("Products"), "inventory_2", "opportunities_product"),
            _list(_("Registrations"), "app_registration", "planning_registration"),
            _list(_("Expense claims"), "payments", "engagement_expenseclaim"),
            _list(_("Customer files"), "folder_shared", "planning_customerfile"),
            _list(_("Changes of files"), "edit_note", "planning_filechange"),
            _list(_("Control points"), "fact_check", "planning_controlpointdone"),
            _list(_("Communications"), "forum", "engagement_communication"),
            _list(_("Callbacks"), "phone_callback", "engagement_callback"),
            _list(_("Callback reports"), "summarize", "engagement_callbackreport"),
            _list(_("Mailings"), "outgoing_mail", "engagement_mailing"),
            _list(_("Recipients of mailings"), "contact_mail", "engagement_mailingrecipient"),
            _list(_("Overdue visits"), "running_with_errors", "engagement_cadencelapse"),
            _list(_("Surveys"), "sentiment_satisfied", "engagement_surveycampaign"),
            _list(_("Survey invitations"), "forward_to_inbox", "engagement_surveyinvitation"),
            _list(_("Survey answers"), "reviews", "engagement_surveyresponse"),
            _list(_("Opinions of customers"), "forum", "engagement_opinion"),
            _list(_("Improvement actions"), "trending_up", "engagement_improvementaction"),
        ],
    },
    {
        "title": _("Settings"),
        "items": [
            _list(_("Company settings"), "settings", "core_companysettings"),
            _list(
                _("Notification settings"),
                "notifications",
                "notifications_notificationsettings",
                SETTINGS,
            ),
            _list(_("Kinds of notices"), "tune", "notifications_kindsetting", SETTINGS),
            _list(_("Survey settings"), "tune", "engagement_surveysettings", SETTINGS),
            _list(_("Survey cadences"), "event_repeat", "engagement_surveycadence", SETTINGS),
            _list(_("Survey plays"), "conversion_path", "engagement_surveyplay", SETTINGS),
            _list(_("Forms"), "dynamic_form", "documents_documenttemplate", SETTINGS),
            _list(_("Types of files"), "attach_file", "documents_filetype", SETTINGS),
            _list(
                _("Archive categories"), "inventory_2", "documents_archivecategory", SETTINGS
            ),
            _list(_("Attachments"), "folder_limited", "documents_documentsettings", SETTINGS),
            _list(_("Currencies"), "payments", "core_currency"),
            _list(_("Exchange rates"), "currency_exchange", "core_exchangerate"),
            _list(_("Cities"), "location_city", "core_city"),
            _list(_("Working hours"), "work_history", "core_workschedule"),
            _list(_("Special days"), "event_busy", "core_calendarday"),
            _item(_("Shipped definitions"), "deployed_code_update", "library", SETTINGS),
        ],
    },
    {
        "title": _("Operation"),
        "items": [
            _list(_("History"), "history", "core_auditentry", SETTINGS),
            _list(_("Imports"), "upload_file", "core_importbatch"),
            _list(_("Import mappings"), "table_chart", "core_importmapping"),
            _list(_("Saved views"), "bookmark", "core_savedview"),
            _list(_("Job runs"), "play_circle", "core_jobrun", SETTINGS),
            _list(_("Timetable of jobs"), "schedule", "django_celery_beat_periodictask"),
            {
                "title": _("Outgoing messages"),
                "icon": "outbox",
                "link": reverse_lazy("notifications:operation"),
                "permission": _may(SETTINGS),
            },
            _list(_("Webhooks"), "webhook", "notifications_webhookendpoint", SETTINGS),
            _list(_("SMS gateway"), "sms", "notifications_smsgateway", SETTINGS),
            _list(_("Webhook calls"), "call_made", "notifications_webhookcall", SETTINGS),
            _list(_("API tokens"), "key", "core_apitoken", PEOPLE),
        ],
    },
]

# The tokens of static/kam.css: paper and ink as the base, the one accent as primary.
COLORS = {
    "base": {
        "50": "#fafaf8",
        "100": "#f4f4f1",
        "200": "#e5e5e0",
        "300": "#c9c9c3",
        "400": "#969ba3",
        "500": "#63686f",
        "600": "#50555d",
        "700": "#454a52",
        "800": "#2a2e33",
        "900": "#16181b",
        "950": "#101214",
    },
    "primary": {
        "50": "#f3f5fd",
        "100": "#e9edfa",
        "200": "#cfd8f7",
        "300": "#b6c4f9",
        "400": "#9db1ff",
        "500": "#6f88e6",
        "600": "#2746b4",
        "700": "#213b98",
        "800": "#1b307c",
        "900": "#242c47",
        "950": "#10131c",
    },
    "font": {
        "subtle-light": "#63686f",
        "subtle-dark": "#969ba3",
        "default-light": "#50555d",
        "default-dark": "#b3b7bd",
        "important-light": "#1b1e23",
        "important-dark": "#e9e8e4",
    },
}


def environment(request):
    """A mark beside the title where the install is not the real one."""
    return [_("Demo"), "warning"] if settings.DEMO_LOGIN else None


def _file(name):
    return lambda request: static(name)


UNFOLD = {
    "SITE_TITLE": _("Key accounts"),
    "SITE_HEADER": _("Key accounts"),
    "SITE_SUBHEADER": _("Administration"),
    "SITE_URL": "/",
    "SITE_ICON": _file("favicon.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _file("favicon.svg")}],
    "STYLES": [_file("admin.css")],
    "SCRIPTS": [_file("js/admin.js")],
    "ENVIRONMENT": environment,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": True,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "LANGUAGES": {"action": reverse_lazy("core:language"), "navigation": []},
    "BORDER_RADIUS": "4px",
    "COLORS": COLORS,
    "ACCOUNT": {
        "navigation": [
            {"title": _("Change the password"), "link": reverse_lazy("account_change_password")},
        ]
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": NAVIGATION,
    },
}
