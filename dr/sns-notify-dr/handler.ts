import { notifyAws } from '../aws/notify.ts';
import { onLambda } from '../lambda.ts';

export const handler = onLambda('sns-notify-dr', (config) => ({
  now: () => new Date(),
  notify: (event) => notifyAws(event, config),
}));
