"""The rights over what is released to whom."""

from firstmile.kernel.access import ALL_STAFF, OPERATORS, Permission
from firstmile.kernel.languages import N_

KILL_SWITCH_USE = Permission(
    "kill_switch.use", N_("Switch parts of the product off and on"), OPERATORS, is_of_staff=True
)
FLAGS_READ = Permission(
    "flags.read", N_("See flags, whom they serve and who changed them"), ALL_STAFF, is_of_staff=True
)
FLAGS_CHANGE = Permission(
    "flags.change", N_("Change flags and segments"), OPERATORS, is_of_staff=True
)
EXPERIMENTS_READ = Permission(
    "experiments.read",
    N_("See experiments and what may be concluded of them"),
    ALL_STAFF,
    is_of_staff=True,
)
EXPERIMENTS_CHANGE = Permission(
    "experiments.change",
    N_("Design, start, stop and decide experiments"),
    OPERATORS,
    is_of_staff=True,
)

PERMISSIONS = (KILL_SWITCH_USE, FLAGS_READ, FLAGS_CHANGE, EXPERIMENTS_READ, EXPERIMENTS_CHANGE)
