// The words of the elements, in the languages they come with and those a page adds.
import type { Firstmile } from "../core/firstmile.ts";

export type Words<T extends string> = Record<T, string>;

/** The words of an element in the client's language; what a language lacks is said in English. */
export function wordsIn<T extends string>(
  client: Firstmile | null,
  built: { en: Words<T>; [language: string]: Partial<Words<T>> },
): Words<T> {
  const full = client?.state?.language ?? client?.language ?? "en";
  const short = full.split("-")[0]!.toLowerCase();
  const told = client?.messages ?? {};
  return { ...built.en, ...built[short], ...(told[short] as Partial<Words<T>>), ...(told[full] as Partial<Words<T>>) };
}

/** Puts values into the places of a sentence: `{name}`. */
export function said(sentence: string, values: Record<string, string | number>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
