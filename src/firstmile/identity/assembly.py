"""Builds every part of identity once."""

from firstmile.identity.address_changes import AddressChanges
from firstmile.identity.admission import Admission
from firstmile.identity.api_keys import ApiKeys
from firstmile.identity.authenticate import Authenticator
from firstmile.identity.authenticators import Site
from firstmile.identity.authorizing import Authorizations
from firstmile.identity.avatars import Avatars
from firstmile.identity.backchannel import SignOutNotices
from firstmile.identity.breached import SHIPPED, StolenPasswords
from firstmile.identity.client_registry import Clients
from firstmile.identity.client_tokens import ClientTokens
from firstmile.identity.cookies import Cookies
from firstmile.identity.deletion import Deletions
from firstmile.identity.factors import SecondFactors
from firstmile.identity.grants import Grants
from firstmile.identity.grounds import Grounds
from firstmile.identity.hashing import chosen_scheme
from firstmile.identity.helping import Helping
from firstmile.identity.impersonation import Impersonation
from firstmile.identity.invitations import Invitations
from firstmile.identity.login import Gatekeeper
from firstmile.identity.openid import Issuer
from firstmile.identity.passkeys import Passkeys
from firstmile.identity.password_changes import PasswordChanges
from firstmile.identity.passwords import Passwords
from firstmile.identity.recovery import Recovery
from firstmile.identity.recovery_codes import RecoveryCodes
from firstmile.identity.registration import Registrar
from firstmile.identity.sessions import Sessions
from firstmile.identity.social_assembly import build_social
from firstmile.identity.strength import PasswordRules
from firstmile.identity.tokens import OneTimeTokens
from firstmile.identity.tries import Tries
from firstmile.identity.unlocking import Unlocking
from firstmile.protect.csrf import CsrfTokens


def build(grounds: Grounds) -> list[object]:
    """Every part of identity; routes and pages ask for them by their class."""
    settings, vault, mails = grounds.settings, grounds.vault, grounds.mails
    passwords = Passwords(vault, grounds.hashing, chosen_scheme(settings))
    stolen = StolenPasswords(settings.breached_passwords_file or SHIPPED)
    rules = PasswordRules(settings, stolen, service=(grounds.product, grounds.base_url))
    sessions = Sessions(vault, grounds.keys, grounds.hints, settings)
    client_tokens = ClientTokens(vault, grounds.keys, settings, Issuer(grounds.base_url))
    gatekeeper = Gatekeeper(vault, passwords, settings)
    tokens = OneTimeTokens(vault)
    admission = Admission(vault, sessions, settings)
    registrar = Registrar(vault, passwords, tokens, mails, settings)
    recovery = Recovery(tokens, passwords, rules, sessions, gatekeeper, mails, settings=settings)
    return [
        passwords,
        rules,
        sessions,
        gatekeeper,
        tokens,
        admission,
        registrar,
        recovery,
        Unlocking(tokens, gatekeeper, mails, settings),
        Helping(gatekeeper, sessions, registrar, recovery),
        Impersonation(vault, admission, grounds.hints),
        AddressChanges(vault, recovery, sessions, grounds.account_mails, settings),
        PasswordChanges(passwords, rules, gatekeeper, sessions, admission),
        Avatars(grounds.files, sessions),
        Deletions(sessions, grounds.files, settings),
        ApiKeys(vault, grounds.permissions),
        Invitations(vault, sessions, grounds.project_mails, settings),
        *build_social(grounds, registrar, sessions),
        *_factors(grounds, admission, sessions),
        *_of_requests(grounds, client_tokens),
        *_provider(grounds, client_tokens),
    ]


def _factors(grounds: Grounds, admission: Admission, sessions: Sessions) -> list[object]:
    vault, settings = grounds.vault, grounds.settings
    codes, tries = RecoveryCodes(vault), Tries(vault, settings)
    site = Site.at(grounds.base_url, grounds.product)
    return [
        codes,
        SecondFactors(vault, admission, sessions, codes, tries, issuer=grounds.product),
        Passkeys(vault, sessions, codes, tries, site),
    ]


def _of_requests(grounds: Grounds, client_tokens: ClientTokens) -> list[object]:
    cookies = Cookies(grounds.over_tls, CsrfTokens(grounds.vault))
    authenticator = Authenticator(
        database=grounds.database,
        vault=grounds.vault,
        keys=grounds.keys,
        client_tokens=client_tokens,
        hints=grounds.hints,
        clock=grounds.works.clock,
        strangers=grounds.strangers,
        cookie_name=cookies.session_name,
    )
    return [cookies, authenticator]


def _provider(grounds: Grounds, tokens: ClientTokens) -> list[object]:
    clients = Clients(grounds.vault)
    grants = Grants(tokens, grounds.settings)
    return [
        Issuer(grounds.base_url),
        clients,
        tokens,
        grants,
        Authorizations(clients, grants, tokens),
        SignOutNotices(grounds.keys),
    ]
