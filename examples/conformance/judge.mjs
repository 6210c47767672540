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
const statuses = { true: "passed", false: "failed", null: "not-supported" };
const isObject = (it) => it !== null && typeof it === "object" && !Array.isArray(it);
const same = (expected, found) => // objects are compared by the names that both have, at least one
  isObject(expected) && isObject(found)
    ? Object.keys(expected).every((it) => !(it in found) || same(expected[it], found[it]))
      && (Object.keys(expected).some((it) => it in found) || Object.keys(expected).length === 0)
  : Array.isArray(expected) && Array.isArray(found)
    ? expected.length === found.length && expected.every((it, at) => same(it, found[at]))
  : expected === found;

function judge(vector, ask, known, { error = null, ...answer }) {
  if (error !== null) return Boolean(vector.error);
  if (Object.keys(answer).some((it) => !(it in known))) return false;
  if (!vector.expect) return Boolean(vector.instead) && same(vector.instead, answer);
  const expected = { ...ask.expect, ...vector.expect };
  const names = Object.keys(expected).filter((it) => it in answer || ask.required.includes(it));
  const right = (facts) => names.every((it) => it in answer && same(facts[it], answer[it]));
  return names.length === 0 ? null : right(expected) || right({ ...expected, ...vector.instead });
}
const { default: adapter } = await import(resolve(adapterFile));
const [index, { $defs: schema }] = [load("index"), load("format.schema")];
for (const { suite, vectors } of index.suites.map((it) => load(`vectors/${it}`)))
  for (const vector of vectors.filter((it) => (levels.length ? levels : ["xep"]).includes(it.level))) {
    const ask = index.asks[vector.ask], known = schema[`facts-${vector.ask}`].properties;
    const answer = adapter(vector.ask, { ...ask.given, ...vector.given });
    console.log(suite, vector.name, statuses[answer && judge(vector, ask, known, answer)]);
  }
