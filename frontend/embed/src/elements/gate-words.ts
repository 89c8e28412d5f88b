// The words of the gate.

export const words = {
  en: {
    title: "Not open yet",
    needs: "Opens after: {titles}",
    step: "Opens after an earlier step.",
    role: "Your role does not include this. Somebody who manages your team can change that.",
    permission: "You do not have the right to use this. Somebody who manages your team can change that.",
    flag: "This is not available to you yet.",
    unknown: "This is not available right now.",
    opened: "Open now.",
  },
  fr: {
    title: "Pas encore ouvert",
    needs: "S’ouvre après : {titles}",
    step: "S’ouvre après une étape précédente.",
    role: "Votre rôle n’y donne pas accès. Une personne qui gère votre équipe peut y remédier.",
    permission: "Il vous manque une autorisation. Une personne qui gère votre équipe peut vous la donner.",
    flag: "Ce n’est pas encore disponible pour vous.",
    unknown: "Ce n’est pas disponible en ce moment.",
    opened: "Ouvert maintenant.",
  },
};
