"""The rights over what is seen of the service."""

from firstmile.kernel.access import OPERATORS, Permission
from firstmile.kernel.languages import N_

ERRORS_READ = Permission("errors.read", N_("See what went wrong"), OPERATORS, is_of_staff=True)
ERRORS_SETTLE = Permission(
    "errors.settle", N_("Say what became of it"), OPERATORS, is_of_staff=True
)

PERMISSIONS = (ERRORS_READ, ERRORS_SETTLE)
