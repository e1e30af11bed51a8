import { expect, test } from "vitest";
import { keySlot } from "../../../../src/store/redis/cluster/key-slot.ts";

/** Key and project in hex, and what `CLUSTER KEYSLOT` of Redis 7.0.15 says of both together. */
const GOLDEN: readonly (readonly [string, string, number])[] = [
  ["", "", 0],
  ["313233343536373839", "", 12739],
  ["31323334", "3536373839", 12739],
  ["", "313233343536373839", 12739],
  // foo{bar}zap, cut in each place
  ["666f6f7b6261727d", "7a6170", 5061],
  ["666f6f7b", "6261727d7a6170", 5061],
  ["666f6f", "7b6261727d7a6170", 5061],
  ["666f6f7b62", "61727d", 5061],
  // foo{}{bar}, foo{{bar}}zap, foo{bar}{zap}, }foo{, }foo{bar}, foo{, foo}, {}, {a}, {}{a}
  ["666f6f7b7d7b6261727d", "", 8363],
  ["666f6f7b", "7d7b6261727d", 8363],
  ["666f6f7b7b6261727d7d7a6170", "", 4015],
  ["666f6f7b6261727d7b7a61707d", "", 5061],
  ["7d666f6f7b", "", 8453],
  ["7d666f6f7b626172", "7d", 5061],
  ["666f6f7b", "", 7673],
  ["666f6f", "7d", 15679],
  ["7b", "7d", 15257],
  ["7b61", "7d", 15495],
  ["7b7d", "7b617d", 13650],
  // driver_id 1001 of the project shop
  ["0100000002000000090000006472697665725f69640400000008000000e903000000000000", "73686f70", 6899],
  // random bytes, many of them braces
  ["7b7b507e7b6e7d477b7d547d64987d879a219cf6", "7b7b7d097d", 7808],
  ["7b7b7d80377b6a4b2f7b9e7b7d", "7de97b1c7d", 4092],
  ["7d7d7d1e7de8f57d7d7d2d", "7bb67dba", 1821],
  ["8f7d058c93b0587d557b577b517d7d7d7d7bd47d7bb3d1", "", 1321],
  ["9aadd67dc37b007dc073f5c49ad49d7b7d7d", "7bf57b7b7d7b", 0],
  ["fc7d990d7d127ddbc5c8", "7d01dd", 15934],
  ["7df44e7d7baacf7b7d7d", "7d", 13259],
  ["7b7b7b7bddfa", "7b467b947d", 12667],
  ["78447d", "09", 10743],
  ["7b7dec7b7d7b7d4778c545", "7d126e7d7b7b", 12070],
  ["7bfada997b7d", "", 14396],
  ["7d827d7bb00b7b957b7d285e", "7b7b", 12346],
  ["7b7b1f7b7b797b19", "7b7d7d", 922],
  ["7d7d777d7bb77d9d7d7b867b7bdb7d187ba07d7d18", "7d7d", 5948],
  ["7d867b", "7b7b7d7d", 7007],
  ["767d7b7b7dde3c7457527b7b7b787d7d7d7dfd7d", "7d7b7b7b7b7d", 4092],
  ["7d7b7ba2f37d7b697bb67d7b7d7baf017da47d337b27", "7b207d7df77d", 3225],
  ["8f7b4c7da61f46ef7b7d397b7d7b", "7b7d7bea7bce", 2376],
  ["7b7bfd243bb5c37b977b7d7d315c2f", "7b7b", 13567],
  ["087b7d068e7d7b0cdd077dd8", "7d", 12840],
];

test.each(GOLDEN)("%s + %s", (key, project, slot) => {
  expect(keySlot(Buffer.from(key, "hex"), Buffer.from(project, "hex"))).toBe(slot);
});

test("where a key ends and the project begins makes no difference", () => {
  for (const [key, project, slot] of GOLDEN) {
    const whole = Buffer.from(key + project, "hex");
    for (let cut = 0; cut <= whole.length; cut += 1) {
      expect(keySlot(whole.subarray(0, cut), whole.subarray(cut))).toBe(slot);
    }
  }
});
