/** New credentials on a connection that lives: a refused AUTH leaves it logged in as it was. */
import { commandBytes } from "../control/command-bytes.ts";
import { authWords, type Credentials, isLoginRefusal } from "../control/credentials.ts";
import { RespError, type RespValue } from "./resp-value.ts";

export interface AskingConnection {
  /** Sends a command; it may never call back. */
  ask(command: Buffer, take: (value: RespValue) => void): void;
}

/** Sends AUTH with the credentials that hold now; a refusal asks for newer ones. */
export function logInAgain(credentials: Credentials, connection: AskingConnection): void {
  const words = authWords(credentials.current());
  if (words === undefined) return;
  connection.ask(commandBytes(words), (value) => {
    if (value instanceof RespError && isLoginRefusal(value.text)) credentials.refresh();
  });
}
