// What all charts have in common: their size, their colours, and a picture without a style sheet.
import { plot, type PlotOptions } from "@observablehq/plot";

export const INK = "var(--chart-ink)";
export const QUIET = "var(--chart-quiet)";
export const MAIN = "var(--chart-main)";
export const SECOND = "var(--chart-second)";
export const LETTER = 7.5; // px a letter is wide, about
const TEXT = 14; // px, which is --fm-text-small

/** Everything a chart says stands in its name or in the table, so that nobody has to see it. */
export function drawn(width: number, options: PlotOptions): Element {
  const picture = plot({
    className: "insight-picture",
    width,
    style: { fontSize: `${TEXT}px`, background: "none", overflow: "visible" },
    ...options,
  });
  // Plot brings a <style>, which our policy refuses; insights.css says the same.
  for (const style of picture.querySelectorAll("style")) style.remove();
  return picture;
}

/** The longest beginning of a text that fits a width in pixels. */
export function shortened(text: string, width: number): string {
  const most = Math.max(8, Math.floor(width / LETTER));
  return text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text;
}
