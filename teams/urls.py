from django.urls import path

from teams import views

app_name = "teams"
urlpatterns = [
    path("demo-login/<int:pk>/", views.demo_login, name="demo_login"),
    path("profile/", views.profile, name="profile"),
    path("login/email/", views.email_closed, name="email_closed"),
]
