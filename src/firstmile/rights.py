"""Every right of every package."""

from firstmile.guidance import permissions as guidance
from firstmile.help import permissions as helping
from firstmile.identity import permissions as identity
from firstmile.observe import permissions as observe
from firstmile.onboarding import permissions as onboarding
from firstmile.protect import permissions as protect
from firstmile.release import permissions as release

PERMISSIONS = (
    *identity.PERMISSIONS,
    *release.PERMISSIONS,
    *guidance.PERMISSIONS,
    *helping.PERMISSIONS,
    *onboarding.PERMISSIONS,
    *observe.PERMISSIONS,
    *protect.PERMISSIONS,
)
