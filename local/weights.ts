/**
 * Seconds that phases took in a cold start on two cores, each beside whatever else ran then: the estimate of `up` needs no more than
 * what they are to each other. Measured once, from up.log; a phase that is not here counts as `otherwise`.
 */
const measured: Record<string, number> = {
  'file system node': 79,
  'file system base': 167,
  'file system java': 195,
  'file system jre': 172,
  'file system python': 178,
  'modules kubernetes': 22,
  'modules tools': 10,
  'modules registry': 7,
  'modules tekton': 15,
  'modules triggers': 5,
  'modules forge': 48,
  'modules argocd': 65,
  'modules kaniko': 77,
  'modules trivy': 62,
  'modules cosign': 26,
  'modules metrics': 3,
  'engine kubernetes': 715,
  'engine tools': 163,
  'engine registry': 34,
};
const otherwise = 5;

export const secondsOf = (phase: string): number => measured[phase] ?? otherwise;
