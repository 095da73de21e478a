/** Optional parts of a site. Every message of a run says that a gate is off. */
export const optional = ['sonarqube'] as const;
export type Optional = (typeof optional)[number];
