// What stanza does: plain objects, translated from its own XML elements.
'use strict';

const fs = require('fs');
const path = require('path');
const readline = require('readline');

const { JXT, Stanzas, VERSION } = require('stanza');
const caps = require('stanza/helpers/LegacyEntityCapabilities');

const SENDER = 'northumberland@shakespeare.lit/westminster';
const RECIPIENT = 'kingrichard@royalty.england.lit/throne';
const ACK_ID = 'bi29sg183b4v';
const CONTENT_ID = 'richard2-4.1.247';

const registry = new JXT.Registry();
registry.define(Stanzas.default ?? Stanzas);

const octets = name => fs.readFileSync(path.join(process.argv[2], `${name}.xml`));
const parsed = data => registry.import(JXT.parse(data.toString()));
const idOf = message => message.receipt?.id ?? 'None';

function built() {
    return {
        to: SENDER,
        from: RECIPIENT,
        id: ACK_ID,
        receipt: { type: 'received', id: CONTENT_ID }
    };
}

const serialized = message =>
    Buffer.from(registry.export('message', message).toString());

const works = {};
for (const name of ['ack', 'recorded', 'crowded', 'plain']) {
    const data = octets(name);
    works[`read ${name}`] = () => idOf(parsed(data));
}
const direct = octets('direct').toString().split('\n');
works['read direct'] = () =>
    direct.filter(data => idOf(parsed(data)) !== 'None').length;
const content = octets('content');
works['read content'] = () =>
    parsed(content).receipt?.type === 'request' ? 'True' : 'False';
const element = JXT.parse(octets('ack').toString());
works.element = () => idOf(registry.import(element));
const ack = built();
works.serialize = () => serialized(ack);
works.build = () => serialized(built());
const info = parsed(octets('disco')).disco;
works.ver = () => caps.generate(info, 'sha-1');

console.log([`stanza ${VERSION}`, ...Object.keys(works)].join('\t'));

readline.createInterface({ input: process.stdin }).on('line', line => {
    const [order, name, count] = line.split('\t');
    const work = works[name];
    if (order === 'check') {
        console.log(String(work()));
        return;
    }
    const start = process.cpuUsage();
    for (let number = Number(count); number > 0; number -= 1) {
        work();
    }
    const { user, system } = process.cpuUsage(start);
    console.log((user + system) / 1e6);
});
