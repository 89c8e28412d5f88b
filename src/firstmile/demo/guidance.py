"""The demo's guidance for Firstmile's own pages, in both languages."""

from firstmile.demo.people import PEOPLE
from firstmile.guidance import store
from firstmile.guidance.models import (
    Author,
    Content,
    Delivery,
    Kind,
    Needs,
    Step,
    Wording,
    Wordings,
)
from firstmile.guidance.publishing import Wish, publish, save
from firstmile.guidance.registry import Registry
from firstmile.kernel.work import Work
from firstmile.service import Service
from firstmile.targeting.conditions import Condition, Op

SAM = Author("staff", next(person.id for person in PEOPLE if person.name == "Sam"))
REASON = "What people asked most"


def said(en: tuple[str, str], fr: tuple[str, str], action: tuple[str, str] = ("", "")) -> Wordings:
    """Title and text in both languages, and the words of a link."""
    return {"en": Wording(*en, action[0]), "fr": Wording(*fr, action[1])}


STAFF = Condition(attribute="staffRole", op=Op.PRESENT)
OWNERS = Condition(attribute="roles", values=("owner",))
CONTENTS = (
    Content(
        "invite-others",
        Kind.TIP,
        said(
            ("Invite those you work with", "They get a mail with a link, and the role you choose."),
            ("Invitez vos collègues", "Chacun reçoit un lien par mail, et le rôle choisi."),
        ),
        target="invite-button",
        routes=("firstmile:/projects/*",),
        when=OWNERS,
    ),
    Content(
        "first-project",
        Kind.TIP,
        said(
            ("Begin with a project", "A project is a place for you and those you work with."),
            ("Commencez par un projet", "Un espace pour vous et vos collègues."),
            ("New project", "Nouveau projet"),
        ),
        delivery=Delivery.INLINE,
        target="new-project",
        routes=("firstmile:/home",),
        when=Condition(attribute="stepsOpen", values=("create-project",)),
        href="/projects/new",
    ),
    Content(
        "know-your-project",
        Kind.TOUR,
        said(
            ("Your project in two steps", "It takes less than a minute."),
            ("Votre projet en deux étapes", "Moins d’une minute suffit."),
        ),
        routes=("firstmile:/projects/*",),
        when=Condition(
            all_of=(
                OWNERS,
                Condition(attribute="daysSinceSignUp", op=Op.LESS, values=(14,)),
            )
        ),
        steps=(
            Step(
                "people",
                said(
                    ("Who is in it", "Everybody has one role. Owners may do everything."),
                    ("Qui en fait partie", "Chacun a un rôle. Un propriétaire peut tout faire."),
                ),
                target="project-members",
            ),
            Step(
                "invite",
                said(
                    ("Ask somebody in", "An invitation waits for seven days."),
                    ("Faites venir quelqu’un", "Une invitation attend sept jours."),
                ),
                target="invite-button",
            ),
        ),
    ),
    Content(
        "passkeys-are-here",
        Kind.ANNOUNCEMENT,
        said(
            ("Sign in with a passkey", "Your finger or face in place of a password."),
            ("Connectez-vous par clé d’accès", "Un doigt ou un visage remplace le mot de passe."),
            ("Set one up", "En créer une"),
        ),
        delivery=Delivery.BANNER,
        routes=("firstmile:/home",),
        when=Condition(attribute="activated", values=(True,)),
        href="/account/security",
    ),
    Content(
        "project-keys",
        Kind.GATE,
        said(
            ("API keys", "They open your project to programs, so its owner comes first."),
            (
                "Clés d’API",
                "Elles ouvrent le projet à des programmes\xa0: le propriétaire d’abord.",
            ),
        ),
        needs=Needs(permission="keys.change", steps=("create-project",)),
    ),
    Content(
        "know-the-console",
        Kind.TOUR,
        said(
            ("The console in three steps", "Then it leaves you alone."),
            ("La console en trois étapes", "Puis elle vous laisse tranquille."),
        ),
        routes=("firstmile:/console", "firstmile:/console/people"),
        when=STAFF,
        steps=(
            Step(
                "find",
                said(
                    ("Find somebody", "By a name, an address or an id. The key `/` leads here."),
                    (
                        "Trouver quelqu’un",
                        "Par un nom, une adresse ou un id. La touche `/` y mène.",
                    ),
                ),
                target="console-search",
            ),
            Step(
                "parts",
                said(
                    ("What you may open", "Your role decides which parts stand here."),
                    ("Ce que vous pouvez ouvrir", "Votre rôle décide des parties affichées ici."),
                ),
                target="console-parts",
            ),
            Step(
                "help",
                said(
                    ("When you wonder", "Ctrl+/ opens the help of any page beside it."),
                    ("En cas de doute", "Ctrl+/ ouvre l’aide de chaque page, à côté d’elle."),
                ),
                target="help",
            ),
        ),
    ),
    Content(
        "flags-begin-off",
        Kind.TIP,
        said(
            (
                "A new flag is off",
                "You see who would change before you publish, and can undo it afterwards.",
            ),
            (
                "Un nouveau flag est éteint",
                "Vous voyez qui changerait avant de publier, et pouvez revenir en arrière.",
            ),
        ),
        target="new-flag",
        routes=("firstmile:/console/flags", "firstmile:/console/flags/:environment"),
        when=STAFF,
    ),
    Content(
        "exports",  # of the applications in `examples/`
        Kind.GATE,
        said(
            ("Exports", "They follow the rules of your market."),
            ("Exports", "Ils suivent les règles de votre marché."),
        ),
        needs=Needs(steps=("choose-market",)),
    ),
)


async def seed_guidance(service: Service) -> int:
    """Publish the guidance of the demo where nothing was ever written; how many contents."""
    async with service.works.begin() as work:
        if await store.drafts(work.db) or await store.ledger(work.db, most=1):
            return 0
        for content in CONTENTS:
            await _publish(work, service, content)
    return len(CONTENTS)


async def _publish(work: Work, service: Service, content: Content) -> None:
    home = service.releasing.flags.environment
    around = service.parts.get(Registry).around(home, work.now)
    await save(work, content, SAM, 0, around)
    wish = Wish(home, content.key, SAM, REASON)
    await publish(work, service.hints, wish, seen=1, around=around)
