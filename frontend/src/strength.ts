// Says how strong a new password is while it is typed, and what speaks against it.

interface Reason {
  code: string;
  message: string;
}

interface Verdict {
  score: number;
  acceptable: boolean;
  reasons: Reason[];
  suggestions: Reason[];
}

const CHECK = "/api/v1/auth/password-check";
const PAUSE_MS = 250; // between the last key and the question
const HEARD_MS = 700; // longer than people pause inside a word, so that nobody is talked over

/** Judges every new password on the page; without script, or without an answer, sending does. */
export function judgeNewPasswords(): void {
  for (const view of document.querySelectorAll<HTMLElement>("[data-strength-of]")) {
    const input = document.getElementById(view.dataset["strengthOf"] ?? "");
    if (input instanceof HTMLInputElement) new Judge(view, input).listen();
  }
}

class Judge {
  private readonly words: HTMLElement;
  private readonly heard: HTMLElement;
  private asked: AbortController | undefined;
  private pause = 0;
  private quiet = 0;

  constructor(
    private readonly view: HTMLElement,
    private readonly input: HTMLInputElement,
  ) {
    this.words = view.querySelector<HTMLElement>("[data-strength-words]") ?? view;
    this.heard = view.querySelector<HTMLElement>("[data-strength-heard]") ?? view;
  }

  listen(): void {
    this.input.addEventListener("input", () => this.judge());
    // The other fields count, too: a password made of one's own name is weak.
    this.input.form?.addEventListener("change", (event) => {
      if (event.target !== this.input && this.input.value !== "") this.judge();
    });
  }

  private judge(): void {
    this.asked?.abort();
    window.clearTimeout(this.pause);
    const missing = this.input.minLength - [...this.input.value].length;
    if (this.input.value === "") {
      this.show("", 0, []);
      this.view.hidden = true;
    } else if (missing > 0) {
      const words = missing === 1 ? this.word("oneMissing") : this.word("manyMissing");
      this.show("short", 0, [words.replace("{count}", String(missing))]);
    } else {
      this.pause = window.setTimeout(() => void this.ask(), PAUSE_MS);
      if (!["good", "weak"].includes(this.view.dataset["state"] ?? "")) this.showLength();
    }
  }

  private async ask(): Promise<void> {
    this.asked = new AbortController();
    try {
      const answer = await fetch(CHECK, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "accept-language": document.documentElement.lang,
          "x-csrf-token": this.field("csrf"),
        },
        body: JSON.stringify({
          password: this.input.value,
          email: this.field("email"),
          firstName: this.field("firstName"),
          lastName: this.field("lastName"),
        }),
        signal: this.asked.signal,
      });
      if (answer.ok) this.tell((await answer.json()) as Verdict);
      else this.showLength();
    } catch (failure) {
      if (!(failure instanceof DOMException && failure.name === "AbortError")) this.showLength();
    }
  }

  private tell(verdict: Verdict): void {
    if (verdict.acceptable) {
      const word = verdict.score > 3 ? this.word("strong") : this.word("good");
      this.show("good", Math.max(verdict.score, 3), [word]);
    } else {
      const reasons = verdict.reasons.map((reason) => reason.message);
      const level = Math.min(verdict.score + 1, 2);
      this.show("weak", level, reasons, verdict.suggestions[0]?.message);
    }
  }

  private showLength(): void {
    this.show("enough", 0, [this.word("enough")]);
  }

  private show(state: string, level: number, reasons: string[], advice?: string): void {
    this.view.hidden = false;
    this.view.dataset["state"] = state;
    this.view.dataset["level"] = String(level);
    const sentences = advice === undefined ? reasons : [...reasons, advice];
    const lines = sentences.map((sentence) => {
      const line = document.createElement("li");
      line.textContent = sentence;
      return line;
    });
    if (advice !== undefined) lines.at(-1)?.classList.add("strength-advice");
    this.words.replaceChildren(...lines);
    window.clearTimeout(this.quiet);
    this.quiet = window.setTimeout(() => {
      const told = sentences.join(" ");
      if (this.heard.textContent !== told) this.heard.textContent = told;
    }, HEARD_MS);
  }

  private field(name: string): string {
    const found = this.input.form?.elements.namedItem(name);
    return found instanceof HTMLInputElement ? found.value : "";
  }

  private word(name: string): string {
    return this.view.dataset[name] ?? "";
  }
}
