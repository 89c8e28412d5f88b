"""The rights over help."""

from firstmile.kernel.access import ALL_STAFF, OPERATORS, Permission
from firstmile.kernel.languages import N_

HELP_WRITE = Permission(
    "help.write",
    N_("Write help articles, and see what people search for"),
    ALL_STAFF,
    is_of_staff=True,
)
HELP_PUBLISH = Permission(
    "help.publish", N_("Publish and archive help articles"), OPERATORS, is_of_staff=True
)

PERMISSIONS = (HELP_WRITE, HELP_PUBLISH)
