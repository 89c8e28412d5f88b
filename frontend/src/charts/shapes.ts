// The charts of the page of insights, each a function of what the server says and of a width.
import {
  barX,
  barY,
  dot,
  gridX,
  line,
  link,
  rectY,
  ruleX,
  ruleY,
  text,
  tickX,
} from "@observablehq/plot";
import { INK, LETTER, MAIN, QUIET, SECOND, drawn, shortened } from "./drawing";

export interface Step {
  title: string;
  share: number;
  label: string;
}

export interface Durations {
  bars: { least: number; most: number; people: number }[];
  ticks: { at: number; label: string }[];
  marks: { at: number; label: string }[];
}

export interface Period {
  name: string;
  began: number;
  activated: number;
}

export interface Blocked {
  title: string;
  times: number;
}

export interface Compared {
  title: string;
  shares: [number, number];
  told: [string, string];
}

const ROW = 52; // px: a line of text and what it is about below it
const UNDER = 8; // px from the middle of a row down to what is drawn
const LINE = 20; // px of a line of text
const DASHES = ["none", "8 4", "2 4"]; // of half, three quarters, nine tenths
const HALO = { fill: INK, stroke: "var(--chart-ground)", strokeWidth: 4 }; // text above lines

/** The share who did each step; the line says where everybody would be. */
export function funnel(steps: Step[], width: number): Element {
  return bars(
    steps.map(({ title, share, label }) => ({ title, size: share, label })),
    width,
    1,
  );
}

/** How often each step stood in the way. */
export function blocked(steps: Blocked[], width: number): Element {
  const most = Math.max(...steps.map((one) => one.times));
  return bars(
    steps.map(({ title, times }) => ({ title, size: times, label: String(times) })),
    width,
    most,
  );
}

function bars(
  rows: { title: string; size: number; label: string }[],
  width: number,
  most: number,
): Element {
  return drawn(width, {
    height: rows.length * ROW + 8,
    marginLeft: 0,
    marginRight: 0,
    marginTop: 4,
    marginBottom: 4,
    x: { domain: [0, most], axis: null },
    y: { domain: rows.map((one) => one.title), axis: null, padding: 0 },
    marks: [
      barX(rows, { x1: 0, x2: most, y: "title", insetTop: 26, insetBottom: 12, fill: "var(--chart-rest)" }),
      barX(rows, { x: "size", y: "title", insetTop: 26, insetBottom: 12, fill: MAIN }),
      text(rows, {
        x: 0,
        y: "title",
        text: (one) => shortened(one.title, width - LETTER * one.label.length - 2 * LETTER),
        textAnchor: "start",
        dy: -12,
        fill: INK,
      }),
      text(rows, { x: most, y: "title", text: "label", textAnchor: "end", dy: -12, fill: INK }),
    ],
  });
}

/** How many took how long, on a scale of doublings, with the quantiles marked. */
export function durations({ bars, ticks, marks }: Durations, width: number): Element {
  const low = bars[0]?.least ?? 1;
  const high = bars.at(-1)?.most ?? 2;
  const most = Math.max(...bars.map((one) => one.people));
  const along = (at: number) => (Math.log(at / low) / Math.log(high / low)) * width;
  // Words stand where their line leaves them room; the order keeps lines out of words.
  const isLeft = along(marks[0]?.at ?? low) > 140;
  const rows = isLeft ? [...marks].reverse() : marks;
  const up = (place: number) => -LINE * (rows.length - place);
  const spaced = ticks.filter((_, place) => width > 480 || place % 2 === 0);
  const height = 300;
  const under = 32;
  const above = LINE * (rows.length + 1);
  return drawn(width, {
    height,
    marginLeft: 12,
    marginRight: 12,
    marginTop: above,
    marginBottom: under,
    x: { type: "log", domain: [low, high], axis: null },
    y: { domain: [0, most], axis: null },
    marks: [
      rectY(bars, { x1: "least", x2: "most", y: "people", insetLeft: 1, insetRight: 1, fill: MAIN }),
      ruleY([0], { stroke: INK }),
      tickX(spaced, { x: "at", stroke: INK, insetTop: height - above - under, insetBottom: -6 }),
      text(spaced, { x: "at", text: "label", frameAnchor: "bottom", dy: 22, fill: INK }),
      rows.map((mark, place) =>
        ruleX([mark], {
          x: "at",
          stroke: SECOND,
          strokeWidth: 2,
          strokeDasharray: DASHES[marks.indexOf(mark)] ?? "none",
          insetTop: up(place),
        }),
      ),
      rows.map((mark, place) =>
        text([mark], {
          x: "at",
          frameAnchor: "top",
          text: "label",
          textAnchor: isLeft ? "end" : "start",
          lineAnchor: "middle",
          dx: isLeft ? -6 : 6,
          dy: up(place) + 6,
          fontWeight: 600,
          ...HALO,
        }),
      ),
      text(
        bars.filter((one) => one.people),
        {
          x: (one: { least: number; most: number }) => Math.sqrt(one.least * one.most),
          y: "people",
          text: (one: { people: number }) => String(one.people),
          dy: -10,
          ...HALO,
        },
      ),
    ],
  });
}

/** How many began and how many were activated, one after the other. */
export function completions(periods: Period[], width: number): Element {
  const names = periods.map((one) => one.name);
  const most = Math.max(1, ...periods.flatMap((one) => [one.began, one.activated]));
  const every = Math.ceil(names.length / Math.max(2, Math.floor(width / 110)));
  const shown = names.filter((_, place) => place % every === 0);
  return drawn(width, {
    height: 260,
    marginLeft: 40,
    marginRight: 8,
    marginTop: 20,
    marginBottom: 32,
    x: { type: "band", domain: names, padding: 0.3, ticks: shown, label: null, tickSize: 0 },
    y: { domain: [0, most], nice: true, ticks: 4, label: null, grid: true },
    marks: [
      barY(periods, { x: "name", y: "activated", fill: MAIN }),
      line(periods, { x: "name", y: "began", stroke: SECOND, strokeWidth: 2, strokeDasharray: "6 4" }),
      dot(periods, {
        x: "name",
        y: "began",
        r: 4,
        stroke: SECOND,
        strokeWidth: 2,
        fill: "var(--chart-ground)",
      }),
      ruleY([0], { stroke: INK }),
    ],
  });
}

/** Two versions beside each other: a ring for the first, a full dot for the second. */
export function comparison(rows: Compared[], width: number): Element {
  const sides = rows.flatMap(({ title, shares: [first, second] }) => [
    { title, at: first, isSecond: false },
    { title, at: second, isSecond: true },
  ]);
  return drawn(width, {
    height: rows.length * ROW + 36,
    marginLeft: 10,
    marginRight: 14,
    marginTop: 4,
    marginBottom: 32,
    x: { domain: [0, 1], ticks: 5, tickFormat: "%", label: null },
    y: { type: "band", domain: rows.map((one) => one.title), axis: null, padding: 0 },
    marks: [
      gridX({ ticks: 5, stroke: QUIET, strokeOpacity: 0.3 }),
      link(rows, {
        x1: (one) => one.shares[0],
        x2: (one) => one.shares[1],
        y1: "title",
        y2: "title",
        stroke: QUIET,
        strokeWidth: 3,
        dy: UNDER,
      }),
      dot(sides.filter((one) => one.isSecond), { x: "at", y: "title", r: 6, fill: MAIN, dy: UNDER }),
      dot(sides.filter((one) => !one.isSecond), {
        x: "at",
        y: "title",
        r: 6,
        stroke: SECOND,
        strokeWidth: 2.5,
        fill: "var(--chart-ground)",
        dy: UNDER,
      }),
      text(rows, {
        x: 0,
        y: "title",
        text: (one) => shortened(one.title, width - LETTER * (one.told.join("").length + 7)),
        textAnchor: "start",
        dy: -14,
        ...HALO,
      }),
      text(rows, {
        x: 1,
        y: "title",
        text: (one) => one.told.join(" → "),
        textAnchor: "end",
        dy: -14,
        ...HALO,
      }),
    ],
  });
}
