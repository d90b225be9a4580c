from django.db import models


class Company(models.Model):
    """A plain copy of the accounts, made by run.py."""

    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=60)
    number = models.CharField(max_length=40)
    registration_no = models.CharField(max_length=40)
    city = models.CharField(max_length=60)
    industry = models.CharField(max_length=60)
    tier = models.CharField(max_length=40)
    employees = models.IntegerField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "floor_company"

    def __str__(self):
        return self.name
