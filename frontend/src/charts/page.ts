// Draws the charts of a page from the figures it carries, and again when its width changes.
import * as shapes from "./shapes";

type Draw = (figures: never, width: number) => Element;

const SHAPES: Record<string, Draw> = {
  funnel: shapes.funnel,
  durations: shapes.durations,
  completions: shapes.completions,
  blocked: shapes.blocked,
  comparison: shapes.comparison,
};

/** Fills each `data-chart`; one without figures stays hidden, and its table says all. */
export function drawCharts(): void {
  const said = document.getElementById("insight-charts")?.textContent;
  if (!said) return;
  const figures = JSON.parse(said) as Record<string, unknown>;
  for (const place of document.querySelectorAll<HTMLElement>("[data-chart]")) {
    const name = place.dataset["chart"] ?? "";
    const draw = SHAPES[name];
    const own = figures[name];
    if (!draw || !own || (Array.isArray(own) && own.length === 0)) continue;
    place.hidden = false;
    const legend = place.previousElementSibling;
    if (legend instanceof HTMLElement && legend.matches(".insight-legend")) legend.hidden = false;
    keepDrawn(place, (width) => draw(own as never, width));
  }
}

function keepDrawn(place: HTMLElement, draw: (width: number) => Element): void {
  let last = 0;
  new ResizeObserver(() => {
    const width = Math.floor(place.clientWidth);
    if (width === last || width === 0) return;
    last = width;
    const picture = draw(width);
    picture.setAttribute("aria-hidden", "true"); // the place itself has the name
    place.replaceChildren(picture);
  }).observe(place);
}
