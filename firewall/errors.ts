/** Another try would end the same: Lambda's own two tries end in the dead-letter queue, where a person looks. */
export class Refused extends Error {
  override name = 'Refused';
}
/** Somebody else is at it, or nobody took the message: Lambda tries again after a minute, and after two more. */
export class NotYet extends Error {
  override name = 'NotYet';
}
