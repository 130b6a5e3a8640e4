/** Writes moments of time. The core has no clock, and Date would bring one. */

const SECONDS_PER_DAY = 86_400;

/**
 * Gives a moment in UTC, to the minute.
 * @param seconds since 1970; not negative
 * @see https://howardhinnant.github.io/date_algorithms.html#civil_from_days
 * @example formatTime(951_782_400) // "2000-02-29 00:00 UTC"
 */
export function formatTime(seconds: number): string {
  const days = Math.floor(seconds / SECONDS_PER_DAY);
  const minutes = Math.floor((seconds - days * SECONDS_PER_DAY) / 60);
  // Years begin in March here, so that the leap day is their last, and count from the year 0 on in eras of 400 years.
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)} ${two(Math.floor(minutes / 60))}:${two(minutes % 60)} UTC`;
}
