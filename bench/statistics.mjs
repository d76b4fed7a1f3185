/** Statistics of small samples. */

/** Median of numbers; undefined for an empty sample. */
export function median(values) {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The value below which the given share of the numbers lies. */
export function quantile(values, share) {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)];
}

/** Largest deviation from the median, as a fraction of it. */
export function spread(values) {
  const middle = median(values);
  if (!middle) return undefined;
  return Math.max(...values.map(value => Math.abs(value - middle))) / middle;
}

/** Slope of the least-squares line through `[x, y]` points, in y per x; 0 for fewer than two points. */
export function slope(points) {
  if (points.length < 2) return 0;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  let above = 0;
  let below = 0;
  for (const [x, y] of points) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return below === 0 ? 0 : above / below;
}
