"""The rights over what is released to whom."""

from firstmile.kernel.access import OPERATORS, Permission
from firstmile.kernel.languages import N_

KILL_SWITCH_USE = Permission(
    "kill_switch.use", N_("Switch parts of the product off and on"), OPERATORS, is_of_staff=True
)

PERMISSIONS = (KILL_SWITCH_USE,)
