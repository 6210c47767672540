// stanza.js, put to the vectors: what it reads, and what its plugin for messages answers.
// xep0184 conformance --command "node stanza_adapter.mjs", where the package stanza is installed.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.cwd()}/`);
const { createClient, JID, JXT } = require("stanza");

function client(account, config) {
  const it = createClient({ jid: account, ...config });
  it.jid = account;
  it.sent = [];
  it.sendMessage = (message) => it.sent.push(message);
  return it;
}

const stanza = ({ xml }) => client("a@b").stanzas.import(JXT.parse(xml));
const isMessage = (xml) => JXT.parse(xml).getName() === "message";
const facts = ({ id, receipt }) => ({
  id: id ?? null,
  request: receipt?.type === "request",
  received: receipt?.type === "received" ? [receipt.id ?? null] : [],
});

const answers = {
  read(given) {
    if (!given.xml?.isWellFormed()) return null;
    try {
      const message = stanza(given);
      return message && isMessage(given.xml) ? facts(message) : { error: "not-a-message" };
    } catch (error) {
      return { error: String(error) };
    }
  },
  acknowledge({ account, policy, situation, xml }) {
    if (!xml || situation.enabled_for_contact !== null || !situation.processed) return null;
    const it = client(account, { sendReceipts: situation.enabled, sendMUCReceipts: policy.groupchat });
    it.emit("message", stanza({ xml }));
    const acks = it.sent.filter(({ receipt }) => receipt);
    return { ack: acks.length ? { id: acks[0].receipt.id } : null };
  },
  jid({ jid }) {
    if (typeof jid !== "string") return null;
    try {
      const { bare, domain, resource } = JID.parse(jid); // its `local` is unescaped
      return { local: bare.slice(0, -domain.length - 1) || null, domain, resource: resource || null };
    } catch (error) {
      return { error: String(error) };
    }
  },
  "same-jid": ({ pair }) => ({ equal: JID.equal(...pair) }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, given } = JSON.parse(line);
  let answer = null;
  try {
    if (ask in answers) answer = answers[ask](given);
  } catch (error) {
    answer = { crash: String(error) };
  }
  console.log(JSON.stringify(answer));
}
