"""The rights over what protects the service."""

from firstmile.kernel.access import OPERATORS, Permission
from firstmile.kernel.languages import N_

LIMITS_READ = Permission("limits.read", N_("See who is being limited"), OPERATORS, is_of_staff=True)

PERMISSIONS = (LIMITS_READ,)
