import type { Seen } from '../../dr/ports.ts';
import { agreed } from '../../dr/sight.ts';

/** An alarm that goes off once both places have missed the services, or both the database, so many times in a row. */
export function alarmAfter(inARow: number): (one: Seen, other: Seen) => boolean {
  let row = 0;
  return (one, other) => {
    const isDown = agreed(one.writer, other.writer) === 'fail' || agreed(one.app, other.app) === 'fail';
    row = isDown ? row + 1 : 0;
    return row >= inARow;
  };
}
