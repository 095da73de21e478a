/** Every channel there is: a new one is a file beside this and a line here. */
export { slack } from './slack.ts';
