COPY public.archive (id, dir, xml) FROM stdin;
0	out	<message to='bob@example.net/phone' id='a1' type='chat'>\n  <body>Hi “Bob” &amp; 'co' "q" 😀 مرحبا</body>\n  <request xmlns='urn:xmpp:receipts'/>\n</message>
1	in	<message from='bob@example.net/phone' to='alice@example.org/desk' id='x1'>\n  <received xmlns='urn:xmpp:receipts' id='a1'/>\n</message>
2	in	<message from='bob@example.net/phone' to='alice@example.org/desk' id='b1' type='chat'>\n  <body>see {&quot;json&quot;: [1, &quot;x\\n&quot;]} it's &lt;message to='x@y' id='e9'&gt;&lt;request xmlns='urn:xmpp:receipts'/&gt;&lt;/message&gt; -> 50% SENT:</body>\n  <request xmlns='urn:xmpp:receipts'/>\n</message>
3	out	<message to='bob@example.net/phone' id='y1'>\n  <received xmlns='urn:xmpp:receipts' id='b1'/>\n</message>
\.
