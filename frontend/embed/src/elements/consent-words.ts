// The words of the consent question, where the server's own do not say it.

export const words = {
  en: {
    title: "Your choice",
    text: "Some things need your agreement. Nothing of it happens before you choose, and you can change your mind at any time.",
    accept: "Accept all",
    refuse: "Refuse all",
    choose: "Choose",
    save: "Save my choice",
    always: "Always on",
    gpc: "Your browser asks not to be followed (Global Privacy Control). We keep to that.",
    saved: "Your choice is saved.",
    close: "Close",
    failed: "That could not be saved. Nothing optional is on. Please try again.",
  },
  fr: {
    title: "Votre choix",
    text: "Certaines choses demandent votre accord. Rien ne se fait avant votre choix, et vous pouvez changer d’avis à tout moment.",
    accept: "Tout accepter",
    refuse: "Tout refuser",
    choose: "Choisir",
    save: "Enregistrer mon choix",
    always: "Toujours actif",
    gpc: "Votre navigateur demande à ne pas être suivi (Global Privacy Control). Nous nous y tenons.",
    saved: "Votre choix est enregistré.",
    close: "Fermer",
    failed: "L’enregistrement a échoué. Rien de facultatif n’est actif. Veuillez réessayer.",
  },
};
