"""The rights over what guides people."""

from firstmile.kernel.access import ALL_STAFF, OPERATORS, Permission
from firstmile.kernel.languages import N_

GUIDANCE_READ = Permission(
    "guidance.read",
    N_("See tips, tours, announcements and gates, and why somebody does not see one"),
    ALL_STAFF,
    is_of_staff=True,
)
GUIDANCE_CHANGE = Permission(
    "guidance.change",
    N_("Write, publish and withdraw tips, tours, announcements and gates"),
    OPERATORS,
    is_of_staff=True,
)

PERMISSIONS = (GUIDANCE_READ, GUIDANCE_CHANGE)
