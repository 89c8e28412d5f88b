"""Every right over accounts and projects, and the roles that have it."""

from firstmile.identity.models import Role
from firstmile.kernel.access import ALL_STAFF, OPERATORS, STAFF_ADMINS, Permission
from firstmile.kernel.languages import N_

OWNERS = frozenset({Role.OWNER})
ADMINS = OWNERS | {Role.ADMIN}
EVERYBODY = frozenset(Role)

# What a role may do to another: nobody raises, lowers or removes whoever stands above them.
MANAGED = {
    Role.OWNER: EVERYBODY,
    Role.ADMIN: frozenset({Role.MEMBER, Role.VIEWER}),
    Role.MEMBER: frozenset[Role](),
    Role.VIEWER: frozenset[Role](),
}

PROJECT_READ = Permission("project.read", N_("See the project"), EVERYBODY, is_for_keys=True)
PROJECT_RENAME = Permission("project.rename", N_("Rename the project"), ADMINS)
PROJECT_BILLING = Permission("project.billing", N_("Say who receives the invoices"), OWNERS)
PROJECT_TRANSFER = Permission("project.transfer", N_("Give the project to another owner"), OWNERS)
PROJECT_DELETE = Permission("project.delete", N_("Delete the project"), OWNERS)
PROJECT_RESTORE = Permission("project.restore", N_("Keep a project that was deleted"), OWNERS)
PROJECT_LEAVE = Permission("project.leave", N_("Leave the project"), EVERYBODY)

MEMBERS_READ = Permission(
    "members.read", N_("See who is in the project"), EVERYBODY, is_for_keys=True
)
MEMBERS_CHANGE = Permission("members.change", N_("Change roles and remove members"), ADMINS)
INVITATIONS_READ = Permission(
    "invitations.read", N_("See who is invited"), ADMINS, is_for_keys=True
)
INVITATIONS_SEND = Permission("invitations.send", N_("Invite people, and take it back"), ADMINS)
KEYS_READ = Permission("keys.read", N_("See which API keys there are"), ADMINS, is_for_keys=True)
KEYS_CHANGE = Permission("keys.change", N_("Make and revoke API keys"), ADMINS)

USERS_FIND = Permission(
    "users.find", N_("Find people and see their accounts"), ALL_STAFF, is_of_staff=True
)
USERS_HELP = Permission(
    "users.help", N_("Send a reset link and end sessions"), ALL_STAFF, is_of_staff=True
)
USERS_IMPERSONATE = Permission(
    "users.impersonate", N_("See the product as somebody sees it"), ALL_STAFF, is_of_staff=True
)
USERS_LOCK = Permission(
    "users.lock", N_("Lock accounts and open them"), OPERATORS, is_of_staff=True
)
CLIENTS_MANAGE = Permission(
    "clients.manage", N_("Register applications that sign in here"), OPERATORS, is_of_staff=True
)
STAFF_GRANT = Permission("staff.grant", N_("Make people staff"), STAFF_ADMINS, is_of_staff=True)

PERMISSIONS = (
    PROJECT_READ,
    PROJECT_RENAME,
    PROJECT_BILLING,
    PROJECT_TRANSFER,
    PROJECT_DELETE,
    PROJECT_RESTORE,
    PROJECT_LEAVE,
    MEMBERS_READ,
    MEMBERS_CHANGE,
    INVITATIONS_READ,
    INVITATIONS_SEND,
    KEYS_READ,
    KEYS_CHANGE,
    USERS_FIND,
    USERS_HELP,
    USERS_IMPERSONATE,
    USERS_LOCK,
    CLIENTS_MANAGE,
    STAFF_GRANT,
)

# What still opens while a deleted project waits to be removed.
WHILE_DELETED = frozenset({PROJECT_READ, PROJECT_DELETE, PROJECT_RESTORE, PROJECT_LEAVE})

RANKS = (Role.VIEWER, Role.MEMBER, Role.ADMIN, Role.OWNER)


def only_reads(permission: Permission) -> bool:
    """Whether it changes nothing; who acts in the place of another has no other right."""
    return permission.name.endswith(".read")


def is_lower(role: Role, other: Role) -> bool:
    """Whether the one role may do less than the other."""
    return RANKS.index(role) < RANKS.index(other)


def can_manage(mine: Role, theirs: Role) -> bool:
    """Whether somebody of the one role may give, change or take away the other."""
    return theirs in MANAGED[mine]
