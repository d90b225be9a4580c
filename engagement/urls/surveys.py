"""Surveys, opinions, improvements, and the page a customer answers on."""

from django.urls import path

from engagement.views import opinions, survey_public, surveys

urlpatterns = [
    path("s/<str:token>/", survey_public.survey_answer, name="survey_answer"),
    path("surveys/", surveys.survey_list, name="survey_list"),
    path("surveys/export/", surveys.survey_export, name="survey_export"),
    path("surveys/new/", surveys.survey_create, name="survey_create"),
    path("surveys/recipients/", surveys.recipient_list, name="recipient_list"),
    path("surveys/recipients/export/", surveys.recipient_export, name="recipient_export"),
    path("surveys/recipients/<int:pk>/", surveys.recipient_detail, name="recipient_detail"),
    path(
        "surveys/recipients/<int:pk>/leave-out/",
        surveys.recipient_leave_out,
        name="recipient_leave_out",
    ),
    path(
        "surveys/recipients/<int:pk>/revoke/",
        surveys.recipient_revoke,
        name="recipient_revoke",
    ),
    path("surveys/answers/", surveys.response_list, name="response_list"),
    path("surveys/answers/export/", surveys.response_export, name="response_export"),
    path("surveys/answers/<int:pk>/", surveys.response_detail, name="response_detail"),
    path("surveys/<int:pk>/", surveys.survey_detail, name="survey_detail"),
    path("surveys/<int:pk>/edit/", surveys.survey_edit, name="survey_edit"),
    path("surveys/<int:pk>/add/", surveys.survey_add, name="survey_add"),
    path("surveys/<int:pk>/move/", surveys.survey_move, name="survey_move"),
    path("surveys/<int:pk>/preview/", surveys.survey_preview, name="survey_preview"),
    path(
        "accounts/<int:pk>/satisfaction/",
        surveys.account_satisfaction,
        name="account_satisfaction",
    ),
    path("opinions/", opinions.opinion_list, name="opinion_list"),
    path("opinions/export/", opinions.opinion_export, name="opinion_export"),
    path("opinions/new/", opinions.opinion_create, name="opinion_create"),
    path("opinions/<int:pk>/", opinions.opinion_detail, name="opinion_detail"),
    path("opinions/<int:pk>/edit/", opinions.opinion_edit, name="opinion_edit"),
    path("opinions/<int:pk>/move/", opinions.opinion_move, name="opinion_move"),
    path("improvements/", opinions.action_list, name="action_list"),
    path("improvements/export/", opinions.action_export, name="action_export"),
    path("improvements/<int:pk>/", opinions.action_detail, name="action_detail"),
    path("improvements/<int:pk>/edit/", opinions.action_edit, name="action_edit"),
    path("improvements/<int:pk>/end/", opinions.action_end, name="action_end"),
]
