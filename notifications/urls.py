from django.urls import path

from notifications.views import inbox, operation, preferences

app_name = "notifications"
urlpatterns = [
    path("notifications/", inbox.notification_list, name="notification_list"),
    path("notifications/count/", inbox.notification_count, name="notification_count"),
    path("notifications/read-all/", inbox.notification_read_all, name="notification_read_all"),
    path("notifications/<int:pk>/open/", inbox.notification_open, name="notification_open"),
    path("notifications/<int:pk>/read/", inbox.notification_read, name="notification_read"),
    path("profile/notifications/", preferences.preferences, name="preferences"),
    path("notifications/operation/", operation.operation, name="operation"),
    path(
        "notifications/operation/<int:pk>/resend/",
        operation.delivery_resend,
        name="delivery_resend",
    ),
    path(
        "notifications/operation/<int:pk>/close/", operation.delivery_close, name="delivery_close"
    ),
    path("notifications/mail/", operation.letter_list, name="letter_list"),
    path("notifications/mail/<slug:name>/", operation.letter, name="letter"),
]
