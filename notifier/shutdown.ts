/** How long a message under way may go on after SIGTERM; then its claim lapses, and the next notifier sends it. */
export const shutdownMs = 25_000;

/** After this the kubelet kills: enough for the program to end by itself, also on a busy node. */
export const terminationGracePeriodSeconds = shutdownMs / 1000 + 10;
