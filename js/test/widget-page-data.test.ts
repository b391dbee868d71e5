import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { unpackBuffer } from "../src/widget-page-data";

const bytes = Uint8Array.from({ length: 3000 }, (_, i) => (i * i) % 251);
const base64 = (data: Uint8Array) => Buffer.from(data).toString("base64");

test("plain bytes come back as they are", async () => {
  expect(await unpackBuffer({ data: base64(bytes), deflated: false })).toEqual(bytes);
  expect(await unpackBuffer({ data: "", deflated: false })).toHaveLength(0);
});

test("deflated bytes are inflated", async () => {
  const back = await unpackBuffer({ data: base64(deflateSync(bytes)), deflated: true });
  expect(back).toEqual(bytes);
  expect(back.byteOffset).toBe(0);
});

test("damaged bytes are refused", async () => {
  await expect(unpackBuffer({ data: base64(bytes), deflated: true })).rejects.toThrow();
});
