/**
 * What every service has to keep to, over all of its code: with conditions on new code alone, a second push would pass what stopped the
 * first, because then it is not new any more. The server must judge by these; ratings are numbers from 1 (A) to 5 (E).
 */
export const conditions: readonly { metric: string; op: 'GT' | 'LT'; error: string }[] = [
  { metric: 'software_quality_reliability_rating', op: 'GT', error: '1' },
  { metric: 'software_quality_security_rating', op: 'GT', error: '1' },
  { metric: 'software_quality_maintainability_rating', op: 'GT', error: '1' },
  { metric: 'coverage', op: 'LT', error: '60' },
  { metric: 'duplicated_lines_density', op: 'GT', error: '5' },
];
