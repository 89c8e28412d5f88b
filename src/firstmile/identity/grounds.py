"""What identity stands on when it is built."""

from dataclasses import dataclass

from firstmile.identity.account_mails import AccountMails
from firstmile.identity.mails import Mails
from firstmile.identity.passwords import HashPool
from firstmile.identity.project_mails import ProjectMails
from firstmile.identity.providers import Providers
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.signing import SigningKeys
from firstmile.identity.social_settings import SocialSettings
from firstmile.kernel.access import Permission
from firstmile.kernel.database import Database
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Works
from firstmile.outside.hints import Hints
from firstmile.protect.files import Files
from firstmile.protect.strangers import Strangers
from firstmile.protect.switches import Switches


@dataclass(frozen=True)
class Grounds:
    """What identity stands on."""

    settings: IdentitySettings
    social_settings: SocialSettings
    product: str
    base_url: str
    over_tls: bool
    database: Database
    works: Works
    vault: Vault
    keys: SigningKeys
    hints: Hints
    hashing: HashPool
    mails: Mails
    project_mails: ProjectMails
    providers: Providers
    account_mails: AccountMails
    files: Files
    permissions: tuple[Permission, ...]
    switches: Switches
    strangers: Strangers
