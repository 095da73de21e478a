/** Tests of the core rule set that are left out, each with the reason. Every other one passes. */
export const exceptions: Record<string, string> = {};
