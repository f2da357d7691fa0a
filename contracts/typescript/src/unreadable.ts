/** A message that is no event this reader can take; `code` says why, in a word. Retrying cannot help. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
  readonly code: string;

  /** `what` names attributes and fields, and repeats nothing of what the message holds. */
  constructor(code: string, what: string) {
    super(`${code}: ${what}`);
    this.code = code;
  }
}
