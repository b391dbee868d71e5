// What came from outside and cannot be taken. Whoever asked for it catches this and shows the
// sentence to the user.

export function refuse(sentence: string): never {
  throw new RangeError(sentence);
}
