// Puts the vectors of XEP-0184 to a function: node judge.mjs DIRECTORY ADAPTER [LEVEL…]
// DIRECTORY is xep0184/conformance of the package; ADAPTER exports (ask, given) => answer.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const [directory, adapterFile, ...levels] = process.argv.slice(2);
const whole = (key, value) => // long texts and lists are abbreviated
  Array.isArray(value?.parts) ? value.parts.map(([text, times]) => text.repeat(times)).join("")
  : Array.isArray(value?.repeat) ? Array(value.repeat[1]).fill(value.repeat[0])
  : Array.isArray(value?.code_points) ? String.fromCodePoint(...value.code_points)
  : value;
const load = (name) => JSON.parse(readFileSync(`${directory}/${name}.json`, "utf8"), whole);
const isObject = (it) => it !== null && typeof it === "object" && !Array.isArray(it);
const same = (expected, found) => // objects are compared by the names that both have
  isObject(expected) && isObject(found)
    ? Object.keys(expected).every((it) => !(it in found) || same(expected[it], found[it]))
  : Array.isArray(expected) && Array.isArray(found)
    ? expected.length === found.length && expected.every((it, at) => same(it, found[at]))
  : expected === found;

function judge(vector, ask, answer) {
  if (answer === null) return "not-supported";
  if ("error" in answer) return vector.error ? "passed" : "failed";
  if (!vector.expect) return vector.instead && same(vector.instead, answer) ? "passed" : "failed";
  const expected = { ...ask.expect, ...vector.expect };
  const names = Object.keys(expected).filter((it) => it in answer || ask.required.includes(it));
  if (names.length === 0) return "not-supported";
  return names.every((it) => it in answer && same(expected[it], answer[it])) ? "passed" : "failed";
}

const { default: adapter } = await import(resolve(adapterFile));
const index = load("index");
for (const { suite, vectors } of index.suites.map((it) => load(`vectors/${it}`)))
  for (const vector of vectors.filter((it) => (levels.length ? levels : ["xep"]).includes(it.level))) {
    const ask = index.asks[vector.ask];
    console.log(suite, vector.name, judge(vector, ask, adapter(vector.ask, { ...ask.given, ...vector.given })));
  }
