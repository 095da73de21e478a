/** What a site can do without; a gate that is off is told as off. */
export const optional = ['sonarqube'] as const;
export type Optional = (typeof optional)[number];
