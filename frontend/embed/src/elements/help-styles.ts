// The look of the help panel: at the side of the window, or a sheet on a phone.
import { css } from "lit";

export const styles = css`
  :host {
    display: inline-block;
  }
  .opener.floating {
    position: fixed;
    inset-block-end: 1rem;
    inset-inline-end: 1rem;
    border-color: var(--line);
    background: var(--surface);
    box-shadow: var(--shadow);
  }
  .panel[popover] {
    position: fixed;
    inset: 0.75rem 0.75rem 0.75rem auto;
    inline-size: min(25rem, calc(100vw - 1.5rem));
    block-size: auto;
    margin: 0;
    padding: 0;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--ink);
    box-shadow: var(--shadow);
    overflow: hidden;
  }
  .panel:dir(rtl) {
    inset-inline: auto 0.75rem;
  }
  .panel:popover-open {
    display: grid;
    grid-template-rows: auto auto minmax(0, 1fr) auto;
  }
  ::slotted([slot="more"]) {
    padding: 0.875rem 1.125rem;
    border-block-start: 1px solid var(--line);
  }
  .head {
    display: flex;
    gap: 0.25rem;
    align-items: center;
    padding: 0.75rem 0.625rem 0.375rem 1.125rem;
    padding-inline: 1.125rem 0.625rem;
  }
  .head h2 {
    flex: 1;
    min-inline-size: 0;
  }
  .field {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    align-items: center;
    gap: 0.5rem;
    margin: 0.25rem 1.125rem 0.75rem;
    padding-inline: 0.75rem;
    border: 1px solid var(--field-line);
    border-radius: calc(var(--radius) * 0.65);
    color: var(--ink-quiet);
  }
  .field:focus-within {
    outline: 2px solid var(--accent);
    outline-offset: 1px;
  }
  input,
  textarea {
    inline-size: 100%;
    min-block-size: 2.5rem;
    border: 0;
    background: none;
    color: var(--ink);
    font: inherit;
  }
  input:focus-visible {
    outline: none;
  }
  textarea {
    padding: 0.5rem 0.75rem;
    border: 1px solid var(--field-line);
    border-radius: calc(var(--radius) * 0.65);
  }
  .inside {
    padding: 0.25rem 1.125rem 1.125rem;
    overflow: auto;
    overscroll-behavior: contain;
  }
  h3 {
    margin-block: 0.5rem 0.25rem;
    color: var(--ink-quiet);
    font-size: 0.875rem;
    font-weight: 550;
    letter-spacing: 0;
  }
  .prose h3 {
    color: var(--ink);
    font-size: 1rem;
    font-weight: 650;
  }
  .prose :is(h3, h4, h5) {
    margin-block: 0.5rem 0;
  }
  .list {
    margin-inline: -0.625rem;
    padding: 0;
    list-style: none;
  }
  .list > * {
    display: block;
    padding: 0.5rem 0.625rem;
    border-radius: calc(var(--radius) * 0.65);
    cursor: pointer;
  }
  .list > :hover,
  .list > [aria-selected="true"] {
    background: var(--quiet-surface);
  }
  .list > [aria-selected="true"] {
    outline: 2px solid var(--accent);
    outline-offset: -2px;
  }
  .list strong {
    display: block;
    font-weight: 550;
  }
  .list span {
    color: var(--ink-quiet);
    font-size: 0.875rem;
  }
  mark {
    background: none;
    color: var(--ink);
    font-weight: 650;
  }
  .opinion {
    display: grid;
    gap: 0.625rem;
    margin-block-start: 1.25rem;
    padding-block-start: 0.875rem;
    border-block-start: 1px solid var(--line);
  }
  fieldset {
    display: grid;
    gap: 0.375rem;
    margin: 0;
    padding: 0;
    border: 0;
  }
  fieldset label {
    display: flex;
    gap: 0.5rem;
    align-items: center;
    min-block-size: 1.75rem;
  }
  fieldset input {
    inline-size: 1.125rem;
    min-block-size: 1.125rem;
    accent-color: var(--accent);
  }
  fieldset input:focus-visible {
    outline: 2px solid var(--accent);
  }
  @media (max-width: 600px) {
    .panel[popover] {
      inset: auto 0 0;
      inline-size: 100%;
      max-inline-size: none;
      block-size: 85dvh;
      border-radius: var(--radius) var(--radius) 0 0;
    }
  }
`;
