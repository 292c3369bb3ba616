// Numbers and dates as people read them.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** A count in three digits: 423,000 or 7.4 million. */
export function count(value) {
  const size = Math.abs(value);
  if (size >= 999_500) return `${(value / 1e6).toFixed(1)} million`;
  const step = size >= 99_950 ? 1000 : size >= 9_995 ? 100 : size >= 999.5 ? 10 : 1;
  return whole.format(Math.round(value / step) * step);
}

/** A share of 0..1 as percent. */
export function share(value) {
  const percent = 100 * value;
  if (percent <= 0) return "0 %";
  if (percent < 0.05) return "under 0.1 %";
  if (percent < 9.95) return `${percent.toFixed(1)} %`;
  if (percent >= 99.5 && value < 1) return `${Math.min(percent, 99.9).toFixed(1)} %`;
  return `${percent.toFixed(0)} %`;
}

/** A difference with its sign. */
export function signed(value, told) {
  const text = told(Math.abs(value));
  if (!/[1-9]/.test(text)) return text;
  return value < 0 ? `−${text}` : `+${text}`;
}

/** A difference of shares in percentage points. */
export function points(value) {
  return `${(100 * Math.abs(value)).toFixed(1)} points`;
}

/** A number with as many digits as mean something on a slider. */
export function plain(value) {
  return String(Number(value.toPrecision(4)));
}

/** The year whose end a month stands for, as a decimal: 2016-12 is 2017. */
export function endYear(month) {
  const [year, number] = month.split("-").map(Number);
  return year + number / 12;
}

/** December 2030 of 2030-12. */
export function monthWords(month) {
  const [year, number] = month.split("-").map(Number);
  const name = new Intl.DateTimeFormat("en", { month: "long", timeZone: "UTC" }).format(new Date(Date.UTC(2000, number - 1, 15)));
  return `${name} ${year}`;
}
