// The words of tips and tours.

export const words = {
  en: {
    close: "Close",
    gotIt: "Got it",
    later: "Later",
    next: "Next",
    back: "Back",
    finish: "Done",
    end: "End the tour",
    goThere: "Go there",
    step: "Step {number} of {total}",
    more: "Tip: {title}",
    missing: "What this is about is not on this page right now.",
    hop: "{title}. F6 leads there.",
  },
  fr: {
    close: "Fermer",
    gotIt: "Compris",
    later: "Plus tard",
    next: "Suivant",
    back: "Précédent",
    finish: "Terminer",
    end: "Quitter la visite",
    goThere: "Y aller",
    step: "Étape {number} sur {total}",
    more: "Astuce : {title}",
    missing: "L’élément concerné n’est pas sur cette page en ce moment.",
    hop: "{title}. F6 y mène.",
  },
};
