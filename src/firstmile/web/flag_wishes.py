"""The flag that somebody wishes for by one of the quick controls of its page."""

from collections.abc import Mapping

import msgspec

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Invalid
from firstmile.targeting.flags import Flag


def wished(flag: Flag, query: Mapping[str, str]) -> Flag:
    """The flag as `enabled=on|off` or `rolloutPercentage=25` wishes it; raises Invalid.

    To serve anybody by share it has to be on, so a share above nothing leaves it as it is: to
    switch on and to roll out are two decisions.
    """
    if "restore" in query:
        return flag
    if "enabled" in query:
        return msgspec.structs.replace(flag, enabled=query["enabled"] == "on")
    try:
        share = float(query.get("rolloutPercentage", "").replace(",", "."))
    except ValueError:
        share = -1.0
    if not 0 <= share <= 100:
        raise Invalid.field("rolloutPercentage", N_("Say a share from 0 to 100."))
    serve = msgspec.structs.replace(flag.serve, rollout_percentage=share)
    return msgspec.structs.replace(flag, serve=serve)
