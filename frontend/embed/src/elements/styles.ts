// The look all elements share: few values, each of which a page may set from outside.
import { css } from "lit";

/** Colours follow the page's `color-scheme`; `--fm-…` properties replace them. */
export const base = css`
  :host {
    --accent: var(--fm-color-accent, light-dark(#0b6b4d, #5fd3a3));
    --accent-ink: var(--fm-color-accent-text, light-dark(#ffffff, #06241a));
    --accent-soft: var(--fm-color-accent-soft, light-dark(#e4f2eb, #14291f));
    --surface: var(--fm-color-surface, light-dark(#ffffff, #171b19));
    --quiet-surface: var(--fm-color-surface-quiet, light-dark(#f4f3ee, #1d2220));
    --ink: var(--fm-color-text, light-dark(#191c1a, #edf1ee));
    --ink-quiet: var(--fm-color-text-quiet, light-dark(#595e5a, #a3ada7));
    --line: var(--fm-color-border, light-dark(#e5e3dc, #2b312e));
    --field-line: var(--fm-color-field-border, light-dark(#8b8c84, #747d78));
    --error: var(--fm-color-error, light-dark(#b3261e, #ff9c92));
    --radius: var(--fm-radius, 0.875rem);
    --space: var(--fm-space, 1rem);
    --motion: var(--fm-motion-duration, 160ms);
    --shadow: var(
      --fm-shadow,
      0 1px 2px rgb(0 0 0 / 6%),
      0 12px 32px -12px rgb(0 0 0 / 22%)
    );
    display: block;
    color: var(--ink);
    font: 400 1rem / 1.5 var(--fm-font, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif);
    text-align: start;
  }
  :host([hidden]) {
    display: none;
  }
  *,
  ::before,
  ::after {
    box-sizing: border-box;
  }
  [hidden] {
    display: none !important;
  }
  h2,
  h3,
  p,
  ol,
  ul,
  pre,
  blockquote {
    margin: 0;
  }
  h2,
  h3 {
    font-weight: 650;
    letter-spacing: -0.01em;
    line-height: 1.3;
    text-wrap: balance;
  }
  h2 {
    font-size: 1.125rem;
  }
  h3 {
    font-size: 1rem;
  }
  a {
    color: var(--accent);
    text-underline-offset: 0.2em;
  }
  button,
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.5em;
    min-block-size: 2.5rem;
    margin: 0;
    padding: 0.375rem 0.875rem;
    border: 1px solid transparent;
    border-radius: calc(var(--radius) * 0.65);
    background: none;
    color: inherit;
    font: inherit;
    font-size: 0.9375rem;
    font-weight: 550;
    line-height: 1.3;
    text-align: center;
    text-decoration: none;
    cursor: pointer;
    transition: background-color var(--motion);
  }
  .main {
    background: var(--accent);
    color: var(--accent-ink);
  }
  .main:hover {
    background: color-mix(in oklab, var(--accent), var(--ink) 18%);
  }
  .other {
    border-color: var(--field-line);
  }
  .other:hover,
  .plain:hover,
  .icon:hover {
    background: var(--quiet-surface);
  }
  .plain {
    padding-inline: 0.5rem;
    color: var(--ink-quiet);
  }
  .icon {
    flex: none;
    inline-size: 2.25rem;
    min-block-size: 2.25rem;
    padding: 0;
    color: var(--ink-quiet);
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
  [tabindex="-1"]:focus,
  :focus:not(:focus-visible) {
    outline: none;
  }
  svg {
    flex: none;
    inline-size: 1.25rem;
    block-size: 1.25rem;
    fill: none;
    stroke: currentcolor;
    stroke-width: 1.75;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .card {
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    overflow-wrap: anywhere;
  }
  .quiet {
    color: var(--ink-quiet);
    font-size: 0.9375rem;
  }
  .error {
    color: var(--error);
    font-size: 0.9375rem;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem;
  }
  .stack {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 0.625rem;
  }
  .unseen {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    ::before,
    ::after {
      transition: none !important;
      animation: none !important;
    }
  }
  @media (forced-colors: active) {
    button,
    .button,
    .card {
      border-color: ButtonBorder;
    }
    .main {
      border: 2px solid;
    }
  }
`;

/** How the blocks of a text look. */
export const prose = css`
  .prose {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 0.625rem;
  }
  .prose :is(ul, ol) {
    padding-inline-start: 1.25rem;
  }
  .prose li + li {
    margin-block-start: 0.25rem;
  }
  .prose blockquote {
    padding-inline-start: 0.875rem;
    border-inline-start: 3px solid var(--line);
    color: var(--ink-quiet);
  }
  .prose code {
    padding: 0.1em 0.3em;
    border-radius: 0.3em;
    background: var(--quiet-surface);
    font: 0.875em / 1.5 ui-monospace, Menlo, Consolas, monospace;
  }
  .prose pre {
    overflow-x: auto;
    padding: 0.75rem;
    border-radius: calc(var(--radius) * 0.65);
    background: var(--quiet-surface);
  }
  .prose pre code {
    padding: 0;
  }
  .prose img {
    max-inline-size: 100%;
    block-size: auto;
    border-radius: calc(var(--radius) * 0.65);
  }
  .prose hr {
    inline-size: 100%;
    border: 0;
    border-block-start: 1px solid var(--line);
  }
`;
