from notifications.models.gateway import GatewayForm, SmsGateway
from notifications.models.notice import (
    HELD,
    TROUBLED,
    Delivery,
    DeliveryState,
    Notification,
)
from notifications.models.preferences import (
    SETTINGS_CACHE_KEY,
    Hours,
    KindSetting,
    NotificationSettings,
    Preference,
    notification_settings,
)
from notifications.models.webhook import Flavour, WebhookCall, WebhookEndpoint

__all__ = [
    "HELD",
    "SETTINGS_CACHE_KEY",
    "TROUBLED",
    "Delivery",
    "DeliveryState",
    "Flavour",
    "GatewayForm",
    "Hours",
    "KindSetting",
    "Notification",
    "NotificationSettings",
    "Preference",
    "SmsGateway",
    "WebhookCall",
    "WebhookEndpoint",
    "notification_settings",
]
