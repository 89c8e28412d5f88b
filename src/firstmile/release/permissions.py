"""The rights over what is released to whom."""

from firstmile.kernel.access import Permission

PERMISSIONS: tuple[Permission, ...] = ()
