from django.urls import path

from engagement.views import cadence, calendar, feeds

urlpatterns = [
    path("calendar/", calendar.visit_calendar, name="visit_calendar"),
    path("calendar/visits/<int:pk>/move/", calendar.calendar_move, name="calendar_move"),
    path("calendar/feed/<slug:token>.ics", feeds.calendar_ics, name="calendar_ics"),
    path("profile/calendar/", feeds.calendar_feed, name="calendar_feed"),
    path("profile/calendar/new/", feeds.calendar_feed_create, name="calendar_feed_create"),
    path("profile/calendar/end/", feeds.calendar_feed_end, name="calendar_feed_end"),
    path("cadence/", cadence.cadence_list, name="cadence_list"),
    path("cadence/export/", cadence.cadence_export, name="cadence_export"),
    path("cadence/kept/", cadence.cadence_compliance, name="cadence_compliance"),
    path("cadence/programme/", cadence.programme, name="programme"),
]
