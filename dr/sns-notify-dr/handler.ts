import { tellAws } from '../aws/tell.ts';
import { onLambda } from '../lambda.ts';

export const handler = onLambda('sns-notify-dr', (config) => ({
  now: () => new Date(),
  tell: (event) => tellAws(event, config),
}));
