"""The columns a list of declarations shows."""

from django.db import models


class Office(models.Model):
    """An office."""

    code = models.TextField()
    name = models.TextField()

    class Meta:
        """The desk's table."""

        managed = False
        db_table = "offices"

    def __str__(self):
        return self.name


class Declaration(models.Model):
    """A declaration."""

    receipt_code = models.TextField()
    bhxh_code = models.TextField()
    full_name = models.TextField()
    id_number = models.TextField()
    phone = models.TextField()
    status = models.TextField()
    declared_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    office = models.ForeignKey(Office, models.DO_NOTHING)

    class Meta:
        """The desk's table."""

        managed = False
        db_table = "declarations"
