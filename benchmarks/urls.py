from django.shortcuts import render
from django.urls import include, path


def nothing(request):
    """A signed-in page that does nothing (P8)."""
    return render(request, "base.html")


urlpatterns = [path("bench/nothing/", nothing), path("", include("kam.urls"))]
