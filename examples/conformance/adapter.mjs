// A JavaScript implementation of two questions, as an example; it is right in part only.
// xep0184 conformance --command "node adapter.mjs"
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const answers = {
  jid({ jid }) {
    if (typeof jid !== "string" || !jid.isWellFormed()) return { error: "bad-jid" };
    const [address, ...resource] = jid.split("/");
    const at = address.indexOf("@");
    const domain = address.slice(at + 1).toLowerCase();
    if (!domain || at === 0) return { error: "bad-jid" };
    return { local: at < 0 ? null : address.slice(0, at), domain, resource: resource.join("/") || null };
  },
  request: ({ message, support }) => ({
    allowed: !["error", "groupchat"].includes(message.type) && !message.received && support !== "no",
  }),
};

export default function adapter(ask, given) {
  return ask in answers ? answers[ask](given) : null;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  for await (const line of createInterface({ input: process.stdin })) {
    const { ask, given } = JSON.parse(line);
    console.log(JSON.stringify(adapter(ask, given)));
  }
