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
    needs: "S’ouvre après : {titles}",
    step: "S’ouvre après une étape précédente.",
    role: "Votre rôle ne le comprend pas. Une personne qui gère votre équipe peut le changer.",
    permission: "Vous n’en avez pas le droit. Une personne qui gère votre équipe peut le changer.",
    flag: "Ce n’est pas encore disponible pour vous.",
    unknown: "Ce n’est pas disponible en ce moment.",
    opened: "Ouvert maintenant.",
  },
};
