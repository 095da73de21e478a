import { routes } from './routes/index.ts';
import type { Route } from './types.ts';

const accessOf = ({ access }: Route): string =>
  access === 'public' ? 'everybody' : access.map((scope) => `\`${scope}\``).join(' or ');

/** The routes for people, as docs/entrance.md has them. */
export const routeTable = (): string =>
  [
    '| request | what for | service | who | a second |',
    '|---|---|---|---|---|',
    ...routes.map((route) =>
      [
        `| \`${route.method} ${route.path}\``,
        route.summary,
        route.service,
        accessOf(route),
        `${route.throttle.rate}${route.cacheSeconds ? `, kept ${route.cacheSeconds} s` : ''} |`,
      ].join(' | '),
    ),
  ].join('\n');
