/** Lets others have a turn: clients that have come meanwhile are greeted. */
export function othersTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
