// The few drawings of the elements; each stands beside words and says nothing by itself.
import { svg, type SVGTemplateResult } from "lit";

const drawings = {
  todo: svg`<circle cx="12" cy="12" r="9" />`,
  in_progress: svg`<circle cx="12" cy="12" r="9" /><path d="M12 3a9 9 0 0 1 0 18" fill="currentcolor" />`,
  done: svg`<circle cx="12" cy="12" r="9.875" fill="currentcolor" stroke="none" /><path class="tick" d="m8 12.5 2.75 2.75L16 9.5" />`,
  skipped: svg`<circle cx="12" cy="12" r="9" stroke-dasharray="2 3.6" /><path d="M8.5 12h7" />`,
  snoozed: svg`<circle cx="12" cy="12" r="9" /><path d="M12 7v5l3 2" />`,
  locked: svg`<rect x="5" y="11" width="14" height="9" rx="2.5" /><path d="M8 11V8a4 4 0 0 1 8 0v3" />`,
  pending: svg`<path d="M7 4h10M7 20h10M8 4c0 5 8 7 8 12v4M16 4c0 5-8 7-8 12v4" />`,
  due: svg`<rect x="4" y="5.5" width="16" height="14.5" rx="2.5" /><path d="M4 10.5h16M8.5 3.5v4M15.5 3.5v4" />`,
  alert: svg`<path d="M12 4 2.75 20h18.5L12 4ZM12 10v4.5M12 17.25v.01" />`,
  again: svg`<path d="M4.5 12a7.5 7.5 0 1 0 2.4-5.5L4.5 8.75M4.5 4v4.75h4.75" />`,
  people: svg`<circle cx="9" cy="8.5" r="3.5" /><path d="M2.5 19.5c.5-3.75 3.25-5.5 6.5-5.5s6 1.75 6.5 5.5M16 5.25a3.5 3.5 0 0 1 0 6.5M18 14.5c2 .75 3.25 2.5 3.5 5" />`,
  close: svg`<path d="m6 6 12 12M18 6 6 18" />`,
  chevron: svg`<path d="m6 9 6 6 6-6" />`,
  back: svg`<path d="m14 6-6 6 6 6" />`,
  help: svg`<circle cx="12" cy="12" r="9" /><path d="M9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.7.4-1.1.9-1.1 1.8" /><path d="M12 16.8v.01" />`,
  search: svg`<circle cx="11" cy="11" r="6.5" /><path d="m16 16 4 4" />`,
  flag: svg`<path d="M6 21V4M6 5h11l-2 4 2 4H6" />`,
  light: svg`<path d="M9 18h6M10 21h4M12 3a6 6 0 0 0-3.6 10.8c.6.5 1 1.2 1 2h5.2c0-.8.4-1.5 1-2A6 6 0 0 0 12 3Z" />`,
};

export type Drawing = keyof typeof drawings;

/** A drawing, hidden from those who listen. */
export function icon(name: Drawing): SVGTemplateResult {
  return svg`<svg viewBox="0 0 24 24" aria-hidden="true" class=${`of-${name}`}>${drawings[name]}</svg>`;
}
