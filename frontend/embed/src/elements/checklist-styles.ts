// The look of the checklist.
import { css } from "lit";

export const look = css`
  .card {
    overflow: hidden;
  }
  header {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 0.625rem 1rem;
    align-items: baseline;
    padding: calc(var(--space) * 1.125) calc(var(--space) * 1.25) var(--space);
  }
  #count {
    font-variant-numeric: tabular-nums;
  }
  progress {
    grid-column: 1 / -1;
    inline-size: 100%;
    block-size: 0.375rem;
    border: 0;
    border-radius: 1rem;
    background: var(--line);
    overflow: hidden;
    appearance: none;
  }
  ::-webkit-progress-bar {
    background: var(--line);
  }
  ::-webkit-progress-value {
    border-radius: 1rem;
    background: var(--accent);
    transition: inline-size var(--motion);
  }
  ::-moz-progress-bar {
    border-radius: 1rem;
    background: var(--accent);
  }
  ol {
    padding: 0;
    list-style: none;
  }
  li {
    padding-block: 0.75rem;
    padding-inline: calc(var(--space) * 1.25);
    border-block-start: 1px solid var(--line);
  }
  li[aria-current] {
    background: var(--accent-soft);
  }
  li h3 button {
    display: grid;
    grid-template-columns: 1.5rem minmax(0, 1fr) 1.25rem;
    gap: 0.75rem;
    inline-size: 100%;
    min-block-size: 1.75rem;
    padding: 0;
    border: 0;
    font-size: 1rem;
    text-align: start;
  }
  li h3 button[aria-disabled] {
    cursor: default;
  }
  li h3 button:focus-visible {
    outline-offset: 4px;
  }
  .sign {
    display: grid;
    place-items: center;
    color: var(--ink-quiet);
  }
  .done .sign,
  [aria-current] .sign {
    color: var(--accent);
  }
  .tick {
    stroke: var(--accent-ink);
    stroke-width: 2;
  }
  :is(.done, .locked, .skipped, .snoozed) .name {
    color: var(--ink-quiet);
    font-weight: 450;
  }
  .of-chevron {
    inline-size: 1.125rem;
    color: var(--ink-quiet);
    transition: rotate var(--motion);
  }
  [aria-expanded="true"] .of-chevron {
    rotate: 180deg;
  }
  .state,
  .inside {
    padding-inline-start: 2.25rem;
  }
  .state {
    display: grid;
    gap: 0.125rem;
  }
  .line {
    display: flex;
    gap: 0.375rem;
    color: var(--ink-quiet);
    font-size: 0.875rem;
  }
  .line svg,
  .error svg {
    inline-size: 1.0625em;
    block-size: 1.5em;
  }
  .bad {
    color: var(--error);
  }
  .dues {
    display: flex;
    flex-wrap: wrap;
    grid-column: 1 / -1;
    gap: 0.25rem 1rem;
  }
  ul {
    padding: 0;
    list-style: none;
  }
  ul li {
    padding: 0;
    border: 0;
  }
  .faults li,
  p.error {
    display: flex;
    gap: 0.5rem;
  }
  .reasons li {
    display: grid;
    justify-items: start;
    gap: 0.5rem;
    font-size: 0.9375rem;
  }
  .reasons li + li {
    margin-block-start: 0.25rem;
  }
  .inside {
    padding-block: 0.5rem 0.375rem;
  }
  div.done,
  .failed {
    padding: var(--space) calc(var(--space) * 1.25);
  }
  div.done {
    display: flex;
    align-items: center;
    gap: 0.75rem;
    border-block-start: 1px solid var(--line);
    background: var(--accent-soft);
    color: var(--accent);
  }
  div.done p {
    color: var(--ink);
  }
  @media (max-width: 30rem) {
    .inside {
      padding-inline-start: 0;
    }
    .inside .main {
      inline-size: 100%;
    }
  }
  @media (forced-colors: active) {
    .tick {
      stroke: Canvas;
    }
    progress {
      border: 1px solid CanvasText;
    }
    ::-webkit-progress-value {
      background: Highlight;
    }
    ::-moz-progress-bar {
      background: Highlight;
    }
    li[aria-current] {
      border-inline-start: 4px solid Highlight;
    }
  }
`;
