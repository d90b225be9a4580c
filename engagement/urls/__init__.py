"""The addresses of engagement, by noun."""

from engagement.urls.cadence import urlpatterns as cadence
from engagement.urls.callbacks import urlpatterns as callbacks
from engagement.urls.communications import urlpatterns as communications
from engagement.urls.expenses import urlpatterns as expenses
from engagement.urls.mailings import urlpatterns as mailings
from engagement.urls.surveys import urlpatterns as surveys
from engagement.urls.visits import urlpatterns as visits

app_name = "engagement"
urlpatterns = [
    *visits,
    *communications,
    *cadence,
    *surveys,
    *mailings,
    *expenses,
    *callbacks,
]
