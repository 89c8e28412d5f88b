"""Every right of every package."""

from firstmile.identity import permissions as identity
from firstmile.release import permissions as release

PERMISSIONS = (*identity.PERMISSIONS, *release.PERMISSIONS)
