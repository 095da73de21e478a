import { type Shown, slackMessages } from '../local/loop.ts';
import { until } from '../local/machine/process.ts';
import { host, ports } from '../local/topology.ts';
import { shortHash } from './forge.ts';

/** What the stand-in for Slack shows of a commit. */
export const messagesOf = async (commit: string): Promise<Shown[]> =>
  (await slackMessages()).filter(({ shown }) => shown.includes(shortHash(commit)));

/** Waits for so many messages of a commit. */
export const messages = (commit: string, count: number, seconds = 60): Promise<Shown[]> =>
  until(
    `${count} messages of ${shortHash(commit)}`,
    seconds,
    async () => {
      const found = await messagesOf(commit);
      return found.length >= count ? found : undefined;
    },
    500,
  );

/** Waits for the message with the reason why the run of a commit failed. */
export const failureMessage = async (commit: string): Promise<string> => {
  const [first] = await until('the failure in Slack', 60, async () => {
    const found = (await messagesOf(commit)).filter(({ shown }) => shown.includes('failed'));
    return found.length > 0 ? found : undefined;
  });
  return first?.shown ?? '';
};

export async function setSlackMode(mode: 'ok' | 'down'): Promise<void> {
  const answer = await fetch(`http://${host.bridgeAddress}:${ports.slack.port}/control`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ mode }),
  });
  if (!answer.ok) throw new Error(`the stand-in for Slack answered ${answer.status}: ${await answer.text()}`);
}
