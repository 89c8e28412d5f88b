// Days as people say them.

const DAY = 86_400_000; // milliseconds

/** The day a moment is in: "today", "tomorrow", or as "Thu, Dec 3"; the year when it is another. */
export function dayOf(moment: string, language: string, now: number, timeZone?: string): string {
  const day = new Date(moment);
  const zone = timeZone ? { timeZone } : {};
  const number = (date: Date) => Date.parse(`${date.toLocaleDateString("sv", zone)}T00:00Z`) / DAY;
  const away = number(day) - number(new Date(now));
  if (Math.abs(away) <= 1) return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(away, "day");
  const isOtherYear = day.getFullYear() !== new Date(now).getFullYear();
  const shape: Intl.DateTimeFormatOptions = { weekday: "short", day: "numeric", month: "short", ...zone };
  return day.toLocaleDateString(language, { ...shape, ...(isOtherYear && { year: "numeric" }) });
}

/** The last day before a moment; the end of a day in UTC is told as that day, wherever one is. */
export function dayBefore(moment: string, language: string, now: number): string {
  const end = Date.parse(moment);
  const last = new Date(end - 1000).toISOString();
  return dayOf(last, language, now, end % DAY === 0 ? "UTC" : undefined);
}
