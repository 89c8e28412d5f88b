"""The rights over the steps everybody walks, and over what became of those who did."""

from firstmile.kernel.access import ALL_STAFF, OPERATORS, Permission
from firstmile.kernel.languages import N_

STEPS_READ = Permission(
    "steps.read", N_("See the steps, how they changed and who changed them"), ALL_STAFF,
    is_of_staff=True,
)  # fmt: skip
STEPS_CHANGE = Permission(
    "steps.change",
    N_("Change the steps, with everybody moved along"),
    OPERATORS,
    is_of_staff=True,
)
ONBOARDING_READ = Permission(
    "onboarding.read",
    N_("See how many finish their first mile, how fast, and where they stop"),
    ALL_STAFF,
    is_of_staff=True,
)
JOURNEYS_EXPLAIN = Permission(
    "journeys.explain",
    N_("See why a step or a route is open to somebody, or closed"),
    ALL_STAFF,
    is_of_staff=True,
)

PERMISSIONS = (STEPS_READ, STEPS_CHANGE, ONBOARDING_READ, JOURNEYS_EXPLAIN)
