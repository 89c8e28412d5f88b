// Lets the preview beside a form follow while one types; without script its button does the same.

const PAUSE_MS = 400; // between the last key and the question; shorter than a look to the side
const HEARD_MS = 900; // longer than people pause inside a word, so that nobody is talked over
const DEADLINE_MS = 10_000;

/** Follows every form that names its preview; `data-preview` is the id of the aside. */
export function followWithPreviews(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-preview]")) {
    const view = document.getElementById(form.dataset["preview"] ?? "");
    if (view) new Follower(form, view).listen();
  }
}

class Follower {
  private readonly touched = new Set<string>();
  private readonly heard: HTMLElement | null;
  private pause = 0;
  private quiet = 0;
  private isAsking = false;
  private isBehind = false;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly view: HTMLElement,
  ) {
    this.heard = document.getElementById(`${view.id}-heard`);
  }

  listen(): void {
    // A form that came back with a row more or less holds what was never looked at.
    if (this.form.dataset["unseen"] !== undefined) this.ask();
    // What leads to a field is done once it is pressed, where the preview lies over the form.
    this.view.addEventListener("click", ({ target }) => {
      const isWay = target instanceof Element && target.closest("a[href^='#']");
      if (isWay) this.view.closest<HTMLElement>("[popover]")?.hidePopover?.();
    });
    this.form.addEventListener("input", (event) => {
      const field = event.target;
      if (!isField(field)) return;
      this.touched.add(field.name);
      window.clearTimeout(this.pause);
      this.pause = window.setTimeout(() => this.ask(), PAUSE_MS);
    });
  }

  /** One question at a time; what is typed meanwhile is asked when it is answered. */
  private ask(): void {
    if (this.isAsking) {
      this.isBehind = true;
      return;
    }
    this.isAsking = true;
    this.isBehind = false;
    const said = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) said.append(name, String(value));
    said.set("act", "look");
    // It parses the page without a sink of Trusted Types, and nothing in it is run.
    const request = new XMLHttpRequest();
    request.open("POST", this.form.action);
    request.responseType = "document";
    request.timeout = DEADLINE_MS;
    request.addEventListener("loadend", () => {
      this.show(request.response instanceof Document ? request.response : null);
      this.isAsking = false;
      if (this.isBehind) this.ask();
    });
    request.send(said);
  }

  private show(page: Document | null): void {
    const drawn = page?.getElementById(this.view.id);
    this.view.dataset["state"] = drawn ? "shown" : "behind";
    if (!page || !drawn) {
      this.tell(this.view.dataset["behind"] ?? "");
      return;
    }
    copy(drawn, this.view);
    copy(page.getElementById(`${this.view.id}-count`), document.getElementById(`${this.view.id}-count`));
    for (const field of this.form.elements) {
      if (isField(field) && field.id !== "") this.mark(field, page.getElementById(field.id));
    }
    for (const name of this.sections()) this.place(name, page.getElementById(name));
    this.tell(drawn.dataset["told"] ?? "");
  }

  /** What is wrong with a field that was written in stands beside it, as if the button were pressed. */
  private mark(field: HTMLElement & { name: string }, drawn: HTMLElement | null): void {
    if (!this.touched.has(field.name)) return;
    for (const name of ["aria-invalid", "aria-describedby"]) {
      const said = drawn?.getAttribute(name);
      if (said) field.setAttribute(name, said);
      else field.removeAttribute(name);
    }
    this.place(field.id, drawn);
  }

  private place(name: string, drawn: HTMLElement | null): void {
    document.getElementById(`${name}-mistake`)?.remove();
    const mistake = drawn?.ownerDocument.getElementById(`${name}-mistake`);
    const before = document.getElementById(name)?.closest("[data-mistakes], h2, .field");
    if (!mistake || !before) return;
    const copy = document.importNode(mistake, true);
    if (before.matches(".field")) before.append(copy);
    else before.after(copy);
  }

  /** Parts of the form that are wrong as a whole, when something in them was written. */
  private sections(): string[] {
    const names = [...this.touched].map((name) => name.split(".")[0] ?? "");
    return [...new Set(names)].filter((name) => document.getElementById(name)?.matches("h2"));
  }

  private tell(words: string): void {
    window.clearTimeout(this.quiet);
    this.quiet = window.setTimeout(() => {
      if (this.heard && this.heard.textContent !== words) this.heard.textContent = words;
    }, HEARD_MS);
  }
}

function copy(drawn: Element | null, shown: Element | null): void {
  if (drawn) shown?.replaceChildren(...[...drawn.childNodes].map((node) => document.importNode(node, true)));
}

function isField(target: unknown): target is HTMLElement & { name: string } {
  return (
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  );
}
