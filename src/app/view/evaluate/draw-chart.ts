/** @file Draws steps and dots with uPlot, in the page's colours. */

import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

/** What a chart shows: for each place on x, in ascending order, a value of each series or null. */
export interface ChartData {
  readonly kind: 'steps' | 'dots' | 'lines';
  readonly xLabel: string;
  readonly yLabel: string;
  readonly x: readonly number[];
  readonly series: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
  /** Shares are written in percent. */
  readonly isShare: boolean;
}

/** A drawn chart. */
export interface DrawnChart {
  show(series: number, isShown: boolean): void;
  /** Finds the dot at a place of the screen, by its number on x; undefined where none is near. */
  dotAt(clientX: number, clientY: number): number | undefined;
  close(): void;
}

/** Colours of series, for both grounds; the first is the accent. */
export const seriesColours = [
  'var(--accent)',
  'light-dark(#b4560f, #f0a35c)',
  'light-dark(#1f7a4d, #63c794)',
  'light-dark(#8b3fa8, #cf94e6)',
  'light-dark(#5e6068, #a8aab3)',
] as const;

const height = 240;
/** Up to so many places of a line are marked. */
const fewPoints = 24;
/** A finger is wider than a dot. @unit CSS pixels */
const reach = 16;

/** Draws a chart into an element and keeps it as wide as that. */
export function drawChart(target: HTMLElement, data: ChartData): DrawnChart {
  const colour = (value: string): string => resolveColour(target, value);
  const ink = colour('var(--ink-quiet)');
  const axis = (label: string, isPercent: boolean): uPlot.Axis => ({
    label,
    stroke: ink,
    font: '12px "Inter Variable", sans-serif',
    labelFont: '12px "Inter Variable", sans-serif',
    labelSize: 18,
    labelGap: 0,
    grid: { stroke: colour('var(--line)'), width: 1 },
    ticks: { stroke: colour('var(--line)'), width: 1 },
    ...(data.kind === 'lines' && { values: (_: uPlot, splits: number[]) => splits.map((value) => String(Number(value.toPrecision(3)))) }),
    ...(isPercent && { values: (_: uPlot, splits: number[]) => splits.map((value) => `${String(Math.round(value * 1000) / 10)} %`) }),
  });
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const options: uPlot.Options = {
    width: Math.max(200, target.clientWidth),
    height,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { show: false }, x: false, y: false },
    scales: {
      x: { time: false, range: (_, low, high) => widen(low, high, data.kind === 'dots') },
      y: { range: (_, low, high) => (data.isShare ? [0, high * 1.08] : widen(low, high, true)) },
    },
    axes: [
      { ...axis(data.xLabel, false), size: 34 },
      { ...axis(data.yLabel, data.isShare), size: (_, labels) => roomFor(labels) },
    ],
    series: [
      {},
      ...data.series.map(({ label, values }, i): uPlot.Series => {
        const stroke = colour(seriesColours[i % seriesColours.length] ?? seriesColours[0]);
        if (data.kind === 'dots') return { label, stroke, paths: () => null, points: { show: true, size: 7, fill: stroke, width: 0 } };
        return {
          label,
          stroke,
          width: 2,
          points: { show: data.kind === 'lines' && isSparse(values) },
          spanGaps: data.kind === 'lines',
          ...(data.kind === 'steps' && stepped && { paths: stepped }),
        };
      }),
    ],
  };
  const plot = new uPlot(options, [[...data.x], ...data.series.map(({ values }) => [...values])], target);
  const observer = new ResizeObserver(() => plot.setSize({ width: Math.max(200, target.clientWidth), height }));
  observer.observe(target);
  return {
    show: (series, isShown) => plot.setSeries(series + 1, { show: isShown }),
    dotAt: (clientX, clientY) => {
      const { left, top } = plot.over.getBoundingClientRect();
      return nearestDot(plot, data, { x: clientX - left, y: clientY - top });
    },
    close: () => {
      observer.disconnect();
      plot.destroy();
    },
  };
}

/** A line of a few places shows where they are. */
/** Leaves room for the numbers beside an axis and for its name. @unit pixels */
function roomFor(labels: readonly (string | number)[] | null): number {
  const longest = Math.max(0, ...(labels ?? []).map((label) => String(label).length));
  return Math.max(58, 30 + 6.5 * longest);
}

function isSparse(values: readonly (number | null)[]): boolean {
  return values.filter((value) => value !== null).length <= fewPoints;
}

function nearestDot(plot: uPlot, data: ChartData, at: { readonly x: number; readonly y: number }): number | undefined {
  let nearest: number | undefined;
  let least = reach;
  data.series.forEach(({ values }, series) => {
    if (plot.series[series + 1]?.show === false) return;
    values.forEach((value, i) => {
      if (value === null) return;
      const distance = Math.hypot(plot.valToPos(data.x[i] ?? 0, 'x') - at.x, plot.valToPos(value, 'y') - at.y);
      if (distance < least) {
        least = distance;
        nearest = i;
      }
    });
  });
  return nearest;
}

function widen(low: number, high: number, hasMargin: boolean): [number, number] {
  const margin = hasMargin ? (high - low) * 0.05 || 0.5 : 0;
  return [low - margin, high + margin];
}

/** The canvas knows no custom properties: an element tells what they come to. */
function resolveColour(target: HTMLElement, value: string): string {
  const probe = document.createElement('span');
  probe.style.color = value;
  target.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
