/** A command line that does not make sense: exit code 64, the sentence, and where to read more. */
export class UsageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UsageError";
  }
}
