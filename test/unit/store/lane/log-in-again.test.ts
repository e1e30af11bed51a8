import { expect, test } from "vitest";
import { Credentials } from "../../../../src/store/redis/control/credentials.ts";
import { logInAgain } from "../../../../src/store/redis/lane/log-in-again.ts";
import { RespError, type RespValue } from "../../../../src/store/redis/lane/resp-value.ts";

function login(password: string | undefined) {
  let runs = 0;
  const credentials = new Credentials(
    { username: undefined, password, command: password === undefined ? [] : ["get-token"] },
    {
      now: () => 0,
      wallNow: () => 0,
      random: () => 0,
      onFailed: () => {},
      run: () => {
        runs += 1;
        return { output: Promise.resolve(Buffer.from(`${password}\n`)), kill: () => {} };
      },
    },
  );
  const asked: { readonly command: string; readonly take: (value: RespValue) => void }[] = [];
  const connection = {
    ask: (command: Buffer, take: (value: RespValue) => void) => asked.push({ command: command.toString(), take }),
  };
  return { credentials, connection, asked, runs: () => runs };
}

test("sends AUTH with what holds now; only a refusal of the login asks for other credentials", async () => {
  const { credentials, connection, asked } = login("t0ken");
  credentials.start();
  await Promise.resolve();
  let asksForOthers = 0;
  credentials.refresh = () => {
    asksForOthers += 1;
  };
  logInAgain(credentials, connection);
  expect(asked.map(({ command }) => command)).toEqual(["*2\r\n$4\r\nAUTH\r\n$5\r\nt0ken\r\n"]);
  const { take } = asked[0]!;
  take("OK");
  take(new RespError("LOADING Redis is loading the dataset in memory"));
  expect(asksForOthers).toBe(0);
  take(new RespError("WRONGPASS invalid username-password pair or user is disabled."));
  expect(asksForOthers).toBe(1);
  credentials.close();
});

test("sends nothing where there is nothing to log in with", () => {
  const { credentials, connection, asked } = login(undefined);
  logInAgain(credentials, connection);
  expect(asked).toEqual([]);
});
