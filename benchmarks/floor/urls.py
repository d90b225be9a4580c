"""The floor views of performance.md."""

from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from rest_framework import generics, serializers

from benchmarks.floor.models import Company

HASH = make_password("a password of the floor")


class CompanySerializer(serializers.ModelSerializer):
    class Meta:
        model = Company
        fields = "__all__"


class CompanyList(generics.ListAPIView):
    serializer_class = CompanySerializer

    def get_queryset(self):
        return Company.objects.order_by("name", "pk")[: int(self.request.GET.get("n", 100))]


def hello(request):
    return HttpResponse("hello")


def row(request, pk):
    return HttpResponse(Company.objects.get(pk=pk).name)


def table(request):
    """50 rows and a count."""
    rows = Company.objects.order_by("name", "pk")[:50]
    return render(request, "table.html", {"rows": rows, "count": Company.objects.count()})


def offset(request):
    start = int(request.GET["from"])
    rows = Company.objects.order_by("name", "pk")[start : start + 50]
    return render(request, "table.html", {"rows": rows, "count": 0})


def keyset(request):
    rows = Company.objects.filter(name__gt=request.GET["after"]).order_by("name", "pk")[:50]
    return render(request, "table.html", {"rows": rows, "count": 0})


def search(request):
    found = Company.objects.filter(name__contains=request.GET["q"])[:10]
    return JsonResponse({"results": list(found.values("pk", "name"))})


def password(request):
    return HttpResponse(str(check_password("a password of the floor", HASH)))


urlpatterns = [
    path("hello/", hello),
    path("row/<int:pk>/", row),
    path("api/", CompanyList.as_view()),
    path("table/", table),
    path("offset/", offset),
    path("keyset/", keyset),
    path("search/", search),
    path("password/", password),
]
