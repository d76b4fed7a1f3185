/** Formats numbers for the reports. */

/** Operations per second: 433, 6.3k, 249k, 1.02M. */
export function rate(value) {
  if (value === undefined) return '–';
  if (value >= 999_500) return `${(value / 1e6).toFixed(2)}M`;
  if (value >= 99_950) return `${(value / 1e3).toFixed(0)}k`;
  if (value >= 1000) return `${(value / 1e3).toFixed(1)}k`;
  return value.toFixed(0);
}

/** A ratio with two significant digits, roughly. */
export function times(value) {
  if (value === undefined) return '–';
  return `${value.toFixed(value >= 9.95 ? 0 : value >= 0.995 ? 1 : 2)}×`;
}

/** A number with a fixed number of decimals. */
export function fixed(value, digits) {
  return value === undefined ? '–' : value.toFixed(digits);
}

export const megabytes = bytes => bytes === undefined ? '–' : (bytes / 1024 / 1024).toFixed(0);
export const kilobytes = bytes => bytes === undefined ? '–' : (bytes / 1024).toFixed(1);
