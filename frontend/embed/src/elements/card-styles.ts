// The look of cards that lie over a page: beside a target, in a corner, or as a sheet on a phone.
import { css } from "lit";

export const over = css`
  :host {
    display: contents;
  }
  [popover] {
    inset: auto;
    margin: 0;
    padding: 0;
    border: 0;
    color: var(--ink);
    overflow: visible;
  }
  .over {
    position: fixed;
    inline-size: min(21rem, calc(100vw - 1rem));
    max-block-size: calc(100dvh - 1rem);
    padding: 1rem 1.125rem 1.125rem;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    box-shadow: var(--shadow);
    overflow-wrap: anywhere;
  }
  .corner {
    inset-block-end: 1rem;
    inset-inline-end: 1rem;
  }
  .top {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 0.5rem;
    align-items: start;
    margin-block-end: 0.375rem;
  }
  .top .icon {
    margin: -0.375rem -0.5rem 0 0;
    margin-inline: 0 -0.5rem;
  }
  .foot {
    justify-content: space-between;
    margin-block-start: 0.875rem;
  }
  .arrow {
    position: absolute;
    inline-size: 10px;
    block-size: 10px;
    rotate: 45deg;
    background: var(--surface);
    box-shadow: -1px -1px 0 var(--line);
  }
  .ring {
    position: fixed;
    border-radius: calc(var(--radius) * 0.75);
    background: none;
    box-shadow:
      0 0 0 2px var(--accent),
      0 0 0 6px color-mix(in oklab, var(--accent), transparent 75%);
    pointer-events: none;
  }
  @media (max-width: 600px) {
    .over {
      inset: auto 0 0;
      inline-size: 100%;
      max-block-size: 70dvh;
      padding-block-end: calc(1.125rem + env(safe-area-inset-bottom));
      border-width: 1px 0 0;
      border-radius: var(--radius) var(--radius) 0 0;
      overflow: auto;
    }
    .arrow {
      display: none;
    }
  }
  @media (prefers-reduced-motion: no-preference) {
    .over:popover-open {
      animation: come var(--motion) ease-out;
    }
    @keyframes come {
      from {
        opacity: 0;
        translate: 0 6px;
      }
    }
  }
  @media (forced-colors: active) {
    .over {
      border: 1px solid CanvasText;
    }
    .ring {
      outline: 3px solid Highlight;
    }
  }
`;
